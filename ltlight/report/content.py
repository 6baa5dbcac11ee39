"""What stands in a report, section by section."""

from ltlight.data.longtail import inverse_frequency_weights
from ltlight.report import interactive, static
from ltlight.report.changes import changes_section
from ltlight.report.comparison import Comparison
from ltlight.report.document import (
    Block,
    Card,
    Cards,
    Charts,
    Document,
    Listing,
    Panel,
    Pictures,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.examples import augmentation_strip, pictures_of
from ltlight.report.files import missing
from ltlight.report.group import Group, confusion, groups, row_percent
from ltlight.report.palette import Look, looks
from ltlight.report.provenance import provenance_section
from ltlight.report.results import ACCURACY, BASELINE, F1, Sweep
from ltlight.report.summary import DETAIL_NOTE, arrow, detail_table, main_table, notes
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
        _summary(sweep, comparisons),
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
    ratios = ", ".join(f"{r:g}" for r in dict.fromkeys(m.ratio for m in members))
    seeds = ", ".join(map(str, sorted({m.seed for m in members})))
    named = f"methods: {', '.join(methods)} · data: {data} · imbalance ratios: {ratios}"
    return f"{named} · seeds: {seeds} · {len(members)} finished runs"


def _summary(sweep: Sweep, comparisons: list[Comparison]) -> Section:
    blocks: list[Block] = []
    if sweep.unfinished:
        blocks += [Text(f"{len(sweep.unfinished)} runs are missing:", "warning")]
        blocks += [Listing(missing(sweep))]
    cards = [card for c in comparisons if c.before and (card := _card(c))]
    if cards:
        blocks.append(Cards(cards))
    table = main_table(comparisons)
    blocks += [TableBlock(table, wide=True), Text(notes(table), "note")]
    return Section("summary", "Before → after", blocks)


def _card(c: Comparison) -> Card:
    """Macro-F1 large, accuracy below; coloured only where the gain is more than noise."""
    gain = c.gain(F1).mean()
    mood = "noise" if c.is_noise(F1) else "good" if gain > 0 else "bad"
    points = 100 * c.gain(ACCURACY).mean()
    note = f"macro-F1 {gain:+.3f}" + (" (within noise)" if mood == "noise" else "")
    note += f" · accuracy {arrow(c, ACCURACY, digits=1)} % ({points:+.1f} points"
    note += ", within noise)" if c.is_noise(ACCURACY) else ")"
    return Card(f"{c.data}, ratio {c.ratio:g}: {c.method}", arrow(c, F1, digits=3), note, mood)


def _distribution(found: list[Group]) -> Section:
    blocks: list[Block] = [
        Charts(
            f"distribution_{g.slug}",
            f"Training images of every class, {g.title}: {g.counts.sum():,} images, "
            f"{g.counts.max()} to {g.counts.min()} a class",
            [Panel("", interactive.distribution(g))],
            lambda g=g: static.distribution(g),
            width=class_width(g),
        )
        for g in found
    ]
    for data in dict.fromkeys(g.data for g in found):
        blocks.append(TableBlock(_weights([g for g in found if g.data == data])))
    blocks.append(
        Text(
            "Weight of a sample of class c: N / (C n_c) for N training images, n_c of them of this "
            "class, and C classes. The weighted sampler draws in proportion to it.",
            "note",
        )
    )
    return Section("data", "Class distribution", blocks)


def class_width(group: Group) -> int:
    """Pixels in which every class name has a place."""
    return max(300, 70 + 12 * len(group.names))


def _weights(found: list[Group]) -> Table:
    """Counts and weights a class, a pair of columns a ratio (the report's Fig 6)."""
    header = ["class"]
    for g in found:
        header += [f"ratio {g.ratio:g}\nimages", f"ratio {g.ratio:g}\nweight"]
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
            blocks.append(
                Charts(
                    f"confusion_{g.slug}_{'_'.join(pair)}",
                    f"{g.title}: {' (left) and '.join(pair)}" + " (right)" * (len(pair) > 1),
                    [Panel(m, interactive.matrix(g, m, top)) for m in pair],
                    lambda g=g, pair=pair, top=top: static.matrices(g, pair, top),
                    width=matrix_width(g),
                    wide=len(g.names) > 20,
                )
            )
    return Section("confusion", "Confusion matrices", blocks)


def matrix_width(group: Group) -> int:
    """Pixels in which the names beside a confusion matrix don't touch."""
    room = interactive.label_room(group.names) + 64
    return max(300, room + round(9.5 * len(group.names)))


def _recall(sweep: Sweep, found: list[Group], styles: dict[str, Look]) -> Section:
    blocks: list[Block] = [
        Charts(
            f"recall_{g.slug}",
            f"Recall of every class against its training images, {g.title}; lines are running "
            "means, dotted the borders of few-, medium- and many-shot",
            [Panel("", interactive.recall(g, styles))],
            lambda g=g: static.recall(g, styles),
        )
        for g in found
    ]
    blocks += [TableBlock(detail_table(sweep), wide=True), Text(DETAIL_NOTE, "note")]
    return Section("recall", "Head to tail", blocks)


def _curves(found: list[Group], styles: dict[str, Look]) -> Section:
    blocks: list[Block] = [Text("Means over seeds, ± a standard deviation around them.", "note")]
    for name, label in CURVES.items():
        for g in found:
            figure = interactive.curve(g, styles, name, label)
            if figure.data:
                blocks.append(
                    Charts(
                        f"curve_{name.replace('/', '_')}_{g.slug}",
                        f"{label}, {g.title}",
                        [Panel("", figure)],
                        lambda g=g, n=name, label=label: static.curve(g, styles, n, label),
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
