"""The section of calibration: whether a probability of 90 % is right nine times in ten."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Panel,
    Picture,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Table
from ltlight.report.drawing.palette import Look
from ltlight.report.results.group import Group
from ltlight.report.results.reliability import Reliability, reliability, temperatures
from ltlight.report.results.sweep import BASELINE, Member
from ltlight.report.sections import reliability_figures
from ltlight.report.sections.detail_table import spread
from ltlight.report.sections.switched import by_comparison, by_group
from ltlight.report.stats.comparison import Comparison

# Name of a column: metric, scale and digits as printed.
SCORES = {
    "ECE %": ("test/ece", 100, 1),
    "class-wise ECE %": ("test/classwise_ece", 100, 2),
    "log-loss": ("test/log_loss", 1, 3),
    "Brier": ("test/brier", 1, 3),
}
PLAIN, FITTED, BY_CLASS = "as trained", "at the fitted temperature", "expected over occurring"
NOTE = (
    "Left: how often the predicted class is right, by the probability it was given (15 bins, all "
    "seeds together; larger dots have more images; on the dotted line the two agree). Right: the "
    "mean probability of each class over its share of the test images, head to tail: above 1 it is "
    "expected too often. ECE: expected calibration error; class-wise: that of every class's own "
    "probability, averaged; log-loss in nats. Over-confident: mean confidence minus accuracy."
)
FITTED_NOTE = (
    "The temperature divides the logits; it was fitted to images held out of the training, whose "
    "classes are as frequent as there. Where the test set has other shares, part of the error is "
    "the prior's, which no temperature mends and `ltlight predict --prior` does."
)
NOT_FITTED = (
    "No temperature was fitted, as no images were held out of the training "
    "(`data.val_fraction=0.1`)."
)
PARTLY = "A method with a run that has none is shown without."
UNKNOWN = "a run's logits are not finite: it knows no probabilities."
WIDTH = 300


def calibration_section(
    found: list[Group], comparisons: Sequence[Comparison], looks: Mapping[str, Look]
) -> Section:
    """Reliability before and after the temperature, and the scores of every method."""
    read = cache(lambda slug, method, fitted: reliability(methods[slug][method], fitted))
    methods = {g.slug: g.methods for g in found}

    def charts(g: Group, c: Comparison) -> list[Block]:
        shown = [m for m in (BASELINE, c.method) if m in g.methods]
        return _charts(g, list(dict.fromkeys(shown)), looks, partial(read, g.slug))

    blocks: list[Block] = [
        by_comparison(found, comparisons, charts),
        by_group(found, lambda g: [TableBlock(scores_table(g, partial(read, g.slug)))]),
        Text(" ".join([NOTE, *_fit_notes(found)]), "note"),
    ]
    return Section("calibration", "How right the probabilities are", blocks)


Read = Callable[[str, bool], Reliability | None]


def _charts(g: Group, shown: list[str], looks: Mapping[str, Look], read: Read) -> list[Block]:
    plain = {m: r for m in shown if (r := read(m, False)) is not None}
    if len(plain) < len(shown):
        return [Text(f"{g.title}: {UNKNOWN}", "note")]
    drawings = [(PLAIN, plain)]
    if all(temperatures(g.methods[m]) for m in shown):
        drawings.append((FITTED, {m: r for m in shown if (r := read(m, True)) is not None}))
    name = shown[-1]
    panels, pictures = [], []
    for i, (title, of_method) in enumerate(drawings):
        slug, alt = f"calibration_{i}_{g.slug}_{name}", f"{g.title}: reliability {title}"
        figure = reliability_figures.interactive(of_method, looks)
        panels.append(Panel(slug, title, figure))
        draw = partial(reliability_figures.drawn, of_method, looks)
        pictures.append(Picture(slug, alt, draw))
    slug = f"calibration_classes_{g.slug}_{name}"
    panels.append(Panel(slug, BY_CLASS, reliability_figures.by_class(g, plain, looks)))
    draw = partial(reliability_figures.by_class_drawn, g, plain, looks)
    pictures.append(Picture(slug, f"{g.title}: {BY_CLASS}, {PLAIN}", draw))
    caption = f"{g.title}: reliability of {' and '.join(shown)}"
    return [Charts(caption, panels, pictures, width=WIDTH)]


def scores_table(g: Group, read: Read) -> Table:
    """Calibration of every method, mean ± standard deviation over seeds, before and after."""
    fitted = [m for m in g.methods if temperatures(g.methods[m])]
    header = ["method", *(["temperature"] if fitted else []), "over-confident, points", *SCORES]
    rows = []
    for method, members in g.methods.items():
        found = [read(method, False), read(method, True) if method in fitted else None]
        row = [method]
        if fitted:
            row.append(spread(list(temperatures(members) or []), 1, 2))
        row.append(_then(_surplus(found[0]), _surplus(found[1])))
        for metric, scale, digits in SCORES.values():
            before = spread(_values(members, metric), scale, digits)
            after = spread(_values(members, f"{metric}_calibrated"), scale, digits)
            row.append(_then(before, after if method in fitted else ""))
        rows.append(row)
    return Table(header, rows, caption="Calibration of every method")


def _values(members: list[Member], metric: str) -> list[float | None]:
    return [m.metrics.get(metric) for m in members]


def _surplus(found: Reliability | None) -> str:
    return "" if found is None else f"{100 * found.overconfidence:+.1f}"


def _then(before: str, after: str) -> str:
    return f"{before or '–'} → {after}" if after and after != "–" else before or "–"


def _fit_notes(found: list[Group]) -> list[str]:
    has = [bool(temperatures(members)) for g in found for members in g.methods.values()]
    if not any(has):
        return [NOT_FITTED]
    return [FITTED_NOTE] if all(has) else [FITTED_NOTE, PARTLY]
