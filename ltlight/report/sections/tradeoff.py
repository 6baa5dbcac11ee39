"""Accuracy against training time, with what no method beats in both."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Charts, Panel, Picture
from ltlight.report.drawing import mpl_axes
from ltlight.report.drawing.palette import GAIN, GREY, LOOKS, LOSS, Look
from ltlight.report.drawing.plotly_axes import figure_layout
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.ranking import FREE, Entry, Ranking

WIDE = 4  # times the fastest's seconds from which on the time axis is logarithmic
# Told apart by more than colour, as everywhere: `palette`.
KINDS = {
    "first or within noise of it": Look(GAIN, ("diamond", "D"), LOOKS[0].dash),
    "others": Look("#3b8ac4", ("circle", "o"), LOOKS[0].dash),
    "below the baseline beyond noise": Look(LOSS, ("x", "x"), LOOKS[0].dash),
    "baseline, plain and adjusted": Look(GREY.colour, ("square", "s"), GREY.dash),
}
CAPTION = (
    "Accuracy against seconds of training, means over seeds. The line joins the methods that no "
    "other beats in both (Pareto front); they, the first and the baselines are named."
)


def tradeoff(rankings: list[Ranking]) -> Charts:
    """The figure of every ranking, side by side where there is room."""
    panels, pictures = [], []
    for r in rankings:
        slug = f"tradeoff_{r.group.slug}"
        panels.append(Panel(slug, r.group.title, interactive(r)))
        alt = f"Accuracy against training time, {r.group.title}"
        pictures.append(Picture(slug, alt, partial(drawn, r)))
    return Charts(CAPTION, panels, pictures, width=330)


def points(ranking: Ranking) -> list[Entry]:
    """Every entry with known seconds, the adjusted baseline among them."""
    entries = [*ranking.entries, *([ranking.free] if ranking.free else [])]
    return [e for e in entries if e.seconds is not None]


def pareto(entries: list[Entry]) -> list[Entry]:
    """Those that none of the others equals or beats in both time and accuracy, by rising time."""
    front: list[Entry] = []
    for e in sorted(entries, key=lambda e: (e.seconds, -e.mean())):
        if not front or e.mean() > front[-1].mean():
            front.append(e)
    return front


def kind(entry: Entry) -> str:
    """Which of `KINDS` a point is drawn as."""
    if entry.method in (BASELINE, FREE):
        return "baseline, plain and adjusted"
    if entry.is_near:
        return "first or within noise of it"
    return "below the baseline beyond noise" if entry.loses else "others"


def named(ranking: Ranking) -> list[Entry]:
    """The points with a name beside them: with forty methods, not all have room for one."""
    front = {e.method for e in pareto(points(ranking))}
    chosen = {ranking.first.method, BASELINE, FREE, *front}
    return [e for e in points(ranking) if e.method in chosen]


def interactive(ranking: Ranking) -> go.Figure:
    """As Plotly draws it: every method's name and figures on hover."""
    figure = go.Figure()
    shown, front = points(ranking), pareto(points(ranking))
    line = {"color": GREY.colour, "dash": "dot", "width": 1.5, "shape": "hv"}
    figure.add_scatter(
        **_xy(front), mode="lines", line=line, hoverinfo="skip", showlegend=False, name="front"
    )
    for name, look in KINDS.items():
        chosen = [e for e in shown if kind(e) == name]
        if not chosen:
            continue
        figure.add_scatter(
            **_xy(chosen),
            mode="markers",
            name=name,
            text=[e.method for e in chosen],
            customdata=[e.rank or "–" for e in chosen],
            marker={"color": look.colour, "symbol": look.marker[0], "size": 9, "opacity": 0.85},
            hovertemplate="%{text}: %{y:.1f} %<br>%{x:,.1f} s, rank %{customdata}<extra></extra>",
        )
    wide = _is_wide(shown)
    for e, left in _sides(named(ranking), shown):
        x = np.log10(e.seconds) if wide else e.seconds
        where = {"xanchor": "right" if left else "left", "xshift": -7 if left else 7}
        font = {"size": 10}
        figure.add_annotation(
            x=x, y=100 * e.mean(), text=e.method, showarrow=False, font=font, yshift=6, **where
        )
    axis = {"type": "log"} if wide else {"rangemode": "normal"}
    return figure_layout(
        figure,
        height=420,
        xaxis={"title": {"text": "training, seconds"}, "fixedrange": True, **axis},
        yaxis={"title": {"text": ranking.label}, "fixedrange": True},
    )


def drawn(ranking: Ranking) -> Figure:
    """As Matplotlib draws it."""
    figure = mpl_axes.new_figure(7, 4.4)
    axes = mpl_axes.new_axes(figure, 0.6, 0.5, top=0.5)
    shown = points(ranking)
    front = _xy(pareto(shown))
    axes.plot(front["x"], front["y"], ":", color=GREY.colour, drawstyle="steps-post", linewidth=1.2)
    for name, look in KINDS.items():
        chosen = [e for e in shown if kind(e) == name]
        if chosen:
            dots = {"color": look.colour, "marker": look.marker[1], "linestyle": "", "alpha": 0.85}
            axes.plot(*_xy(chosen).values(), label=name, markersize=5, **dots)
    for e, left in _sides(named(ranking), shown):
        place = {"xytext": (-6 if left else 6, 3), "textcoords": "offset points"}
        side = "right" if left else "left"
        axes.annotate(e.method, (e.seconds, 100 * e.mean()), fontsize=7, ha=side, **place)
    axes.set(xlabel="training, seconds", ylabel=ranking.label)
    if _is_wide(shown):
        axes.set_xscale("log")
    axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8)
    return figure


def _xy(entries: list[Entry]) -> dict[str, list[float]]:
    return {"x": [e.seconds for e in entries], "y": [100 * e.mean() for e in entries]}


def _is_wide(entries: list[Entry]) -> bool:
    seconds = [e.seconds for e in entries]
    return min(seconds, default=0) > 0 and max(seconds) > WIDE * min(seconds)


def _sides(entries: list[Entry], shown: list[Entry]) -> list[tuple[Entry, bool]]:
    """Whether a name stands left of its point: those of the right half would leave it else."""
    low, high = (f((e.seconds for e in shown), default=0) for f in (min, max))
    middle = np.sqrt(low * high) if _is_wide(shown) else (low + high) / 2
    return [(e, bool(e.seconds > middle)) for e in entries]
