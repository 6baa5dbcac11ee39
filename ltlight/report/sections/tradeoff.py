"""The figure of cost: accuracy against training, and what no method beats in both."""

from functools import partial
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Charts, Panel, Picture
from ltlight.report.drawing import mpl_axes
from ltlight.report.drawing.palette import GAIN, GREY, LOOKS, LOSS, Look
from ltlight.report.drawing.plotly_axes import figure_layout, plain
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.ranking import FREE, Entry, Ranking

WIDE = 4  # times the least cost from which on the time axis is logarithmic
# Told apart by more than colour, as everywhere: `palette`.
KINDS = {
    "not behind the best": Look(GAIN, ("diamond", "D"), LOOKS[0].dash),
    "others": Look("#3b8ac4", ("circle", "o"), LOOKS[0].dash),
    "worse than the baseline": Look(LOSS, ("x", "x"), LOOKS[0].dash),
    "baseline, plain and adjusted": Look(GREY.colour, ("square", "s"), GREY.dash),
}
CAPTION = (
    "Score against training, means over seeds: seconds where nothing else is recorded to have "
    "run on the machine, else steps. The line joins the methods that no other has a better mean "
    "than in both (Pareto front); they, the first and the baselines are named."
)


class Point(NamedTuple):
    """A method in the figure: seconds or steps of training, and percent of the score."""

    entry: Entry
    price: float
    percent: float


def tradeoff(r: Ranking) -> Charts:
    """The figure of a ranking whose methods differ in a known cost."""
    slug = f"tradeoff_{r.group.slug}"
    alt = f"Score against the cost of training, {r.group.title}"
    panel, picture = (
        Panel(slug, r.group.title, interactive(r)),
        Picture(slug, alt, partial(drawn, r)),
    )
    return Charts(CAPTION, [panel], [picture], width=330)


def points(ranking: Ranking) -> list[Point]:
    """Every entry of known cost, the adjusted baseline among them."""
    entries = [*ranking.entries, *([ranking.free] if ranking.free else [])]
    costs = [e.cost.seconds if is_timed(ranking) else e.cost.steps for e in entries]
    known = [(e, c) for e, c in zip(entries, costs, strict=True) if c is not None]
    return [Point(e, c, 100 * e.mean()) for e, c in known]


def is_timed(ranking: Ranking) -> bool:
    """Whether the seconds of all can be compared."""
    return all(e.cost.seconds is not None for e in ranking.entries)


def unit(ranking: Ranking) -> str:
    """Of `Point.price`."""
    return "seconds" if is_timed(ranking) else "steps"


def no_figure(ranking: Ranking) -> str:
    """Why the scores are not drawn against their cost: it is unknown, or the same steps for all.

    Empty where there is something to draw.
    """
    prices = {p.price for p in points(ranking)}
    if not prices:
        return "these runs recorded neither the time nor the steps of their training."
    if is_timed(ranking) or len(prices) > 1:
        return ""
    told = f"every training of known cost took {prices.pop():,.0f} steps"
    return f"{told}, so there is no figure of score against cost."


def pareto(shown: list[Point]) -> list[Point]:
    """Those that none of the others equals or beats in both time and accuracy, by rising time."""
    front: list[Point] = []
    for p in sorted(shown, key=lambda p: (p.price, -p.percent)):
        if not front or p.percent > front[-1].percent:
            front.append(p)
    return front


def kind(entry: Entry) -> str:
    """Which of `KINDS` a point is drawn as."""
    if entry.method in (BASELINE, FREE):
        return "baseline, plain and adjusted"
    if not entry.is_behind:
        return "not behind the best"
    return "worse than the baseline" if entry.loses else "others"


def named(ranking: Ranking) -> list[Point]:
    """The points with a name beside them: with forty methods, not all have room for one."""
    shown = points(ranking)
    front = {p.entry.method for p in pareto(shown)}
    chosen = {ranking.first.method, BASELINE, FREE, *front}
    return [p for p in shown if p.entry.method in chosen]


def interactive(ranking: Ranking) -> go.Figure:
    """Accuracy against training time by Plotly: every method's name and numbers on hover."""
    figure = go.Figure()
    shown = points(ranking)
    line = {"color": GREY.colour, "dash": "dot", "width": 1.5, "shape": "hv"}
    x, y = _xy(pareto(shown))
    figure.add_scatter(
        x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False, name="front"
    )
    for name, look in KINDS.items():
        chosen = [p for p in shown if kind(p.entry) == name]
        if not chosen:
            continue
        x, y = _xy(chosen)
        figure.add_scatter(
            x=x,
            y=y,
            mode="markers",
            name=name,
            text=[plain(p.entry.method) for p in chosen],
            customdata=[p.entry.rank or "–" for p in chosen],
            marker={"color": look.colour, "symbol": look.marker[0], "size": 9, "opacity": 0.85},
            hovertemplate="%{text}: %{y:.1f} %<br>%{x:,.1f}, rank %{customdata}<extra></extra>",
        )
    wide = _is_wide(shown)
    for p, left in _sides(named(ranking), shown):
        figure.add_annotation(
            x=np.log10(p.price) if wide else p.price,
            y=p.percent,
            text=plain(p.entry.method),
            showarrow=False,
            font={"size": 10},
            yshift=6,
            xanchor="right" if left else "left",
            xshift=-7 if left else 7,
        )
    axis = {"type": "log"} if wide else {"rangemode": "normal"}
    return figure_layout(
        figure,
        height=340,
        xaxis={"title": {"text": f"training, {unit(ranking)}"}, "fixedrange": True, **axis},
        yaxis={"title": {"text": ranking.label}, "fixedrange": True},
    )


def drawn(ranking: Ranking) -> Figure:
    """Accuracy against training time by Matplotlib."""
    figure = mpl_axes.new_figure(7, 4.4)
    axes = mpl_axes.new_axes(figure, 0.6, 0.5, top=0.5)
    shown = points(ranking)
    x, y = _xy(pareto(shown))
    axes.plot(x, y, ":", color=GREY.colour, drawstyle="steps-post", linewidth=1.2)
    for name, look in KINDS.items():
        chosen = [p for p in shown if kind(p.entry) == name]
        if chosen:
            x, y = _xy(chosen)
            colour, marker = look.colour, look.marker[1]
            axes.plot(x, y, marker, color=colour, label=name, markersize=5, alpha=0.85)
    for p, left in _sides(named(ranking), shown):
        axes.annotate(
            p.entry.method,
            (p.price, p.percent),
            fontsize=7,
            ha="right" if left else "left",
            xytext=(-6 if left else 6, 3),
            textcoords="offset points",
            parse_math=False,
        )
    axes.set(xlabel=f"training, {unit(ranking)}", ylabel=ranking.label)
    if _is_wide(shown):
        axes.set_xscale("log")
    mpl_axes.legend_above(axes, columns=2)
    return figure


def _xy(shown: list[Point]) -> tuple[list[float], list[float]]:
    return [p.price for p in shown], [p.percent for p in shown]


def _is_wide(shown: list[Point]) -> bool:
    prices = [p.price for p in shown]
    return min(prices) > 0 and max(prices) > WIDE * min(prices)


def _sides(chosen: list[Point], shown: list[Point]) -> list[tuple[Point, bool]]:
    """Whether a name stands left of its point: those of the right half would leave it else."""
    low, high = min(p.price for p in shown), max(p.price for p in shown)
    middle = np.sqrt(low * high) if _is_wide(shown) else (low + high) / 2
    return [(p, bool(p.price > middle)) for p in chosen]
