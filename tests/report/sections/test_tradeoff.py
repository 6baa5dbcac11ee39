"""Accuracy against training time: the Pareto front, and both drawings of every method."""

import pytest

from ltlight.report.sections import tradeoff
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry
from tests.report.stats.rankings_by_hand import off

WORSE = off(-0.1)
LOSS, LEVEL = {RANKED_BY: WORSE}, {RANKED_BY: off(-0.1, "open")}


@pytest.fixture(scope="module")
def points(ranking):
    return tradeoff.points(ranking)


def test_a_point_is_a_methods_seconds_and_percent(ranking, points):
    assert {p.entry.method for p in points} == {*ranking.group.methods, FREE}
    for p in points:
        assert p.price == p.entry.cost.seconds
        assert p.percent == 100 * p.entry.mean()


def test_the_front_is_what_no_method_beats_in_both(points):
    front = {p.entry.method for p in tradeoff.pareto(points)}
    for p in points:
        beaten = any(o.price <= p.price and o.percent >= p.percent and o is not p for o in points)
        assert beaten == (p.entry.method not in front)
    prices = [p.price for p in tradeoff.pareto(points)]
    assert prices == sorted(prices)


def test_the_front_the_first_and_the_baselines_are_named(ranking, points):
    front = {p.entry.method for p in tradeoff.pareto(points)}
    names = {p.entry.method for p in tradeoff.named(ranking)}
    assert names == front | {ranking.first.method, "baseline", FREE}
    figure = tradeoff.interactive(ranking)
    assert {a.text for a in figure.layout.annotations} == names
    [axes] = tradeoff.drawn(ranking).axes
    assert {text.get_text() for text in axes.texts} == names


def test_both_drawings_show_every_method_once(ranking):
    figure = tradeoff.interactive(ranking)
    told = [name for trace in figure.data for name in trace.text or ()]
    assert sorted(told) == sorted([*ranking.group.methods, FREE])
    assert figure.layout.xaxis.type == "log"  # 400 s beside 9 s
    [axes] = tradeoff.drawn(ranking).axes
    assert axes.get_xscale() == "log"
    drawn = [len(line.get_xdata()) for line in axes.get_lines()[1:]]
    assert sum(drawn) == 13
    assert len(axes.get_legend().get_texts()) == len(drawn) == len(figure.data) - 1


@pytest.mark.parametrize(
    ("method", "told", "kind"),
    [
        ("sam", {"rank": 1}, "not behind the best"),
        ("sam", {"rank": 3, "behind": off(-0.1, "open")}, "not behind the best"),
        ("sam", {"rank": 3, "behind": WORSE}, "others"),
        ("sam", {"gains": LOSS, "behind": WORSE}, "worse than the baseline"),
        ("sam", {"gains": LEVEL, "behind": WORSE}, "others"),
        ("baseline", {"rank": 1}, "baseline, plain and adjusted"),
        (FREE, {}, "baseline, plain and adjusted"),
    ],
)
def test_a_method_is_drawn_as_what_the_ranking_says_of_it(method, told, kind):
    assert tradeoff.kind(Entry(method, [], 0, {}, {}, **told)) == kind
    assert kind in tradeoff.KINDS
