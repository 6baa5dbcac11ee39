from itertools import combinations

import numpy as np
import pytest
from scipy.stats import rankdata

from ltlight.report.across.cells import Cell, Cells
from ltlight.report.across.ranking import advice, headline, placed
from ltlight.report.across.signed_rank import holm, signed_rank


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


def test_a_best_that_is_picked_by_the_scores_is_corrected_for_all_pairs():
    scores = np.random.default_rng(3).normal(0.5, 0.02, (9, 5))
    scores[:, 2] += 0.03
    pairs = list(combinations(range(5), 2))
    p = holm([signed_rank(scores[:, i] - scores[:, j], np.arange(9)) for i, j in pairs])
    expected = {i + j - 2: value for (i, j), value in zip(pairs, p, strict=True) if 2 in (i, j)}
    ranked = placed(cells_of(scores, np.arange(9), list("abcde")))
    assert ranked[0].method == "c"
    assert {p.method: p.p for p in ranked[1:]} == {"abcde"[i]: p for i, p in expected.items()}


def test_where_one_loss_outweighs_many_gains_nothing_is_said_to_be_better_or_worse():
    gains = np.append(np.linspace(0.001, 0.002, 12), -0.4)
    base = np.full(13, 0.5)
    ranked = placed(
        cells_of(np.stack([base, base + gains], axis=1), np.arange(13), ("baseline", "good"))
    )
    (good,) = (p for p in ranked if p.method == "good")
    assert good.p < 0.05
    assert good.gains.mean() < 0
    assert good.word == "undecided"
