from pathlib import Path

import pytest

from ltlight.data.sources.groups import groups_of
from ltlight.errors import UserError

FILES = ["p1/a/x.png", "p1/b/y.png", "p22/a/z.png"]
ROOT = Path("pictures")


def test_the_first_parentheses_name_the_group():
    assert groups_of(FILES, "^([^/]+)/([^/]+)", ROOT).tolist() == ["p1", "p1", "p22"]
    assert groups_of(FILES, r"p(\d+)", ROOT).tolist() == ["1", "1", "22"]
    assert groups_of(FILES, None, ROOT) is None


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (r"p(\d\d)", r"finds no group in p1/a/x\.png \(below data\.root=pictures\)"),
        (r"(q)?", r"finds no group in p1/a/x\.png"),
        ("p(", "is not a regular expression"),
        ("(a{99999999999999})", "is not a regular expression"),
        (r"p\d", "has no parentheses"),
    ],
)
def test_expressions_that_cannot_tell_are_refused(group, message):
    with pytest.raises(UserError, match=message):
        groups_of(FILES, group, ROOT)
