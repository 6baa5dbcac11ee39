import numpy as np
import pytest
from scipy.stats import rankdata

from ltlight.report.across.cells import Cell, Cells
from ltlight.report.across.ranking import advice, headline, placed


def cells_of(scores, clusters, methods=("baseline", "good", "bad")):
    """Cells by hand: scores float [cells, M]."""
    found = [
        Cell("s", f"d{c}", str(i), dict(zip(methods, row, strict=True)), 3)
        for i, (row, c) in enumerate(zip(scores, clusters, strict=True))
    ]
    names = [f"{cell.data} {cell.imbalance}" for cell in found]
    return Cells(found, names, list(methods), np.array(scores), np.array(clusters), [], [])


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.3, 0.8, 9)
    gain = rng.uniform(0.02, 0.06, 9)
    return np.stack([base, base + gain, base - gain / 2], axis=1)


def test_ranks_are_means_of_the_ranks_within_cells(scores):
    scores[0, 1] = scores[0, 0]  # a tie
    ranked = placed(cells_of(scores, np.arange(9)))
    expected = dict(
        zip(("baseline", "good", "bad"), rankdata(-scores, axis=1).mean(0), strict=True)
    )
    assert {p.method: p.rank for p in ranked} == pytest.approx(expected)
    assert [p.method for p in ranked] == sorted(expected, key=expected.get)
    assert {p.method: p.first for p in ranked} == {"baseline": 1, "good": 9, "bad": 0}


def test_words_come_of_the_corrected_test(scores):
    cells = cells_of(scores, np.arange(9))
    words = {p.method: p.word for p in placed(cells)}
    assert words == {"baseline": "", "good": "better", "bad": "worse"}
    assert "better than `baseline`: `good`" in headline(cells, placed(cells))


def test_ratios_of_too_few_data_sets_show_nothing_and_it_says_how_many_would(scores):
    cells = cells_of(scores, np.repeat([0, 1, 2], 3))
    ranked = placed(cells)
    assert {p.word for p in ranked} == {"", "undecided"}
    assert headline(cells, ranked).endswith("no method is shown to be better than `baseline`")
    told = " ".join(advice(cells, ranked))
    assert "With 3 data sets the test can show nothing" in told
    assert (
        "7 data sets would do" in told
    )  # 2 comparisons: 2 * 2 / 2**7 is below 0.05, 2 * 2 / 2**6 not


def test_below_eight_cells_there_is_an_order_only(scores):
    cells = cells_of(scores[:7], np.arange(7))
    assert all(p.p is None and p.chances is None for p in placed(cells))
    assert "Tested from 8 cells on" in " ".join(advice(cells, placed(cells)))


def test_without_a_baseline_the_best_is_what_others_are_compared_with(scores):
    ranked = placed(cells_of(scores, np.arange(9), ("one", "two", "three")))
    assert (ranked[0].method, ranked[0].gains) == ("two", None)
    assert all(p.gains.max() < 0 for p in ranked[1:])
