"""A method's name is a folder's: it may hold what Plotly, Matplotlib or Markdown act upon."""

import re
from urllib.parse import unquote

import pytest
from rich.console import Console

from ltlight.report import build
from ltlight.report.document.blocks import charts_of
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import contents
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.judging import rank
from tests.report.run_folders import write_run

ODD = "a<b>&%{y} (c) [d] $\\frac$"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd") / "sweep"
    keys = {"num_classes": 2, "held_out": 20}
    for method in ("baseline", ODD):
        for seed in range(2):
            write_run(folder, method=method, seed=seed, **keys)
    return folder


def test_plotly_takes_no_name_for_a_tag_or_a_variable(folder):
    sweep = read_sweep(folder)
    comparisons = compare(sweep)
    document = contents.build(sweep, comparisons, rank(sweep, resample(sweep)))
    panels = [p for s in document.sections for c in charts_of(s.blocks) for p in c.panels]
    traces = [trace for panel in panels for trace in panel.figure.data]
    assert sum(trace.name == "a&lt;b>&amp;%{y} (c) [d] $\\frac$" for trace in traces) > 5
    assert not [trace for trace in traces if ODD in str(trace.name) + str(trace.hovertemplate)]
    assert not [trace for trace in traces if "%{y} (c)" in str(trace.hovertemplate)]


def test_every_picture_is_drawn_and_linked_by_an_address(folder):
    build.report(folder, Console(quiet=True))
    text = (folder / "report.md").read_text()
    linked = re.findall(r"\]\((figures/[^ ()<>]+)\)\n", text + "\n")
    linked += re.findall(r'src="(figures/[^ "<>]+)"', text)
    files = {f"figures/{p.name}" for p in (folder / "figures").iterdir()}
    assert {unquote(link) for link in linked} == files
