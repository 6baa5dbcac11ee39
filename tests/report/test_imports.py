"""What the report may import: of ltlight four rooms, no torch, and downwards within itself."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from ltlight import report as package

ROOT = Path(package.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
ROOMS = ("runs", "metrics", "config", "report")
ALONE = (
    "errors",
    "system_errors",
    "interruption",
    "fonts",
    "sweep_progress",
)  # modules that stand for themselves
FORBIDDEN = {
    "results": ("sections", "drawing", "document", "stats"),
    "stats": ("sections", "drawing", "document"),
    "document": ("sections", "drawing"),
    "drawing": ("sections",),
}
# Sections stand alone, but for these parts of sections.
PARTS = (
    "tested_on",
    "detail_table",
    "numbers",
    "forest",
    "forest_rows",
    "dumbbells",
    "reliability_figures",
    "confusion_matrices",
    "tradeoff",
    "switched",
    "folds_table",
    "two_class_curves",
    "two_class_decisions",
    "two_class_tables",
)


def imported(file: Path) -> list[str]:
    """Modules of ltlight that a file names, as ltlight.… ; also inside of functions."""
    found = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if name.startswith("ltlight.")]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_point_downwards(file):
    place = file.relative_to(ROOT).parts
    for name in imported(file):
        parts = name.split(".")
        assert parts[1] in (*ROOMS, *ALONE), name
        if parts[1] == "report" and len(place) > 1:
            assert parts[2] not in FORBIDDEN.get(place[0], ()), name
            if place[0] == parts[2] == "sections" and place[1] != "contents.py":
                assert parts[3] in PARTS, name


def test_the_rules_see_what_a_file_imports():
    assert "ltlight.report.sections.forest.forest" in imported(ROOT / "sections/overview.py")
    assert "ltlight.report.document.page" in imported(ROOT / "build.py")  # in its function


def test_reading_needs_no_torch_and_the_table_no_drawing_library():
    """Imported in a fresh process: first what prints the table, then everything."""
    found = pkgutil.walk_packages(package.__path__, "ltlight.report.")
    modules = [module.name for module in found if not module.name.endswith("__main__")]
    assert "ltlight.report.stats.bootstrap" in modules  # sub-packages are walked, too
    absent = "; assert not {} & {{*sys.modules}}, sorted({} & {{*sys.modules}})"
    drawing, torch = "{'plotly', 'matplotlib'}", "{'torch', 'lightning', 'torchvision'}"
    check = "import sys, ltlight.report.build" + absent.format(drawing, drawing)
    check += "; import " + ", ".join(modules) + absent.format(torch, torch)
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
