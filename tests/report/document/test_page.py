"""report.html and report.md: whole, self-contained, safe against odd names."""

import json
import pkgutil
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs
from rich.console import Console

from ltlight import report as package
from ltlight.report import __main__ as command
from ltlight.report.build import report
from ltlight.report.stats.selection import DETAILED
from tests.conftest import ltlight
from tests.report.run_folders import write_panel, write_run

SECTIONS = ("summary", "data", "confusion", "recall", "changes", "curves", "augmentation")


class Addresses(HTMLParser):
    """Collects what a browser would load, and the ids it would find."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded, self.ids, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.append(attributes.get("id"))
        if tag == "a":
            self.links.append(attributes["href"])
        elif found := attributes.get("src") or attributes.get("href"):
            self.loaded.append(found)


def figures_of(html: str) -> dict:
    return json.loads(re.search(r'id="figures">(.*?)</script>', html, re.DOTALL)[1])


@pytest.fixture
def html(sweep_folder) -> str:
    report(sweep_folder, Console(quiet=True))
    return (sweep_folder / "report.html").read_text()


def test_the_page_loads_nothing_from_elsewhere(html):
    page = Addresses()
    page.feed(html)
    assert page.loaded, "there are example pictures"
    assert all(address.startswith("data:") for address in page.loaded)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert {link.removeprefix("#") for link in page.links} == {*SECTIONS, "provenance"}
    assert set(SECTIONS) <= set(page.ids)


def test_every_figure_has_its_place_and_every_place_its_figure(html):
    page = Addresses()
    page.feed(html)
    figures = figures_of(html)
    places = re.findall(r'class="plot" id="([^"]+)"', html)
    assert sorted(places) == sorted(figures)
    assert len(places) == len(set(places))
    kinds = {name.split("_")[0] for name in figures}
    assert kinds == {"distribution", "confusion", "recall", "change", "curve"}


def test_matrices_of_a_pair_share_their_colour_scale(html):
    figures = figures_of(html)
    for ratio in ("0.1", "0.02"):
        pair = [v for k, v in figures.items() if k.startswith(f"confusion_toy_ratio{ratio}_")]
        assert len(pair) == 2
        assert len({figure["layout"]["coloraxis"]["cmax"] for figure in pair}) == 1
    names = list(figures)
    assert names.index("confusion_toy_ratio0.1_baseline_improved-baseline") < names.index(
        "confusion_toy_ratio0.1_baseline_improved-improved"
    )


def test_markdown_has_the_same_sections_and_its_pictures_exist(sweep_folder, html):
    text = (sweep_folder / "report.md").read_text()
    titles = re.findall(r"<h2>(.*?)</h2>", html)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == titles
    linked = re.findall(r'\((figures/[^)]+)\)|src="(figures/[^"]+)"', text)
    linked = {a or b for a, b in linked}
    assert linked == {f"figures/{p.name}" for p in (sweep_folder / "figures").iterdir()}
    assert all((sweep_folder / link).read_bytes().startswith(b"\x89PNG") for link in linked)
    header = next(line for line in text.splitlines() if line.startswith("| ratio"))
    assert text.count(header) == 1


def test_missing_members_are_named_on_the_page_and_the_rest_is_shown(sweep_folder):
    gone = "toy/ratio=0.02/method=improved/seed=1"
    (sweep_folder / gone / "metrics.json").unlink()
    report(sweep_folder, Console(quiet=True))
    html = (sweep_folder / "report.html").read_text()
    assert "1 run is missing" in html
    assert f"<code>{gone}</code>: not finished" in html
    assert "7 finished runs" in html


def test_a_page_of_many_methods_ranks_all_and_details_a_few(tmp_path):
    write_panel(tmp_path / "s", 30, seeds=2, num_classes=10)
    report(tmp_path / "s", Console(quiet=True))
    html = (tmp_path / "s" / "report.html").read_text()
    page = Addresses()
    page.feed(html)
    assert page.links[0] == "#ranking"
    section = re.search(r'<section id="ranking">(.*?)</section>', html, re.DOTALL)[1]
    for method in ("baseline", "improved", "remedy_25"):
        assert section.count(f">{method}<") == 1
    kinds = [name.split("_")[0] for name in figures_of(html)]
    assert kinds.count("tradeoff") == 1
    assert kinds.count("confusion") == 2 * (DETAILED - 1)
    assert kinds.count("change") == DETAILED - 1
    assert "Of 30 methods: baseline, " in html
    curves = figures_of(html)["curve_train_loss_toy_ratio0.02"]["data"]
    assert len({trace["name"] for trace in curves}) == DETAILED
    # What 30 methods add to the page beside the drawing script is small.
    assert len(html) - len(get_plotlyjs()) < 600_000
    text = (tmp_path / "s" / "report.md").read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == re.findall(r"<h2>(.*?)</h2>", html)
    assert "figures/tradeoff_toy_ratio0.02.png" in text


def test_a_page_of_few_methods_has_no_ranking(html):
    assert 'id="ranking"' not in html
    assert '<div class="cards">' in html


def test_names_cannot_break_the_page(sweep_folder):
    evil = "</script><script>alert(1)</script>|**"
    for file in sweep_folder.glob("**/metrics.json"):
        file.write_text(file.read_text().replace('"class_name_02"', json.dumps(evil)))
    report(sweep_folder, Console(quiet=True))
    html = (sweep_folder / "report.html").read_text()
    assert "<script>alert" not in html
    figures = figures_of(html)
    assert evil in figures["distribution_toy_ratio0.1"]["data"][0]["x"]
    assert "\\|" in (sweep_folder / "report.md").read_text()


def test_one_run_alone_and_binary_data_make_a_page(tmp_path):
    write_run(tmp_path / "s", 1.0, "improved", num_classes=2, pictures=False)
    report(tmp_path / "s", Console(quiet=True))
    html = (tmp_path / "s" / "report.html").read_text()
    assert "no method beside a baseline" in html


def test_the_command_writes_all_four_files(sweep_folder):
    done = ltlight(str(sweep_folder), cwd=sweep_folder, module="ltlight.report")
    assert done.returncode == 0, done.stderr
    for name in ("results.md", "results.csv", "report.md", "report.html"):
        assert f"wrote {sweep_folder / name}" in done.stdout


@pytest.mark.parametrize("kind", ["no folder", "no runs", "nothing finished", "two test sets"])
def test_bad_folders_are_one_line_and_not_zero(sweep_folder, kind, capsys):
    folder = sweep_folder
    if kind == "no folder":
        folder = sweep_folder / "nowhere"
    elif kind == "no runs":
        folder = sweep_folder / "toy/ratio=0.1/method=improved/seed=0"
    elif kind == "nothing finished":
        for file in sweep_folder.glob("**/metrics.json"):
            file.unlink()
    else:
        write_run(sweep_folder, 0.02, "sampler", num_classes=7)
    with pytest.raises(SystemExit) as stopped:
        command.main([str(folder)])
    assert str(stopped.value).startswith("error: ")
    assert "\n" not in str(stopped.value)


def test_reading_needs_no_torch():
    found = pkgutil.walk_packages(package.__path__, "ltlight.report.")
    modules = [module.name for module in found if not module.name.endswith("__main__")]
    assert "ltlight.report.stats.bootstrap" in modules  # sub-packages are walked, too
    imports = "; ".join(f"import {name}" for name in modules)
    check = f"{imports}; import sys; assert 'torch' not in sys.modules, 'torch'"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
