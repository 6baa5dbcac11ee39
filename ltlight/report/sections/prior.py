"""The section on other class priors: which method is best where classes are met otherwise."""

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Columns,
    Panel,
    Picture,
    PriorExplorer,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Table
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.palette import GREY, Look
from ltlight.report.results.group import Group
from ltlight.report.sections.switched import by_group
from ltlight.report.stats.difference import ENOUGH
from ltlight.report.stats.families import all_pairs
from ltlight.report.stats.ranking import FREE
from ltlight.report.stats.under_prior import UnderPrior, exponential, judged, under_prior

FACTORS = np.linspace(-3, 3, 61)  # powers of ten, below 0 the tail is met most
PRINTED = {"1/100": 0.01, "1/10": 0.1, "1 (balanced)": 1.0, "10": 10.0, "100": 100.0}
# Multiples of the degrees of freedom that critical values are given for; the page goes between.
FREEDOMS = (1, 1.1, 1.25, 1.5, 2, 3, 5, 10, 30, 100, 1e9)
FREE_LOOK = Look("#3b8ac4", ("square-open", "s"), ("dot", ":"))
TICKS = {-3: "1/1000", -2: "1/100", -1: "1/10", 0: "1", 1: "10", 2: "100", 3: "1000"}
AXIS = "largest class over smallest, at use"
CAPTION = "accuracy where classes are met in other shares than in the test set"
NOTE = (
    "Accuracy under a prior: sum over classes of their share at use times their recall, mean ± "
    "standard deviation over seeds. Shares fall by a constant factor from the class with the most "
    "training images to that with the fewest. Behind the best: the difference with its "
    "simultaneous 95 % interval by the rule of the first section; a method is worse if that leaves "
    "out 0, else undecided, and with fewer than three seeds always undecided. The best is picked "
    "anew for every prior. Recalls are taken as the same at use, and predictions as they are: what "
    "`ltlight predict --prior` gains by fitting them to the prior is not in these numbers."
)
UNTESTED = (
    " What classes without test images would score is unknown: they are left out, and the shares "
    "of the others are taken to sum to 1."
)
WIDTH = 460


def prior_section(every: Sequence[Group], looks: Mapping[str, Look]) -> Section:
    """Scores over all factors, and the explorer, a data set and ratio at a time.

    Args:
        every: groups of all methods.
        looks: of those that are drawn.
    """

    def blocks(g: Group) -> list[Block]:
        u = under_prior(g, list(looks))
        drawn_ones = {m: looks.get(m, FREE_LOOK) for m in u.methods if m in looks or m == FREE}
        caption = f"{g.title}: {CAPTION}"
        slug = f"prior_{g.slug}"
        charts = Charts(
            caption,
            [Panel(slug, "", interactive(u, drawn_ones))],
            [Picture(slug, caption, partial(drawn, u, drawn_ones))],
        )
        some = TableBlock(some_priors(u), folded="accuracy % under a few priors")
        explorer = PriorExplorer(f"explore_{g.slug}", numbers(u, g), g.names, _opens(g), some)
        return [Columns(((WIDTH, [charts]), (WIDTH, [explorer])))]

    shown = by_group(every, blocks)
    tested = [np.isin(range(len(g.names)), g.first.predictions.targets).all() for g in every]
    note = NOTE + UNTESTED * (not all(tested))
    return Section("prior", "Where classes are met otherwise", [shown, Text(note, "note")])


def _opens(g: Group) -> float:
    """The power of ten that the slider opens with: the imbalance of the training, at most 1000."""
    trained = g.counts[g.counts > 0]
    return round(20 * float(np.log10(min(1000.0, trained.max() / trained.min())))) / 20


