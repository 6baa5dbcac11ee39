"""What the page's switch chooses from: data, ratio and method; and the variants of a section."""

from collections.abc import Callable, Sequence

from ltlight.report.document.blocks import Block, Setting, Switched, Variant
from ltlight.report.results.group import Group
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.verdict import GAINS, choose


def settings(comparisons: Sequence[Comparison]) -> list[Setting]:
    """One for every method beside its baseline, or alone without one."""
    return [Setting(c.data, c.imbalance, c.method) for c in comparisons]


def opening(found: Sequence[Setting], rankings: Sequence[Ranking]) -> Setting:
    """What the page opens with: the method that gains, at the strongest imbalance where one does.

    Where none does it is what leads there; what is free or the baseline has no setting, and the
    first of the place stands for it.
    """
    choices = [choose(r) for r in rankings]
    choice = ([c for c in choices if c.kind == GAINS] or choices)[-1]
    group = choice.ranking.group
    there = [s for s in found if (s.data, s.ratio) == (group.data, group.first.imbalance)]
    wanted = [s for s in there if s.method == choice.entry.method]
    return [*wanted, *there, *found][0]


def by_group(found: Sequence[Group], blocks: Callable[[Group], list[Block]]) -> Switched:
    """A variant for every data set and ratio, whatever the method."""
    return Switched(
        [Variant(Setting(g.data, g.first.imbalance, ""), blocks(g)) for g in found],
    )


def by_comparison(
    found: Sequence[Group],
    comparisons: Sequence[Comparison],
    blocks: Callable[[Group, Comparison], list[Block]],
) -> Switched:
    """A variant for every method at every ratio."""
    of = {(g.data, g.ratio): g for g in found}
    return Switched(
        [
            Variant(Setting(c.data, c.imbalance, c.method), blocks(of[c.data, c.ratio], c))
            for c in comparisons
            if (c.data, c.ratio) in of
        ]
    )
