"""The rows of the forest plot: what is drawn of every method at every ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

from ltlight.report.results.published import published
from ltlight.report.sections.numbers import difference_text
from ltlight.report.stats.difference import BETTER, UNDECIDED, WORSE, Difference
from ltlight.report.stats.ranking import Entry, Ranking

WORDS = (BETTER, UNDECIDED, WORSE)


@dataclass(frozen=True)
class Row:
    """A line of the plot.

    Attributes:
        name: of the method, or of the ratio that the rows below it are of.
        difference: None for the name of a ratio.
        hover: what is told of it.
        published: gain of the EE 443 report in points; None where it has none.
    """

    name: str
    difference: Difference | None = None
    hover: str = ""
    published: float | None = None


@dataclass(frozen=True)
class Part:
    """The rows of a ratio, and what is free there in points; None without a baseline."""

    rows: list[Row]
    free: float | None


def axis_title(rankings: Sequence[Ranking]) -> str:
    """What the horizontal axis shows."""
    if all(r.baseline is None for r in rankings):
        return "points over the best"
    balanced = all(r.has_balanced_test for r in rankings)
    return f"points of {'accuracy' if balanced else 'balanced accuracy'} over the baseline"


def part(ranking: Ranking) -> Part:
    """A ratio's heading, and a row for every method but the one that all are compared with."""
    imbalance = ranking.group.first.imbalance
    name = "data as they are" if imbalance == "natural" else f"ratio {imbalance}"
    base = ranking.baseline or ranking.first
    heading = Row(f"{name}: {base.method} {100 * base.mean():.1f} %")
    rows = [
        Row(e.method, d, _hover(e, d, ranking.label), _published(e, ranking))
        for e in ranking.entries
        if (d := e.gain if ranking.baseline else e.behind) is not None
    ]
    rows.sort(key=lambda row: -(row.difference.mean if row.difference else 0))
    free = ranking.free.gain if ranking.free else None
    return Part([heading, *rows], None if free is None else 100 * free.mean)


def _hover(entry: Entry, d: Difference, label: str) -> str:
    text = f"{entry.method}: {100 * entry.mean():.1f} {label}<br>{difference_text(d)} {d.word}"
    if entry.over_free is not None:
        text += f"<br>over the free one {difference_text(entry.over_free)} {entry.over_free.word}"
    return f"{text}<br>{d.seeds} seed{'s' * (d.seeds != 1)}"


def _published(entry: Entry, ranking: Ranking) -> float | None:
    """The report's gain in points of accuracy, of runs on the report's data."""
    if ranking.baseline is None or not ranking.has_balanced_test:
        return None
    before, after = (published(e.members, e.method) for e in (ranking.baseline, entry))
    return 100 * (after[1] - before[1]) if before and after else None


def placed(parts: list[Part]) -> list[tuple[float, Row]]:
    """Every row with its height, from 0 downwards."""
    rows = [row for part in parts for row in part.rows]
    return [(-float(i), row) for i, row in enumerate(rows)]


def by_word(parts: list[Part]) -> dict[str, list[tuple[float, Row, Difference]]]:
    """The methods' rows with their heights, by the word of their difference."""
    found: dict[str, list[tuple[float, Row, Difference]]] = {}
    for word in WORDS:
        chosen = [
            (y, row, row.difference)
            for y, row in placed(parts)
            if row.difference is not None and row.difference.word == word
        ]
        if chosen:
            found[word] = chosen
    return found


def lines(parts: list[Part], of: str) -> list[tuple[float, float, float]]:
    """Gain, top and bottom of a line beside every ratio's methods, at 0 or at what is ``free``."""
    found, top = [], 0
    for part in parts:
        gain = part.free if of == "free" else 0.0
        if gain is not None:
            found.append((gain, -top - 0.55, -top - len(part.rows) + 0.55))
        top += len(part.rows)
    return found
