"""What stands in a report, section by section."""

from functools import partial

from ltlight.data.longtail import inverse_frequency_weights
from ltlight.report import interactive, static
from ltlight.report.changes import changes_section
from ltlight.report.comparison import Comparison
from ltlight.report.document import (
    Block,
    Charts,
    Document,
    Panel,
    Picture,
    Pictures,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.examples import augmentation_strip, pictures_of
from ltlight.report.group import Group, confusion, groups, row_percent
from ltlight.report.multiples import class_width, matrix_width, small_multiples
from ltlight.report.overview import overview_section
from ltlight.report.palette import Look, looks
from ltlight.report.provenance import provenance_section
from ltlight.report.results import BASELINE, Sweep
from ltlight.report.summary import DETAIL_NOTE, detail_table
from ltlight.report.table import Table

CURVES = {
    "train/loss": "training loss",
    "test/f1_macro": "macro-F1, test images",
    "test/accuracy": "accuracy, test images",
    "val/f1_macro": "macro-F1, held-out images",
}


def build(sweep: Sweep, comparisons: list[Comparison]) -> Document:
    """The report of a sweep with at least one finished run."""
    found = groups(sweep)
    methods = list(dict.fromkeys(m for g in found for m in g.methods))
    styles = looks(sorted(methods, key=lambda m: m != BASELINE))
    sections = [
        overview_section(sweep, comparisons),
        _distribution(found),
        _confusion(found),
        _recall(sweep, found, styles),
        changes_section(found, comparisons),
        _curves(found, styles),
        _augmentation(found),
        provenance_section(sweep),
    ]
    return Document(sweep.path.resolve().name, _subtitle(sweep, methods), sections)


def _subtitle(sweep: Sweep, methods: list[str]) -> str:
    members = sweep.finished
    data = ", ".join(dict.fromkeys(m.data for m in members))
    ratios = ", ".join(dict.fromkeys(m.imbalance for m in members))
    seeds = ", ".join(map(str, sorted({m.seed for m in members})))
    named = f"methods: {', '.join(methods)} · data: {data} · imbalance ratios: {ratios}"
    return f"{named} · seeds: {seeds} · {len(members)} finished runs"


def _distribution(found: list[Group]) -> Section:
    blocks: list[Block] = [
        small_multiples(
            "Training images of every class, head to tail",
            "distribution",
            found,
            interactive.distribution,
            static.distribution,
            [
                f"{g.counts.sum():,} images, {g.counts.max()} to {g.counts.min()} a class"
                for g in found
            ],
            max(map(class_width, found)),
        )
    ]
    for data in dict.fromkeys(g.data for g in found):
        table = _weights([g for g in found if g.data == data])
        long = (
            f"counts and weights of {len(table.rows) - 1} classes" if len(table.rows) > 21 else ""
        )
        blocks.append(TableBlock(table, folded=long))
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


def _confusion(found: list[Group]) -> Section:
    blocks: list[Block] = [
        Text(
            "Rows are true classes, columns predicted ones, ordered head to tail; percent of the "
            "row, all seeds together. Both of a pair have the same colours. Values: point or tap."
        )
    ]
    for g in found:
        first, *others = g.methods
        for pair in [[first, other] for other in others] or [[first]]:
            tops = [row_percent(confusion(g.methods[m], g.order)).max() for m in pair]
            top = float(max(tops))
            slug = f"confusion_{g.slug}_{'_'.join(pair)}"
            draw = partial(static.matrices, g, pair, top)
            caption = f"{g.title}: {' and '.join(pair)}"
            blocks.append(
                Charts(
                    caption,
                    [Panel(f"{slug}-{m}", m, interactive.matrix(g, m, top)) for m in pair],
                    [Picture(slug, caption, draw)],
                    width=matrix_width(g),
                )
            )
    return Section("confusion", "Confusion matrices", blocks)


def _recall(sweep: Sweep, found: list[Group], styles: dict[str, Look]) -> Section:
    blocks: list[Block] = [
        small_multiples(
            "Recall of every class against its training images, mean over seeds. Lines are running "
            "means over neighbouring classes, dotted ones the borders of few- and many-shot.",
            "recall",
            found,
            partial(interactive.recall, looks=styles),
            partial(static.recall, looks=styles),
        ),
        TableBlock(detail_table(sweep).without_constant("data")),
        Text(DETAIL_NOTE, "note"),
    ]
    return Section("recall", "Head to tail", blocks)


def _curves(found: list[Group], styles: dict[str, Look]) -> Section:
    blocks: list[Block] = [Text("Means over seeds, ± a standard deviation around them.", "note")]
    for name, label in CURVES.items():
        logged = [g for g in found if interactive.curve(g, styles, name, label).data]
        told = {"looks": styles, "figure_name": name, "label": label}
        if logged:
            blocks.append(
                small_multiples(
                    label.capitalize(),
                    f"curve_{name.replace('/', '_')}",
                    logged,
                    partial(interactive.curve, **told),
                    partial(static.curve, **told),
                )
            )
    if len(blocks) == 1:
        blocks = [Text("These runs logged no curves.", "note")]
    return Section("curves", "Learning curves", blocks)


def _augmentation(found: list[Group]) -> Section:
    """One strip for every augmentation that a method uses, from its first run with pictures."""
    blocks: list[Block] = []
    shown = set()
    for g in found:
        for method, members in g.methods.items():
            preset = members[0].config["method"].get("augment", method)
            pictures = pictures_of(members) if (g.data, preset) not in shown else None
            strip = augmentation_strip(members[0], pictures) if pictures else None
            if preset == "none" or strip is None:
                continue
            shown.add((g.data, preset))
            title = f"{g.data}, augmentation “{preset}” (method {method})"
            blocks.append(Pictures(f"augmentation_{g.data}_{preset}", title, strip))
    if blocks:
        text = "Ten training pictures from head to tail, and below each what four draws make of it."
        blocks.insert(0, Text(text, "note"))
    return Section(
        "augmentation",
        "What the augmentation makes of pictures",
        blocks or [Text("These runs have no augmentation, or kept no pictures.", "note")],
    )
