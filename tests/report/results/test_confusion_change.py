"""Which confusions a method relieves and brings."""

import numpy as np
import pytest

from ltlight.report.results import confusion_change
from ltlight.report.results.confusion_change import most_changed
from ltlight.report.results.group import groups


def test_the_largest_changes_of_all_pairs_of_classes_are_listed(comparisons, toy):
    group, c = groups(toy)[1], comparisons[1]
    number = len(group.order)

    def percent(members):
        """By hand: of every seed together, true by predicted, head to tail."""
        found = np.zeros((number, number))
        for m in members:
            for true, called in zip(m.predictions.targets, m.predictions.labels, strict=True):
                found[list(group.order).index(true), list(group.order).index(called)] += 1
        return 100 * found / found.sum(axis=1, keepdims=True)

    before, after = percent(c.before), percent(c.after)
    pairs = {
        (t, p): after[t, p] - before[t, p] for t in range(number) for p in range(number) if t != p
    }
    relieved, harmed = most_changed(c.before, c.after, group.order)
    falling = sorted(v for v in pairs.values() if v < 0)[: confusion_change.LISTED]
    rising = sorted((v for v in pairs.values() if v > 0), reverse=True)[: confusion_change.LISTED]
    assert [f.points for f in relieved] == pytest.approx(falling)
    assert [f.points for f in harmed] == pytest.approx(rising)
    for f in (*relieved, *harmed):
        assert f.points == pytest.approx(pairs[f.true, f.called])
        assert (f.before, f.after) == (before[f.true, f.called], after[f.true, f.called])
        assert f.images == 20


def test_a_method_beside_itself_changes_nothing(comparisons, toy):
    c = comparisons[0]
    assert most_changed(c.before, c.before, groups(toy)[0].order) == ([], [])
