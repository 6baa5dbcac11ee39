"""The section on the data: training images of every class, and the weights they give."""

from ltlight.data.longtail import inverse_frequency_weights
from ltlight.report.document.blocks import Block, Section, TableBlock, Text
from ltlight.report.document.table import Table
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.small_multiples import class_width, small_multiples
from ltlight.report.results.group import Group

LONG = 20  # classes from which on the table is folded


def distribution_section(found: list[Group]) -> Section:
    """Bars of every group and a table of counts and weights for every data set."""
    blocks: list[Block] = [
        small_multiples(
            "Training images of every class, head to tail",
            "distribution",
            found,
            plotly_axes.distribution,
            mpl_axes.distribution,
            [
                f"{g.counts.sum():,} images, {g.counts.max()} to {g.counts.min()} a class"
                for g in found
            ],
            max(map(class_width, found)),
        )
    ]
    for data in dict.fromkeys(g.data for g in found):
        table = _weights([g for g in found if g.data == data])
        classes = len(table.rows) - 1
        folded = f"counts and weights of {classes} classes" if classes > LONG else ""
        blocks.append(TableBlock(table, folded=folded))
    blocks.append(
        Text(
            "Weight of a sample of class c: N / (C n_c) for N training images, n_c of them of this "
            "class, and C classes. The weighted sampler draws in proportion to it.",
            "note",
        )
    )
    return Section("data", "Class distribution", blocks)


def _weights(found: list[Group]) -> Table:
    """Counts and weights a class, a pair of columns a ratio (the report's Fig 6)."""
    header = ["class"]
    for g in found:
        header += [f"ratio {g.first.imbalance}\nimages", f"ratio {g.first.imbalance}\nweight"]
    columns = []
    for g in found:
        counts = g.first.predictions.class_counts
        columns.append((counts, inverse_frequency_weights(counts)))
    rows = []
    for c in found[0].order:
        row = [found[0].first.metrics["class_names"][c]]
        for counts, weights in columns:
            row += [str(counts[c]), f"{weights[c]:.3f}"]
        rows.append(row)
    total = ["**all**"]
    for counts, _ in columns:
        total += [f"**{counts.sum()}**", ""]
    return Table(header, [*rows, total])
