"""The section from head to tail: recall of every class by its training images, and all scores."""

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.metrics.scores import FEW_BELOW, MANY_ABOVE
from ltlight.report.document.blocks import Block, Columns, Section, TableBlock, Text
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.palette import GREY, Look
from ltlight.report.drawing.small_multiples import small_multiples
from ltlight.report.results.group import Group, mean_recalls, running_mean
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.detail_table import detail_notes, detail_table
from ltlight.report.sections.switched import by_group
from ltlight.report.sections.tradeoff import no_figure, tradeoff
from ltlight.report.stats.ranking import Ranking

WIDTH = 480  # pixels of a figure that stands beside another
LONG = 20  # rows up to which the table is not folded
TICKS = [base * 10**power for power in range(7) for base in (1, 2, 5)]  # of the logarithmic axis
CAPTION = (
    "Recall of every class against its training images, mean over seeds. Lines are running means "
    "over neighbouring classes, dotted ones the borders of few- and many-shot. A class without "
    "test images has no dot."
)


def recall_section(
    sweep: Sweep,
    found: list[Group],
    looks: dict[str, Look],
    rankings: Sequence[Ranking],
    averages: Sequence[SeedAverage] = (),
) -> Section:
    """The figures of every group, and a table of the scores of every method.

    Args:
        sweep: all runs, whose scores the table holds.
        found: the groups to draw.
        looks: of their methods.
        rankings: whose methods' scores are drawn against their cost.
        averages: of the seeds' logits, rows of the table.
    """
    details = detail_table(sweep, averages).without_constant("data")
    number = len(details.rows) - len(averages)
    folded = f"all {number} rows of scores" if len(details.rows) > LONG else ""
    by_plotly, by_matplotlib = partial(interactive, looks=looks), partial(drawn, looks=looks)
    costs = {(r.group.data, r.group.ratio): r for r in rankings}

    def drawings(g: Group) -> list[Block]:
        recalls = small_multiples(CAPTION, "recall", [g], by_plotly, by_matplotlib)
        ranking = costs[g.data, g.ratio]
        if why := no_figure(ranking):
            return [recalls, Text(f"{g.title}: {why}", "note")]
        return [Columns(((WIDTH, [recalls]), (WIDTH, [tradeoff(ranking)])))]

    blocks: list[Block] = [
        by_group(found, drawings),
        TableBlock(details, folded=folded),
        Text(detail_notes(sweep, averages), "note"),
    ]
    return Section("recall", "Head to tail, and the cost", blocks)


def interactive(group: Group, looks: dict[str, Look]) -> go.Figure:
    """Recall of every class against its training images, methods overlaid, by Plotly."""
    figure = go.Figure()
    names = [plotly_axes.plain(name) for name in group.names]
    for method, members in group.methods.items():
        look, values = looks[method], 100 * mean_recalls(members, group.order)
        common = {"x": group.counts, "legendgroup": method, "name": plotly_axes.plain(method)}
        dots = {"color": look.colour, "symbol": look.marker[0], "size": 7, "opacity": 0.75}
        hover = "%{text}: %{y:.1f} %<br>%{x} training images<extra>%{fullData.name}</extra>"
        figure.add_scatter(
            **common, y=values, text=names, mode="markers", marker=dots, hovertemplate=hover
        )
        line = {"color": look.colour, "dash": look.dash[0], "width": 2}
        trend = running_mean(values)
        figure.add_scatter(
            **common, y=trend, mode="lines", line=line, showlegend=False, hoverinfo="skip"
        )
    for edge in (FEW_BELOW, MANY_ABOVE):
        figure.add_vline(edge, line={"width": 1, "dash": "dot", "color": GREY.colour})
    return plotly_axes.figure_layout(
        figure,
        height=340,
        xaxis={"type": "log", "title": {"text": "training images"}, "tickvals": TICKS},
        yaxis={"title": {"text": "recall %"}, "range": [-4, 104]},
    )


def drawn(group: Group, looks: dict[str, Look]) -> Figure:
    """Recall of every class against its training images, methods overlaid, by Matplotlib."""
    figure = mpl_axes.new_figure(6, 3.6)
    axes = mpl_axes.new_axes(figure, 0.6, 0.5, top=0.35)
    for method, members in group.methods.items():
        look, values = looks[method], 100 * mean_recalls(members, group.order)
        axes.plot(
            group.counts,
            values,
            color=look.colour,
            label=method,
            marker=look.marker[1],
            markersize=4,
            alpha=0.7,
            linestyle="",
        )
        axes.plot(group.counts, running_mean(values), color=look.colour, linestyle=look.dash[1])
    for edge in (FEW_BELOW, MANY_ABOVE):
        axes.axvline(edge, color="grey", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="training images", ylabel="recall %", ylim=(-4, 104))
    shown = [t for t in TICKS if group.counts.min() <= t <= group.counts.max()]
    axes.set_xticks(shown, [f"{t:g}" for t in shown])
    axes.minorticks_off()
    mpl_axes.legend_above(axes)
    return figure
