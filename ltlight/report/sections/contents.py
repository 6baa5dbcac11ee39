"""The sections of the page in their order: a new one has its file here, its place in `build`."""

from collections.abc import Sequence

from ltlight.report.document.blocks import Block, Document, Facts, Listing, Section, Text
from ltlight.report.drawing.palette import looks
from ltlight.report.drawing.thumbnails import thumbnails
from ltlight.report.results.group import Group, groups
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.augmentation import augmentation_section
from ltlight.report.sections.calibration import calibration_section
from ltlight.report.sections.changes import changes_section
from ltlight.report.sections.confusion import confusion_section
from ltlight.report.sections.curves import curves_section
from ltlight.report.sections.distribution import distribution_section
from ltlight.report.sections.facts import facts
from ltlight.report.sections.overview import missing_blocks, overview_section
from ltlight.report.sections.prior import prior_section
from ltlight.report.sections.provenance import provenance_section
from ltlight.report.sections.recall import recall_section
from ltlight.report.sections.switched import opening, settings
from ltlight.report.sections.two_classes import two_classes_section
from ltlight.report.stats.advice import advice
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.selection import DETAILED, detailed, narrowed
from ltlight.report.stats.verdict import headline

NAMED = 8  # methods up to which the subtitle names them all


def build(
    sweep: Sweep,
    comparisons: list[Comparison],
    rankings: Sequence[Ranking],
    averages: Sequence[SeedAverage] = (),
) -> Document:
    """The report of a sweep with at least one finished run; of many methods, a few in detail."""
    methods, notes = list(dict.fromkeys(m.method for m in sweep.finished)), []
    chosen, detail, compared = methods, sweep, comparisons
    if len(methods) > DETAILED:
        chosen = [m for m in detailed(rankings) if m in methods]
        detail, compared = narrowed(sweep, comparisons, chosen)
        told = f"Of {len(methods)} methods: {', '.join(chosen)}."
        notes = [Text(told, "note")] if len(chosen) < len(methods) else []
    every, found = groups(sweep), groups(detail)
    styles = looks([m for m in methods if m in chosen])
    small, pictures = _thumbnails(found)
    sections = [
        overview_section(sweep, comparisons, rankings, averages),
        _with(notes, recall_section(sweep, found, styles, rankings, averages)),
        _with(notes, changes_section(found, compared, pictures)),
        _with(notes, confusion_section(found, compared)),
        prior_section(every, styles),
        _with(notes, calibration_section(found, compared, styles)),
        _with(notes, curves_section(found, styles)),
        distribution_section(every),
        augmentation_section(every),
        provenance_section(sweep),
    ]
    two = two_classes_section(sweep, styles, notes)
    sections[1:1] = [two] if two is not None else []
    offered = settings(compared)
    name = sweep.path.resolve().name
    return Document(
        headline(rankings),
        f"{name} · {_subtitle(sweep, methods)}",
        sections,
        name=name,
        lead=_lead(sweep, rankings),
        settings=offered,
        chosen=opening(offered, rankings),
        thumbnails=small,
    )


def _lead(sweep: Sweep, rankings: Sequence[Ranking]) -> list[Block]:
    """What stands under the title: what is missing, the advice, the facts."""
    sentences = advice(rankings)
    listed = [Listing(sentences)] if sentences else []
    return [*missing_blocks(sweep), *listed, Facts(facts(sweep))]


def _thumbnails(found: list[Group]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Pictures of the classes by a name, and the name that those of a group have, by its slug.

    Ratios of one data set share them where their classes come in the same order.
    """
    small: dict[str, list[str]] = {}
    named: dict[tuple[str, tuple[str, ...]], str] = {}
    pictures: dict[str, str] = {}
    for g in found:
        key = (g.data, tuple(g.names))
        if key not in named and (uris := thumbnails(g)):
            named[key], small[g.slug] = g.slug, uris
        if key in named:
            pictures[g.slug] = named[key]
    return small, pictures


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
    runs = sum(len(m.runs) for m in members)
    return f"{named} · seeds: {seeds} · {runs} finished runs"
