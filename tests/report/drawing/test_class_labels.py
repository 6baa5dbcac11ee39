"""Class names at an axis: as they are, or shortened so that no two are alike."""

import pytest
from rich.cells import cell_len

from ltlight.report.drawing.class_labels import LONGEST, class_labels


def test_names_that_fit_are_as_they_are():
    names = ["cat", "a" * LONGEST, "猫" * (LONGEST // 2)]
    assert class_labels(names) == names
    assert class_labels([]) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (  # they differ at both ends
            [f"{n} a name that is longer than its place {n}" for n in "ab"],
            ["a a name that is … place a", "b a name that is … place b"],
        ),
        (  # at the end of what is left of the beginning
            [f"a name of twenty-one{n} letters and yet some more of them" for n in "ab"],
            ["a name of twenty-onea let…", "a name of twenty-oneb let…"],
        ),
        (  # before the end
            [f"a name that begins as all the others, and is {n} in the end" for n in "ab"],
            ["…hers, and is a in the end", "…hers, and is b in the end"],
        ),
    ],
)
def test_long_names_lose_what_leaves_no_two_alike(names, expected):
    labels = class_labels([*names, "short"])
    assert labels == [*expected, "short"]
    assert max(map(cell_len, labels)) <= LONGEST


def test_names_that_differ_only_in_the_middle_stay_whole():
    names = [f"{'the same beginning ' * 2}{n}{' the same end' * 3}" for n in "ab"]
    assert class_labels(names) == names


def test_ideographs_take_two_columns():
    [label, _] = class_labels(["手写数字的一个非常长的类别名称", "cat"])
    assert label.startswith("手写数字的一个非")
    assert label.endswith("名称")
    assert cell_len(label) <= LONGEST
