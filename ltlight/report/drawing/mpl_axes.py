"""The same figures as Matplotlib draws them, for `report.md` and for papers."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ltlight.metrics.scores import FEW_BELOW, MANY_ABOVE
from ltlight.report.drawing.palette import GAIN, LOSS, Look
from ltlight.report.results.curves import mean_curve
from ltlight.report.results.group import Group, confusion, mean_recalls, row_percent, running_mean

TICKS = [base * 10**power for power in range(7) for base in (1, 2, 5)]  # of a logarithmic axis
DPI = 110
INCH = 0.0085  # of a character per point of its font, about


def new_figure(width: float, height: float) -> Figure:
    """Without pyplot: nothing to close, and no display is looked for."""
    figure = Figure(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def new_axes(figure: Figure, left: float, bottom: float, right: float = 0.1, top: float = 0.1):
    """One pair of axes with margins in inches: a layout engine would draw all labels twice."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=2)
    return axes


def _label_size(num_classes: int) -> float:
    return 9 if num_classes <= 20 else 6.5 if num_classes <= 60 else 5


def _label_room(names: list[str]) -> float:
    """Inches that the longest class name takes."""
    return INCH * _label_size(len(names)) * max(map(len, names)) + 0.12


def _class_bars(group: Group, values: np.ndarray, colours: object, label: str) -> Figure:
    names, room = group.names, _label_room(group.names)
    figure = new_figure(max(5.0, min(11.0, 0.16 * len(names) + 1)), 2.0 + room)
    axes = new_axes(figure, 0.6, room)
    axes.bar(range(len(names)), values, color=colours)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=_label_size(len(names)))
    axes.set_xlim(-0.7, len(names) - 0.3)
    axes.set_ylabel(label)
    axes.axhline(0, color="black", linewidth=0.6)
    return figure


def distribution(group: Group) -> Figure:
    """Training images of every class, head to tail (the report's Figs 1-3)."""
    return _class_bars(group, group.counts, "#3b8ac4", "training images")


def change(group: Group, before: np.ndarray, after: np.ndarray) -> Figure:
    """What a method gained or lost in every class, in points; see `interactive.change`."""
    points = 100 * (after - before)
    return _class_bars(group, points, np.where(points >= 0, GAIN, LOSS), "recall, points")


def matrices(group: Group, methods: list[str], top: float) -> Figure:
    """Confusion matrices side by side on one colour scale, percent of the true class."""
    names, room = group.names, _label_room(group.names)
    side = max(3.0, min(6.5, 0.1 * len(names)))
    width = room + 0.3 + len(methods) * (side + 0.25) + 0.6
    figure = new_figure(width, side + room + 0.65)
    height = side + room + 0.65
    for position, method in enumerate(methods):
        left = room + 0.3 + position * (side + 0.25)
        place = (left / width, (room + 0.3) / height, side / width, side / height)
        axes = figure.add_axes(place)
        percent = row_percent(confusion(group.methods[method], group.order))
        picture = axes.imshow(percent, cmap="Blues", vmin=0, vmax=top, interpolation="nearest")
        axes.set_title(method)
        axes.set_xlabel("predicted class")
        ticks = {"fontsize": _label_size(len(names))}
        axes.set_xticks(range(len(names)), names, rotation=90, **ticks)
        axes.set_yticks(range(len(names)), names if position == 0 else [], **ticks)
        axes.tick_params(length=0 if position else 2)
    figure.axes[0].set_ylabel("true class")
    bar = figure.add_axes(
        ((width - 0.7) / width, (room + 0.3) / height, 0.1 / width, side / height)
    )
    figure.colorbar(picture, cax=bar, format="%d %%")
    return figure


def recall(group: Group, looks: dict[str, Look]) -> Figure:
    """Recall of every class against its training images, methods overlaid, with running means."""
    figure = new_figure(6, 3.6)
    axes = new_axes(figure, 0.6, 0.5, top=0.35)
    for method, members in group.methods.items():
        look, values = looks[method], 100 * mean_recalls(members, group.order)
        dots = {"marker": look.marker[1], "markersize": 4, "alpha": 0.7, "linestyle": ""}
        axes.plot(group.counts, values, color=look.colour, label=method, **dots)
        axes.plot(group.counts, running_mean(values), color=look.colour, linestyle=look.dash[1])
    for edge in (FEW_BELOW, MANY_ABOVE):
        axes.axvline(edge, color="grey", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="training images", ylabel="recall %", ylim=(-4, 104))
    shown = [t for t in TICKS if group.counts.min() <= t <= group.counts.max()]
    axes.set_xticks(shown, [f"{t:g}" for t in shown])
    axes.minorticks_off()
    _legend(axes)
    return figure


def curve(group: Group, looks: dict[str, Look], figure_name: str, label: str) -> Figure:
    """A figure by epoch: the mean over seeds, and ± a standard deviation around it."""
    figure = new_figure(5, 3)
    axes = new_axes(figure, 0.65, 0.5, top=0.35)
    for method, members in group.methods.items():
        epochs, mean, spread = mean_curve(members, figure_name)
        look = looks[method]
        axes.plot(epochs, mean, color=look.colour, linestyle=look.dash[1], label=method)
        axes.fill_between(epochs, mean - spread, mean + spread, color=look.colour, alpha=0.18)
    axes.set(xlabel="epoch", ylabel=label)
    _legend(axes)
    return figure


def _legend(axes) -> None:
    axes.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8)
