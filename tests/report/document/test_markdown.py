"""report.md: the sections of the page, with pictures in files that exist."""

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from ltlight.report.document.blocks import (
    Charts,
    Document,
    Picture,
    Pictures,
    Section,
    Setting,
    Switched,
    TableBlock,
    Text,
    Variant,
)
from ltlight.report.document.markdown import ALL, MarkdownWriter
from ltlight.report.document.table import Strip, Table


@pytest.fixture
def text(page_folder) -> str:
    return (page_folder / "report.md").read_text()


def test_the_sections_are_those_of_the_page(page_folder, text):
    titles = re.findall(r"<h2>(.*?)</h2>", (page_folder / "report.html").read_text())
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == titles
    header = next(line for line in text.splitlines() if line.startswith("| ratio"))
    assert text.count(header) == 1


def test_every_linked_picture_exists_and_every_picture_is_linked(page_folder, text):
    linked = re.findall(r'\((figures/[^)]+)\)|src="(figures/[^"]+)"', text)
    linked = {a or b for a, b in linked}
    assert linked == {f"figures/{p.name}" for p in (page_folder / "figures").iterdir()}
    assert all((page_folder / link).read_bytes().startswith(b"\x89PNG") for link in linked)
    for kind in ("distribution", "confusion", "recall", "change", "curve", "examples"):
        assert any(link.startswith(f"figures/{kind}_") for link in linked)


def test_a_file_beside_it_is_linked(page_folder, text):
    assert "[errors.csv](errors.csv): the misclassified test images" in text
    assert '<a href="errors.csv">errors.csv</a>' in (page_folder / "report.html").read_text()
    assert (page_folder / "errors.csv").exists()


def test_pictures_of_tables_are_numbered_and_old_ones_removed(tmp_path):
    rows = [[Strip(bytes([n]), f"picture {n}", f"text {n}")] for n in (1, 2)]
    blocks = [Text("careful", "warning"), TableBlock(Table(["pictures"], rows))]
    document = Document("title", "subtitle", [Section("s", "a section", blocks)])
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.png").write_bytes(b"")
    text = MarkdownWriter(tmp_path).write(document).read_text()
    files = sorted((tmp_path / "figures").iterdir())
    assert [(f.name, f.read_bytes()) for f in files] == [
        ("examples_001.png", b"\x01"),
        ("examples_002.png", b"\x02"),
    ]
    assert text.startswith("# title\n\nsubtitle\n\n## a section\n\n**careful**\n\n")
    assert '<img src="figures/examples_002.png" height="40"><br>text 2' in text


@pytest.mark.parametrize("many", [False, True])
def test_of_many_settings_one_is_written_and_the_others_are_told_of(tmp_path, many):
    settings = [Setting("d", str(ratio), "m") for ratio in range(ALL + many)]
    switched = Switched([Variant(s, [Text(f"of ratio {s.ratio}")]) for s in settings])
    switched.variants.append(Variant(Setting("d", "2", ""), [Text("whatever the method")]))
    sections = [Section("a", "", [Text("first")]), Section("b", "", [switched])]
    document = Document("", "", sections, settings=settings, chosen=settings[2])
    text = MarkdownWriter(tmp_path).write(document).read_text()
    assert "of ratio 2" in text
    assert "whatever the method" in text
    assert ("of ratio 3" in text) == (not many)
    told = f"Of {ALL + 1} settings of data, ratio and method"
    assert (told in text) == many
    if many:
        assert text.index("first") < text.index(told) < text.index("of ratio 2")


def test_tags_in_texts_and_cells_are_none():
    evil = "<img src=x onerror=alert(1)> & co"
    told = "&lt;img src=x onerror=alert(1)> &amp; co"
    assert Table([evil], [[evil]]).markdown().count(told) == 2
    blocks = [Text(evil, "warning"), Text(evil)]
    assert [MarkdownWriter(Path())._block(block) for block in blocks] == [f"**{told}**", told]


def test_files_with_blanks_and_brackets_in_their_names_are_linked_by_addresses(tmp_path):
    panel = Picture("change_a (b)", "alt", Figure)
    strip = Pictures("examples 1", "title", Strip(b"", "alt"))
    section = Section("s", "", [Charts("", [], [panel]), strip])
    text = MarkdownWriter(tmp_path).write(Document("", "", [section])).read_text()
    assert "(figures/change_a%20%28b%29.png)" in text
    assert 'src="figures/examples%201.png"' in text
    files = {f.name for f in (tmp_path / "figures").iterdir()}
    assert files == {"change_a (b).png", "examples 1.png"}
