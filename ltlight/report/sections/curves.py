"""The section of learning curves: metrics by epoch, the mean over seeds."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Block, Charts, Panel, Picture, Section, Text
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.palette import Look
from ltlight.report.results.group import Group
from ltlight.report.results.sweep import Member
from ltlight.report.sections.switched import by_group
from ltlight.runs.curves import read_curves

CAPTION = "means over seeds (and folds, if any), ± a standard deviation around them"
NONE = "these runs logged no curves."
WIDTH = 300  # pixels: four figures stand side by side
METRICS = {
    "train/loss": "training loss",
    "test/f1_macro": "macro-F1, test images",
    "test/accuracy": "accuracy, test images",
    "val/f1_macro": "macro-F1, held-out images",
}


def curves_section(found: list[Group], looks: dict[str, Look]) -> Section:
    """A figure for every metric of `METRICS` that a run logged, the group's side by side."""

    def blocks(g: Group) -> list[Block]:
        panels, pictures = [], []
        for metric, label in METRICS.items():
            figure = interactive(g, looks, metric, label)
            if not figure.data:
                continue
            slug, title = f"curve_{metric.replace('/', '_')}_{g.slug}", f"{g.title}: {label}"
            panels.append(Panel(slug, label, figure))
            draw = partial(drawn, g, looks, metric, label)
            pictures.append(Picture(slug, title, draw))
        if not panels:
            return [Text(f"{g.title}: {NONE}", "note")]
        return [Charts(f"{g.title}: {CAPTION}", panels, pictures, width=WIDTH)]

    return Section("curves", "Learning curves", [by_group(found, blocks)])


def mean_curve(members: list[Member], metric: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and spread over seeds, and folds where there are some, of a metric by epoch.

    Returns:
        Epochs int [E] that every run logged, the mean [E], and the sample standard deviation [E],
        which is 0 for one run.
    """
    logged = [read_curves(run.folder) for member in members for run in member.runs]
    curves = [{e: found[metric] for e, found in by.items() if metric in found} for by in logged]
    epochs = sorted(set.intersection(*(set(curve) for curve in curves)))
    values = np.array([[curve[epoch] for epoch in epochs] for curve in curves])
    spread = values.std(axis=0, ddof=1) if len(curves) > 1 else np.zeros(len(epochs))
    return np.array(epochs, dtype=int), values.mean(axis=0), spread


def interactive(group: Group, looks: dict[str, Look], metric: str, label: str) -> go.Figure:
    """A metric by epoch, the mean over seeds ± a standard deviation, by Plotly."""
    figure = go.Figure()
    for method, members in group.methods.items():
        epochs, mean, spread = mean_curve(members, metric)
        if not len(epochs):
            continue
        look = looks[method]
        common = {"legendgroup": method, "name": plotly_axes.plain(method)}
        if spread.any():
            looked = {"fillcolor": look.colour, "opacity": 0.18} | common
            plotly_axes.add_band(figure, epochs, mean - spread, mean + spread, **looked)
        figure.add_scatter(
            **common,
            x=epochs,
            y=mean.astype(np.float32),
            mode="lines" if len(epochs) > 1 else "markers",
            line={"color": look.colour, "dash": look.dash[0], "width": 2},
            marker={"color": look.colour, "symbol": look.marker[0]},
            hovertemplate="epoch %{x}: %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    axes = {"xaxis": {"title": {"text": "epoch"}}, "yaxis": {"title": {"text": label}}}
    return plotly_axes.figure_layout(figure, height=280, **axes)


def drawn(group: Group, looks: dict[str, Look], metric: str, label: str) -> Figure:
    """A metric by epoch, the mean over seeds ± a standard deviation, by Matplotlib."""
    figure = mpl_axes.new_figure(5, 3)
    axes = mpl_axes.new_axes(figure, 0.65, 0.5, top=0.35)
    for method, members in group.methods.items():
        epochs, mean, spread = mean_curve(members, metric)
        look = looks[method]
        marker = look.marker[1] if len(epochs) == 1 else ""
        axes.plot(
            epochs, mean, color=look.colour, linestyle=look.dash[1], marker=marker, label=method
        )
        axes.fill_between(epochs, mean - spread, mean + spread, color=look.colour, alpha=0.18)
    axes.set(xlabel="epoch", ylabel=label)
    mpl_axes.legend_above(axes)
    return figure