def curves(u: UnderPrior) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean and sample standard deviation of every method at each of `FACTORS`, in percent."""
    priors = np.array([exponential(u.recalls.shape[1], 10**power) for power in FACTORS])
    weights = np.where(u.tested, priors, 0)
    scores = 100 * u.recalls @ (weights / weights.sum(axis=1, keepdims=True)).T
    found = {}
    for m, name in enumerate(u.methods):
        own = scores[u.of_method == m]
        found[name] = own.mean(axis=0), own.std(axis=0, ddof=1) if len(own) > 1 else 0 * own[0]
    return found


def interactive(u: UnderPrior, looks: Mapping[str, Look]) -> go.Figure:
    """Accuracy by the factor, mean ± a standard deviation, by Plotly."""
    figure, found = go.Figure(), curves(u)
    for method, look in looks.items():
        mean, spread = (values.astype(np.float32) for values in found[method])
        common: dict[str, Any] = {"name": plotly_axes.plain(method), "legendgroup": method}
        if spread.any():
            looked = {"fillcolor": look.colour, "opacity": 0.14} | common
            plotly_axes.add_band(figure, FACTORS, mean - spread, mean + spread, **looked)
        figure.add_scatter(
            **common,
            x=FACTORS,
            y=mean,
            customdata=spread,
            mode="lines",
            line={"color": look.colour, "dash": look.dash[0], "width": 2},
            hovertemplate="%{y:.1f} ± %{customdata:.1f} %<extra>%{fullData.name}</extra>",
        )
    ticks = {"tickvals": list(TICKS), "ticktext": list(TICKS.values())}
    return plotly_axes.figure_layout(
        figure,
        height=360,
        xaxis={"title": {"text": AXIS}, "fixedrange": True, **ticks},
        yaxis={"title": {"text": "accuracy %"}, "fixedrange": True},
    )


def drawn(u: UnderPrior, looks: Mapping[str, Look]) -> Figure:
    """Accuracy by the factor, mean ± a standard deviation, by Matplotlib."""
    figure, found = mpl_axes.new_figure(6, 3.4), curves(u)
    axes = mpl_axes.new_axes(figure, 0.65, 0.5, top=0.35)
    for method, look in looks.items():
        mean, spread = found[method]
        axes.plot(FACTORS, mean, color=look.colour, linestyle=look.dash[1], label=method)
        axes.fill_between(FACTORS, mean - spread, mean + spread, color=look.colour, alpha=0.14)
    axes.axvline(0, color=GREY.colour, linewidth=0.8)
    axes.set_xticks(list(TICKS), list(TICKS.values()))
    axes.set(xlabel=AXIS, ylabel="accuracy %")
    mpl_axes.legend_above(axes)
    return figure


def some_priors(u: UnderPrior) -> Table:
    """Accuracy of every method under a few priors: mean ± sd; bold where none is better.

    Those that are undecided beside the best are bold as well.
    """
    columns: list[dict[str, str]] = []
    for factor in PRINTED.values():
        found = judged(u, exponential(u.recalls.shape[1], factor))
        cells = {}
        for j in found:
            text = f"{100 * j.mean:.1f}" + f" ± {100 * j.spread:.1f}" * (len(j.scores) > 1)
            is_open = j.behind is None or j.behind.word == "undecided"
            cells[j.method] = f"**{text}**" if is_open else text
        columns.append(cells)
    rows = [[method, *(cells[method] for cells in columns)] for method in u.methods]
    return Table(["method", *PRINTED], rows, caption="Accuracy under a few class priors")


def numbers(u: UnderPrior, g: Group) -> dict[str, Any]:
    """What `prior.js` reckons with: `UnderPrior`, and critical values by degrees of freedom."""
    freedoms = [float(f"{u.freedom * times:.2g}") for times in FREEDOMS] if u.freedom else [1e9]
    return {
        "methods": u.methods,
        "seeds": u.seeds,
        "recalls": _base64(u.recalls),
        "residuals": _base64(u.residuals),
        "tested": u.tested.tolist(),
        "freedom": u.freedom,
        "shares": u.shares.tolist(),
        "noiseOf": u.noise_of,
        "places": u.places.tolist(),
        "images": _base64(u.images),
        "critical": {
            "at": [1 / f for f in freedoms],
            "values": [all_pairs(max(2, len(u.methods)), f) for f in freedoms],
        },
        "enough": ENOUGH,
        "trained": g.counts.tolist(),
    }


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f8").tobytes()).decode()
