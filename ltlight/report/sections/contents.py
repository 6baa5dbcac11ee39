"""What stands in a report, section by section."""

from collections.abc import Sequence
from functools import partial

from ltlight.report.document.blocks import (
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
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.image_strips import augmentation_strip, pictures_of
from ltlight.report.drawing.palette import Look, looks
from ltlight.report.drawing.small_multiples import matrix_width, small_multiples
from ltlight.report.results.group import Group, confusion, groups, row_percent
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.changes import changes_section
from ltlight.report.sections.distribution import distribution_section
from ltlight.report.sections.overview import overview_section
from ltlight.report.sections.provenance import provenance_section
from ltlight.report.sections.ranking import ranking_section
from ltlight.report.sections.tables import DETAIL_NOTE, detail_table
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.selection import detailed, narrowed

NAMED = 8  # methods up to which the subtitle names them all
LONG = 20  # rows up to which a table is not folded
CURVES = {
    "train/loss": "training loss",
    "test/f1_macro": "macro-F1, test images",
    "test/accuracy": "accuracy, test images",
    "val/f1_macro": "macro-F1, held-out images",
}


def build(
    sweep: Sweep, comparisons: list[Comparison], rankings: Sequence[Ranking] = ()
) -> Document:
    """The report of a sweep with at least one finished run; of many methods, a few in detail."""
    every = groups(sweep)
    methods = list(dict.fromkeys(m for g in every for m in g.methods))
    ranked = [ranking_section(list(rankings))] if rankings else []
    overview = overview_section(sweep, comparisons, folded=bool(rankings))
    found, notes = every, []
    if rankings:
        chosen = [m for m in detailed(list(rankings)) if m in methods]
        few, comparisons = narrowed(sweep, comparisons, chosen)
        found, told = groups(few), f"Of {len(methods)} methods: {', '.join(chosen)}."
        notes = [Text(told, "note")] if len(chosen) < len(methods) else []
    styles = looks([m for m in methods if any(m in g.methods for g in found)])
    sections = [
        *ranked,
        overview,
        distribution_section(every),
        _with(notes, _confusion(found)),
        _with(notes, _recall(sweep, found, styles)),
        _with(notes, changes_section(found, comparisons)),
        _with(notes, _curves(found, styles)),
        _augmentation(every),
        provenance_section(sweep),
    ]
    return Document(sweep.path.resolve().name, _subtitle(sweep, methods), sections)


def _with(notes: list[Text], section: Section) -> Section:
    """A section with notes before all else."""
    return Section(section.slug, section.title, [*notes, *section.blocks])


def _subtitle(sweep: Sweep, methods: list[str]) -> str:
    members = sweep.finished
    data = ", ".join(dict.fromkeys(m.data for m in members))
    ratios = ", ".join(dict.fromkeys(m.imbalance for m in members))
    seeds = ", ".join(map(str, sorted({m.seed for m in members})))
    told = ", ".join(methods) if len(methods) <= NAMED else str(len(methods))
    named = f"methods: {told} · data: {data} · imbalance ratios: {ratios}"
    return f"{named} · seeds: {seeds} · {len(members)} finished runs"


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
            draw = partial(mpl_axes.matrices, g, pair, top)
            caption = f"{g.title}: {' and '.join(pair)}"
            blocks.append(
                Charts(
                    caption,
                    [Panel(f"{slug}-{m}", m, plotly_axes.matrix(g, m, top)) for m in pair],
                    [Picture(slug, caption, draw)],
                    width=matrix_width(g),
                )
            )
    return Section("confusion", "Confusion matrices", blocks)


def _recall(sweep: Sweep, found: list[Group], styles: dict[str, Look]) -> Section:
    details = detail_table(sweep).without_constant("data")
    folded = f"figures of all {len(details.rows)} methods" if len(details.rows) > LONG else ""
    blocks: list[Block] = [
        small_multiples(
            "Recall of every class against its training images, mean over seeds. Lines are running "
            "means over neighbouring classes, dotted ones the borders of few- and many-shot.",
            "recall",
            found,
            partial(plotly_axes.recall, looks=styles),
            partial(mpl_axes.recall, looks=styles),
        ),
        TableBlock(details, folded=folded),
        Text(DETAIL_NOTE, "note"),
    ]
    return Section("recall", "Head to tail", blocks)


def _curves(found: list[Group], styles: dict[str, Look]) -> Section:
    blocks: list[Block] = [Text("Means over seeds, ± a standard deviation around them.", "note")]
    for name, label in CURVES.items():
        logged = [g for g in found if plotly_axes.curve(g, styles, name, label).data]
        told = {"looks": styles, "figure_name": name, "label": label}
        if logged:
            blocks.append(
                small_multiples(
                    label.capitalize(),
                    f"curve_{name.replace('/', '_')}",
                    logged,
                    partial(plotly_axes.curve, **told),
                    partial(mpl_axes.curve, **told),
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
