"""The kept runs of `make sample-report` hold all that a page shows."""

import shutil

import pytest
from rich.console import Console

from ltlight.report.build import report
from tests.commands import REPOSITORY

KEPT = REPOSITORY / "outputs" / "reference" / "sample_report"


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("sample") / "sample_report"
    report(shutil.copytree(KEPT, folder), Console(quiet=True))
    return (folder / "report.html").read_text("utf-8")


def test_nothing_is_missing_on_the_sample_page(page):
    for absence in ("missing", "kept no pictures", "logged no curves", "not recorded"):
        assert absence not in page.partition("<main>")[2].partition('id="figures"')[0]
    for section in ("recall", "confusion", "changes", "curves", "augmentation", "provenance"):
        assert f'<section id="{section}">' in page


def test_the_page_of_the_demo_is_no_larger_than_6_megabytes(page):
    assert len(page.encode()) < 6_000_000


def test_the_makefile_names_them():
    assert "cp -r outputs/reference/sample_report/. " in (REPOSITORY / "Makefile").read_text()
