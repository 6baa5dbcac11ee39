"""ROC and precision-recall curves of two-class data, side by side for every ratio.

The curve of a method is the mean over its seeds at every false positive rate, or recall: what one
network reaches. Margins of several networks pooled would mix scales that have nothing in common.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ltlight.metrics.binary_curves import GRID, precision_recall_curve, roc_curve
from ltlight.report.document.blocks import Charts, Panel, Picture
from ltlight.report.drawing import mpl_axes
from ltlight.report.drawing.palette import GREY, Look
from ltlight.report.drawing.plotly_axes import add_band, figure_layout, plain
from ltlight.report.results.group import Group
from ltlight.report.results.two_class import BALANCED, LARGER, TwoClassMember

CAPTION = (
    "Curves of every method, in per cent: the mean over seeds (and folds, if any) at every false "
    "positive rate, and at every recall, ± a standard deviation over seeds. Filled mark: what is "
    "called positive by the larger probability; open mark: from the threshold on that was chosen "
    "on held-out images, if any (means over seeds, which may lie beside the mean curve). Dotted: "
    "chance, which of precision is the share of positive test images."
)
LABELS = {
    "roc": ("false positive rate: 100 - specificity, %", "sensitivity, %"),
    "pr": ("recall: sensitivity, %", "precision, %"),
}
MARKS = {LARGER: True, BALANCED: False}  # rule to whether its mark is filled


class Curve(NamedTuple):
    """A method in a figure, in per cent: mean and deviation at `x`, and (x, y) of its marks."""

    x: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    marks: dict[str, tuple[float, float]]


def curves_charts(
    found: Sequence[tuple[Group, dict[str, list[TwoClassMember]]]], looks: dict[str, Look]
) -> Charts | None:
    """The two figures of every group that has test images of both classes; None if none has."""
    panels, pictures = [], []
    for group, read in found:
        known = {method: [m for m in several if m.has_curves] for method, several in read.items()}
        read = {method: several for method, several in known.items() if several}
        if not read:
            continue
        for kind, name in (("roc", "ROC"), ("pr", "precision-recall")):
            figure = interactive(read, looks, kind)
            panels.append(Panel(f"{kind}_{group.slug}", f"{group.title}: {name}", figure))
        alt = f"ROC and precision-recall curves, {group.title}"
        draw = partial(drawn, read, looks)
        pictures.append(Picture(f"roc_pr_{group.slug}", alt, draw))
    return Charts(CAPTION, panels, pictures, width=330) if panels else None


def curve(members: list[TwoClassMember], kind: str) -> Curve:
    """The mean over seeds, at the points of `GRID`.

    Args:
        members: with images of both classes.
        kind: ``roc`` or ``pr``.
    """
    one = roc_curve if kind == "roc" else precision_recall_curve
    values = 100 * np.array([m.mean_of_folds(one) for m in members])
    deviation = values.std(axis=0, ddof=1) if len(members) > 1 else np.zeros(values.shape[1])
    marks = {}
    for rule in MARKS:
        chosen = [m.decisions[rule] for m in members if rule in m.decisions]
        if kind == "roc":
            points = [(1 - d.specificity, d.sensitivity) for d in chosen]
        else:
            points = [(d.sensitivity, d.precision) for d in chosen if not np.isnan(d.precision)]
        if points:
            x, y = 100 * np.mean(points, axis=0)
            marks[rule] = (float(x), float(y))
    x = 100 * (GRID if kind == "roc" else GRID[1:])
    return Curve(x, values.mean(axis=0), deviation, marks)


def chance(read: dict[str, list[TwoClassMember]], kind: str) -> tuple[list[float], list[float]]:
    """The ends of the line of a classifier that knows nothing, x and y in per cent."""
    share = 100 * float(next(iter(read.values()))[0].is_positive.mean())
    return [0.0, 100.0], [0.0, 100.0] if kind == "roc" else [share, share]


def interactive(
    read: dict[str, list[TwoClassMember]], looks: dict[str, Look], kind: str
) -> go.Figure:
    """The curves of a group by Plotly, every value on hover."""
    figure = go.Figure()
    x, y = chance(read, kind)
    line: dict[str, Any] = {"color": GREY.colour, "dash": "dot", "width": 1.5}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    for method, members in read.items():
        found, look = curve(members, kind), looks[method]
        common = {"legendgroup": method, "name": plain(method)}
        if found.deviation.any():
            low = np.maximum(found.mean - found.deviation, 0)
            high = np.minimum(found.mean + found.deviation, 100)
            looked = {"fillcolor": look.colour, "opacity": 0.15} | common
            add_band(figure, _small(found.x), low, high, **looked)
        figure.add_scatter(
            **common,
            x=_small(found.x),
            y=_small(found.mean),
            mode="lines",
            line={"color": look.colour, "dash": look.dash[0], "width": 2},
            hovertemplate="%{y:.1f} % at %{x:.1f} %<extra>%{fullData.name}</extra>",
        )
        _add_marks(figure, found, look, common)
    axes = {
        axis: {"title": {"text": label}, "range": [-1, 101], "fixedrange": True}
        for axis, label in zip(("xaxis", "yaxis"), LABELS[kind], strict=True)
    }
    return figure_layout(figure, height=360, **axes)


def _add_marks(figure: go.Figure, found: Curve, look: Look, common: dict[str, Any]) -> None:
    """Where the rules of `MARKS` stand."""
    for rule, (at, value) in found.marks.items():
        symbol = "circle" if MARKS[rule] else "circle-open"
        told = rule.replace("\n", " ")
        figure.add_scatter(
            **common,
            x=[at],
            y=[value],
            mode="markers",
            marker={"color": look.colour, "symbol": symbol, "size": 10, "line": {"width": 2}},
            hovertemplate=told + "<br>%{y:.1f} % at %{x:.1f} %<extra>%{fullData.name}</extra>",
            showlegend=False,
        )


def drawn(read: dict[str, list[TwoClassMember]], looks: dict[str, Look]) -> Figure:
    """Both figures of a group by Matplotlib."""
    figure = mpl_axes.new_figure(10, 4.4)
    for place, kind in enumerate(LABELS):
        axes = mpl_axes.new_axes(figure, 0.65 + 5 * place, 0.5, 5.1 - 5 * place, top=0.35)
        _draw(axes, read, looks, kind)
    return figure


def _draw(
    axes: Axes, read: dict[str, list[TwoClassMember]], looks: dict[str, Look], kind: str
) -> None:
    axes.plot(*chance(read, kind), color=GREY.colour, linestyle=":")
    for method, members in read.items():
        found, look = curve(members, kind), looks[method]
        axes.plot(found.x, found.mean, color=look.colour, linestyle=look.dash[1], label=method)
        low, high = found.mean - found.deviation, found.mean + found.deviation
        axes.fill_between(
            found.x, np.maximum(low, 0), np.minimum(high, 100), color=look.colour, alpha=0.15
        )
        for rule, (x, y) in found.marks.items():
            face = look.colour if MARKS[rule] else "none"
            axes.plot(x, y, "o", color=look.colour, markerfacecolor=face)
    x_label, y_label = LABELS[kind]
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(-1, 101), ylim=(-1, 101))
    mpl_axes.legend_above(axes)


def _small(values: Any) -> np.ndarray:
    """Half the bytes on the page."""
    return np.asarray(values, dtype=np.float32)
