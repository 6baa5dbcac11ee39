"""The last lines of a report: files, and the page's address in one piece."""

import io
from pathlib import Path

from rich.console import Console

from ltlight.report.document.written import say_written


def lines(paths: list[Path], page: Path | None) -> list[str]:
    output = io.StringIO()
    say_written(paths, page, Console(file=output, width=40))
    return output.getvalue().splitlines()


def test_a_line_a_file_and_the_page_as_a_link(tmp_path):
    page = tmp_path / "a sweep [1]" / "report.html"
    said = lines([tmp_path / "results.md", page], page)
    assert said == [f"wrote {tmp_path / 'results.md'}", f"wrote {page}", f"open {page.as_uri()}"]
    assert " " not in said[-1].removeprefix("open ")  # a space would end the link


def test_a_page_named_from_here_has_a_whole_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lines([], Path("report.html")) == [f"open file://{tmp_path}/report.html"]


def test_without_a_page_there_is_nothing_to_open(tmp_path):
    assert lines([tmp_path / "results.md"], None) == [f"wrote {tmp_path / 'results.md'}"]
