"""The forest plot: every method's gain at every ratio with its interval, beside what is free."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Charts, Panel, Picture
from ltlight.report.drawing import mpl_axes
from ltlight.report.drawing.palette import GAIN, GREY, LOSS
from ltlight.report.drawing.plotly_axes import CHARACTER, figure_layout, plain
from ltlight.report.sections.forest_rows import Part, Row, axis_title, by_word, lines, part, placed
from ltlight.report.sections.numbers import difference_text
from ltlight.report.stats.difference import BETTER, ENOUGH, UNDECIDED, WORSE, Difference
from ltlight.report.stats.ranking import Ranking

# Colour and symbols (Plotly's, Matplotlib's) of a word: told apart by more than colour.
LOOKS = {
    BETTER: (GAIN, "circle", "o"),
    UNDECIDED: (GREY.colour, "circle-open", "o"),
    WORSE: (LOSS, "x", "x"),
}
FREE_NAME, PUBLISHED_NAME = "free logit adjustment", "published gain"
FREE_COLOUR, PUBLISHED_COLOUR = "#3b8ac4", "#b565a7"
ROW, FONT = 25, 12  # pixels
INCH = 0.23  # of a row


def forest(rankings: Sequence[Ranking]) -> Charts | None:
    """The figure of every data set; None where no method has another beside it."""
    panels, pictures = [], []
    for data in dict.fromkeys(r.group.data for r in rankings):
        parts = [p for r in rankings if r.group.data == data if (p := part(r)).rows[1:]]
        if parts:
            slug = f"forest_{data}"
            alt = f"Gain of every method with its interval, {data}"
            several = len({r.group.data for r in rankings}) > 1
            axis = axis_title(rankings)
            panels.append(Panel(slug, data if several else "", interactive(parts, axis)))
            pictures.append(Picture(slug, alt, partial(drawn, parts, axis)))
    caption = (
        "Gain in points of mean recall over classes, paired by seed and image, with its "
        "simultaneous 95 % interval; the best of a ratio first."
    )
    if any(len(e.members) < ENOUGH for r in rankings for e in r.entries):
        caption += " Of one or two seeds the interval holds less noise than there is."
    return Charts(caption, panels, pictures, width=340) if panels else None


def _add_lines(figure: go.Figure, parts: list[Part], of: str, **looks: Any) -> None:
    drawn_at = lines(parts, of)
    figure.add_scatter(
        x=[x for gain, _, _ in drawn_at for x in (gain, gain, None)],
        y=[y for _, top, bottom in drawn_at for y in (top, bottom, None)],
        mode="lines",
        **looks,
    )


def interactive(parts: list[Part], axis: str) -> go.Figure:
    """The forest plot by Plotly: intervals on hover."""
    figure = go.Figure()
    zero = {"color": GREY.colour, "width": 1.5}
    _add_lines(figure, parts, "zero", line=zero, hoverinfo="skip", showlegend=False)
    hover = f"{FREE_NAME}: %{{x:+.1f}} points<extra></extra>"
    free = {"color": FREE_COLOUR, "dash": "dot", "width": 2.5}
    _add_lines(figure, parts, "free", name=FREE_NAME, line=free, hovertemplate=hover)
    _add_gains(figure, parts)
    every = placed(parts)
    _add_published(figure, every)
    room = round(CHARACTER * FONT * max((len(r.name) for _, r in every if r.difference), default=9))
    _add_texts(figure, every, room)
    methods = [(y, row) for y, row in every if row.difference is not None]
    return figure_layout(
        figure,
        height=ROW * len(every) + 106,
        margin={"l": room + 12, "r": 124, "t": 30, "b": 58},
        # In two lines, which a phone has room for.
        xaxis={
            "title": {"text": axis.replace(" over the base", "<br>over the base")},
            "fixedrange": True,
            "zeroline": False,
        },
        yaxis={
            "tickvals": [y for y, _ in methods],
            "ticktext": [_label(row) for _, row in methods],
            "range": [0.6 - len(every), 0.6],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    )


def _add_gains(figure: go.Figure, parts: list[Part]) -> None:
    """A point with its interval for every method, those of a word in one look."""
    for word, rows in by_word(parts).items():
        colour, symbol, _ = LOOKS[word]
        width = 2 if symbol.endswith("open") else 0
        half = [100 * d.half_width for _, _, d in rows]
        figure.add_scatter(
            x=[100 * d.mean for _, _, d in rows],
            y=[y for y, _, _ in rows],
            mode="markers",
            name=word,
            marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": width}},
            error_x={"array": half, "color": colour, "thickness": 1.8, "width": 4},
            text=[row.hover for _, row, _ in rows],
            hovertemplate="%{text}<extra></extra>",
        )


def _add_published(figure: go.Figure, every: list[tuple[float, Row]]) -> None:
    """A star at every published gain; nothing where there are none."""
    heights, gains = _published(every)
    if gains:
        figure.add_scatter(
            x=gains,
            y=heights,
            mode="markers",
            name=PUBLISHED_NAME,
            marker={"color": PUBLISHED_COLOUR, "symbol": "star", "size": 10},
            hovertemplate=f"{PUBLISHED_NAME}: %{{x:+.1f}} points<extra></extra>",
        )


def _add_texts(figure: go.Figure, every: list[tuple[float, Row]], room: int) -> None:
    """The gain and its word at the right, headings at the left edge, ``room`` pixels outside."""
    for y, row in every:
        if row.difference is not None:
            text = f"{_gain(row.difference)} <b>{row.difference.word}</b>"
            place = {"x": 1, "xref": "paper", "xanchor": "left", "y": y, "xshift": 6}
        else:
            text = _label(row)
            place = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "xshift": -room - 8}
        figure.add_annotation(**place, text=text, showarrow=False, font={"size": FONT})


def _published(every: list[tuple[float, Row]]) -> tuple[list[float], list[float]]:
    """Heights of the rows with a published gain, and those gains in points."""
    told = [(y, row.published) for y, row in every if row.published is not None]
    return [y for y, _ in told], [gain for _, gain in told]


def _label(row: Row) -> str:
    name = plain(row.name)
    return name if row.difference is not None else f"<b>{name}</b>"


def _gain(d: Difference) -> str:
    return difference_text(d).partition(" ")[0]


def drawn(parts: list[Part], axis: str) -> Figure:
    """The forest plot by Matplotlib, intervals written beside it."""
    every = placed(parts)
    figure = mpl_axes.new_figure(8, INCH * len(every) + 1.1)
    named = [(y, row.name) for y, row in every if row.difference is not None]
    room = 0.075 * max(len(name) for _, name in named) + 0.25
    axes = mpl_axes.new_axes(figure, room, 0.5, right=2.15, top=0.35)
    for gain, top, bottom in lines(parts, "zero"):
        axes.plot([gain, gain], [top, bottom], "-", color=GREY.colour, linewidth=1)
    for i, (gain, top, bottom) in enumerate(lines(parts, "free")):
        label = None if i else FREE_NAME
        axes.plot([gain, gain], [top, bottom], ":", color=FREE_COLOUR, linewidth=2, label=label)
    _draw_gains(axes, parts)
    heights, gains = _published(every)
    if gains:
        axes.plot(gains, heights, "*", color=PUBLISHED_COLOUR, markersize=9, label=PUBLISHED_NAME)
    _draw_texts(axes, every)
    heights, names = [y for y, _ in named], [name for _, name in named]
    axes.set_yticks(heights, names, fontsize=8, parse_math=False)
    axes.set_ylim(0.4 - len(every), 0.6)
    axes.set_xlabel(axis)
    mpl_axes.legend_above(axes, columns=5)
    return figure


def _draw_gains(axes: Axes, parts: list[Part]) -> None:
    for word, rows in by_word(parts).items():
        colour, symbol, marker = LOOKS[word]
        axes.errorbar(
            [100 * d.mean for _, _, d in rows],
            [y for y, _, _ in rows],
            xerr=[100 * d.half_width for _, _, d in rows],
            fmt=marker,
            color=colour,
            markerfacecolor="white" if symbol.endswith("open") else colour,
            markersize=6,
            elinewidth=1.3,
            label=word,
        )


def _draw_texts(axes: Axes, every: list[tuple[float, Row]]) -> None:
    beside: dict[str, Any] = {
        "transform": axes.get_yaxis_transform(),
        "va": "center",
        "parse_math": False,
    }
    for y, row in every:
        if row.difference is None:
            axes.text(0.01, y, row.name, fontsize=8, fontweight="bold", **beside)
        else:
            text = f"{difference_text(row.difference)} {row.difference.word}"
            axes.text(1.02, y, text, fontsize=8, **beside)
