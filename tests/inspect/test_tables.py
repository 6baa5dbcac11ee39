from collections import Counter

import numpy as np
import pytest

from ltlight.data.duplicates import Pair
from ltlight.inspect.inspection import inspection
from ltlight.inspect.originals import Originals
from ltlight.inspect.tables import class_table, duplicates_text, duration, facts, files_text
from tests.parts import small


@pytest.fixture(scope="module")
def found():
    return inspection(small("data.val_fraction=0.2"), timed_steps=0)


def test_facts(found):
    told = dict(facts(found))
    assert told["images"] == "419 training, 102 held out, 540 test"
    assert told["classes"] == "10, of 96 to 12 training images"
    assert told["imbalance"].startswith("ratio 0.125, factor 8, Gini 0.3")
    assert told["many-, medium-, few-shot"] == (
        "0 (more than 100 training images), 7, 3 (fewer than 20) classes"
    )
    assert told["a training of baseline"].endswith("epochs")  # nothing was timed


def test_a_row_a_class(found):
    table = class_table(found)
    assert table.header[:4] == ["class", "training", "held out", "test"]
    assert table.header[4:] == ["weight", "drawn", "times", "seen %"]
    assert table.rows[0] == ["0", "96", "24", "54", "0.436", "42", "0.436", "35"]
    assert table.rows[-1] == ["9", "12", "3", "54", "3.49", "42", "3.49", "97"]


def test_files():
    sides = np.array([8, 8, 30])
    mixed = Originals(3, 900, sides, sides // 2, Counter(RGB=2, L=1), Counter(PNG=3))
    assert files_text(mixed) == (
        "8x4 to 30x15, median 8x4 pixels, PNG, RGB 2, L 1 (of 3 looked at)"
    )
    same = Originals(2, 2, sides[:2], sides[:2], Counter(L=2), Counter(PNG=2))
    assert files_text(same) == "8x8 pixels, PNG, L"


def test_duplicates():
    def pair(exact, splits, labels):
        return Pair(0 if exact else 3, exact, splits, (0, 1), labels, (None, None))

    assert duplicates_text([]) == "none"
    found = [
        pair(True, ("train", "test"), ("a", "a")),
        pair(True, ("train", "train"), ("a", "b")),
        pair(False, ("train", "test"), ("a", "b")),
    ]
    assert duplicates_text(found) == (
        "pairs: 2 equal, 1 near; 2 across splits, 2 under different labels"
    )
    assert duplicates_text(found[:1]) == "pairs: 1 equal; 1 across splits, 0 under different labels"


def test_durations():
    told = [duration(hours) for hours in (2.345, 0.5, 0.01, 0)]
    assert told == ["2.3 hours", "30 min", "36 s", "1 s"]
