"""Links of the pages to files of the repository, and to headings."""

import re

import pytest

from tests.commands import REPOSITORY

PAGES = sorted(
    page
    for folder in ("conf", "ltlight", "outputs/reference")
    for page in (REPOSITORY / folder).rglob("*.md")
)
PAGES.append(REPOSITORY / "README.md")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NO_PART_OF_AN_ANCHOR = re.compile(r"[^\w\- ]")


def text_of(page) -> str:
    return _CODE.sub("", page.read_text())


def anchors(page) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {_NO_PART_OF_AN_ANCHOR.sub("", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_what_a_page_links_to_is_there(page):
    for link in _LINK.findall(text_of(page)):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
