"""report.html: whole, self-contained, safe against odd names."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
import yaml
from plotly.offline import get_plotlyjs
from rich.console import Console

from ltlight.report.build import report
from ltlight.report.document.page import rich
from ltlight.report.document.table import data_uri
from ltlight.report.stats.selection import DETAILED
from tests.report.run_folders import write_panel

SECTIONS = (
    "summary",
    "recall",
    "changes",
    "confusion",
    "prior",
    "calibration",
    "curves",
    "data",
    "augmentation",
)


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
def html(page_folder) -> str:
    return (page_folder / "report.html").read_text()


def test_the_page_loads_nothing_from_elsewhere(html):
    page = Addresses()
    page.feed(html)
    assert page.loaded, "there are example pictures"
    assert all(address.startswith("data:") for address in page.loaded)
    page.links = [link for link in page.links if not link.startswith("data:")]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert {link.removeprefix("#") for link in page.links} == {
        *SECTIONS,
        "provenance",
        "errors.csv",  # beside the page, opened by who wants it
    }
    assert set(SECTIONS) <= set(page.ids)


def test_every_class_of_the_page_that_is_styled_is_used(html):
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    styled = set(re.findall(r"\.([a-z]+)(?=[ .:,{])", style))
    used = set(" ".join(re.findall(r'class="([^"]*)"', html)).split())
    assert {"number", "words", "scroll", "facts", "open"} <= used
    # Of other pages' words, and set by the script.
    assert styled - used <= {"lead", "warning", "bad", "open", "good", "scripted"}


def test_every_table_has_a_caption_and_its_heads_say_what_they_are_of(html):
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert len(tables) > 5
    for table in tables:
        assert re.search(r"<caption>\w[^<]+</caption>", table)
        columns = re.findall(r'<th scope="col"', table)
        rows = table.count("<tr>") - 1
        named = len(re.findall(r'<th scope="row"', table))
        assert len(columns) + named == len(re.findall("<th ", table))
        assert named >= rows
        assert ('class="cards' in table) == (len(columns) > 4)  # on a phone
    assert html.count('<button type="button">') > 5  # to sort by


def test_every_figure_has_its_place_and_every_place_its_figure(html):
    page = Addresses()
    page.feed(html)
    figures = figures_of(html)
    places = re.findall(r'class="plot" id="([^"]+)"', html)
    assert sorted(places) == sorted(figures)
    assert len(places) == len(set(places))
    kinds = {name.split("_")[0] for name in figures}
    kinds -= {"forest", "distribution", "confusion", "recall", "change", "curve"}
    assert kinds == {"tradeoff", "prior", "calibration"}


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
    section = re.search(r'<section id="summary">(.*?)</section>', html, re.DOTALL)[1]
    for method in ("baseline", "improved", "remedy_25"):
        assert section.count(f">{method}<") == 2  # what it is, and its numbers
    kinds = [name.split("_")[0] for name in figures_of(html)]
    assert kinds.count("tradeoff") == 1
    assert kinds.count("confusion") == 2 * (DETAILED - 1)
    assert "Of 30 methods: baseline, " in html
    # What 30 methods add to the page beside the drawing script is small.
    assert len(html) - len(get_plotlyjs()) < 600_000
    text = (tmp_path / "s" / "report.md").read_text()
    assert "figures/tradeoff_toy_ratio0.02.png" in text


def test_names_cannot_break_the_page(sweep_folder):
    evil = "</script><script>alert(1)</script>|**"
    for file in sweep_folder.glob("**/metrics.json"):
        file.write_text(file.read_text().replace('"class_name_02"', json.dumps(evil)))
    report(sweep_folder, Console(quiet=True))
    html = (sweep_folder / "report.html").read_text()
    assert "<script>alert" not in html
    figures = figures_of(html)
    assert evil in figures["distribution_toy_ratio0.1"]["data"][0]["x"]
    text = (sweep_folder / "report.md").read_text()
    assert "\\|" in text
    assert "<script" not in text
    assert "&lt;script>alert(1)" in text
    assert "<script" not in (sweep_folder / "results.md").read_text()


def test_names_cannot_command_the_terminal(sweep_folder):
    evil = "\x1b[31mred\x1b]0;title\x07\x9b5m"
    for file in sweep_folder.glob("**/metrics.json"):
        file.write_text(file.read_text().replace('"class_name_02"', json.dumps(evil)))
    for file in sweep_folder.glob("**/config.yaml"):
        config = yaml.safe_load(file.read_text())
        config["method"]["name"] += evil
        file.write_text(yaml.safe_dump(config))
    printed = io.StringIO()
    report(sweep_folder, Console(file=printed, width=200))
    pages = [(sweep_folder / name).read_text() for name in ("report.md", "report.html")]
    for text in (printed.getvalue(), *pages):
        assert not set(text) & {"\x1b", "\x07", "\x9b"}
    assert "\\x1b[31mred" in printed.getvalue()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** & `c`", "a <b>b</b> &amp; <code>c</code>"),
        ("two\nlines", "two<br>lines"),
        (
            "+0.1 [-0.1, +0.3]\nundecided",
            '+0.1 [-0.1, +0.3]<br><span class="open">undecided</span>',
        ),
        ("better", '<span class="good">better</span>'),
        ("worse", '<span class="bad">worse</span>'),
        ("-0.1", "-0.1"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_texts_become_html_and_words_get_their_colour(text, html):
    assert rich(text) == html


def test_pictures_are_embedded():
    assert data_uri(b"\x00\x01\x02") == "data:image/png;base64,AAEC"
