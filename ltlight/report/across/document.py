"""The page of a comparison over data sets."""

import csv
import io

from ltlight.report.across.cells import FILE, Cells
from ltlight.report.across.gains_chart import gains_chart
from ltlight.report.across.ranking import Placed, advice, headline, reference_of, tested
from ltlight.report.document.blocks import Block, Document, Listing, Section, TableBlock, Text
from ltlight.report.document.table import Table

NOTE = (
    "Rank: of the methods within a cell, the mean over cells, 1 the best. Seeds are averaged: they "
    "are no data sets."
)
TESTS = (
    " p: Wilcoxon's signed-rank test in which all cells of a data set change their sign together "
    "(Rosner, Glynn and Lee 2006), for ratios of one data set are no independent witnesses, "
    "corrected by Holm for the number of comparisons (all pairs where there is no baseline: the "
    "best is picked by these scores then). Better by more than a point: the probability "
    "on a further data set like these, by the Bayesian signed-rank test (Benavoli et al. 2017)."
)


def build(cells: Cells, ranked: list[Placed]) -> Document:
    """The page: the answer, the table, the gain of every cell, the scores."""
    reference = cells.methods[reference_of(cells)]
    compared: list[Block] = [
        *_missing(cells),
        TableBlock(ranking_table(cells, ranked)),
        Text(NOTE + TESTS * tested(cells), "note"),
    ]
    every = scores_table(cells, ranked)
    return Document(
        headline(cells, ranked),
        f"cells: {', '.join(cells.names)}",
        [
            Section("ranks", f"Ranks, and gains over {reference}", compared),
            Section("gains", "The gain in every cell", [gains_chart(cells, ranked)]),
            Section(
                "scores", "Balanced accuracy in %", [TableBlock(every, "", (FILE, csv_text(cells)))]
            ),
        ],
        kind="across data sets",
        name="across data sets",
        lead=[Listing(advice(cells, ranked))],
    )


def _missing(cells: Cells) -> list[Block]:
    """What was passed over."""
    told: list[Block] = []
    if cells.left_out:
        names = ", ".join(f"`{m}`" for m in cells.left_out)
        told.append(Text(f"Left out, since some cell lacks them: {names}.", "warning"))
    told += [
        Text(f"{sweep}: {count} runs are missing or unfinished.", "warning")
        for sweep, count in cells.unfinished
    ]
    return told


def ranking_table(cells: Cells, ranked: list[Placed]) -> Table:
    """A method a row, the best mean rank first."""
    header = ["method", "rank", "first in", "balanced acc. %", "gain, points", "least, most"]
    header += ["p (Holm)", "better by > 1 point", "word"] if tested(cells) else []
    rows = [_row(each, tested(cells)) for each in ranked]
    return Table(header, rows, caption="Ranks and gains of every method")


def _row(each: Placed, with_test: bool) -> list[str]:
    cells = [f"`{each.method}`", f"{each.rank:.1f}", str(each.first), f"{100 * each.score:.1f}"]
    if each.gains is None:
        return cells + [""] * (5 if with_test else 2)
    gains = 100 * each.gains
    cells += [f"{gains.mean():+.1f}", f"{gains.min():+.1f}, {gains.max():+.1f}"]
    if with_test and each.p is not None and each.chances is not None:
        cells += [f"{each.p:.2g}", f"{100 * each.chances.better:.0f} %", each.word]
    return cells


def scores_table(cells: Cells, ranked: list[Placed]) -> Table:
    """Every cell's scores, the best of it in bold."""
    best = cells.scores.max(axis=1)
    rows = []
    for each in ranked:
        scores = cells.scores[:, cells.methods.index(each.method)]
        bold = ["**" * bool(s == b) for s, b in zip(scores, best, strict=True)]
        rows.append(
            [
                f"`{each.method}`",
                *(f"{b}{100 * s:.1f}{b}" for s, b in zip(scores, bold, strict=True)),
            ]
        )
    return Table(["method", *cells.names], rows, caption="Balanced accuracy in every cell, %")


def csv_text(cells: Cells) -> str:
    """A cell and method a line, for the file beside the page."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sweep", "data", "ratio", "seeds", "method", "balanced_accuracy"])
    for cell in cells.cells:
        of = [cell.sweep, cell.data, cell.imbalance, cell.seeds]
        writer.writerows([*of, method, f"{score:.6f}"] for method, score in cell.scores.items())
    return text.getvalue()
