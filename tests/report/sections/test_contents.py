"""The order of the sections, and what of many methods is shown in detail."""

import pytest

from ltlight.report.document.blocks import Setting, charts_of
from ltlight.report.sections import contents
from ltlight.report.stats.advice import advice
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.judging import rank
from ltlight.report.stats.selection import DETAILED, detailed
from ltlight.report.stats.verdict import headline

ORDER = [
    *("recall", "changes", "confusion", "prior", "calibration", "curves"),
    *("data", "augmentation", "provenance"),
]


@pytest.fixture(scope="module")
def many(panel, panel_comparisons, ranking):
    return contents.build(panel, panel_comparisons, [ranking])


def panels(section) -> list[str]:
    return [p.slug for charts in charts_of(section.blocks) for p in charts.panels]


def test_sections_stand_in_their_order(toy, comparisons, many):
    document = contents.build(toy, comparisons, rank(toy, resample(toy)))
    assert [s.slug for s in document.sections] == ["summary", *ORDER]
    assert [s.slug for s in many.sections] == ["summary", *ORDER]
    assert document.name == "toy_sweep"


def test_the_verdict_is_the_heading_and_what_follows_from_it_comes_next(ranking, many):
    assert many.title == headline([ranking])
    listing, strip = many.lead
    assert listing.items == advice([ranking])
    assert [name for name, _ in strip.items][:2] == ["data", "network"]


def test_the_subtitle_names_what_was_run(toy, comparisons, many):
    rankings = rank(toy, resample(toy))
    assert contents.build(toy, comparisons, rankings).subtitle == (
        "toy_sweep · methods: baseline, improved · data: toy · imbalance ratios: 0.1, 0.02 · "
        "seeds: 0, 1 · 8 finished runs"
    )
    assert many.subtitle.startswith("panel · methods: 12 · data: toy")  # too many to name


def test_every_figure_has_a_slug_of_its_own(many):
    slugs = [slug for section in many.sections for slug in panels(section)]
    assert len(slugs) == len(set(slugs))


def test_of_many_methods_a_few_are_shown_in_detail(ranking, many):
    chosen = [m for m in ranking.group.methods if m in detailed([ranking])]
    found = {section.slug: section for section in many.sections}
    told = f"Of 12 methods: {', '.join(detailed([ranking]))}."
    for slug in ("confusion", "recall", "changes", "calibration", "curves"):
        assert found[slug].blocks[0].text == told
    assert len(panels(found["confusion"])) == 2 * (DETAILED - 1)
    assert len(panels(found["changes"])) == DETAILED - 1
    assert {s.method for s in many.settings} == {*chosen} - {"baseline"}
    figure = next(charts_of(found["curves"].blocks)).panels[0].figure
    assert list(dict.fromkeys(trace.name for trace in figure.data)) == chosen


def detailed_names(document) -> set[str]:
    return {"baseline", *(s.method for s in document.settings)}


def test_the_page_opens_with_what_gains_where_the_imbalance_is_strongest(toy, comparisons, many):
    rankings = rank(toy, resample(toy))
    document = contents.build(toy, comparisons, rankings)
    assert document.settings == [Setting("toy", r, "improved") for r in ("0.1", "0.02")]
    assert document.chosen == Setting("toy", "0.02", "improved")
    assert document.switched == "recall"
    assert many.chosen in many.settings


def test_the_ratios_of_a_data_set_share_the_pictures_of_its_classes(toy, comparisons):
    document = contents.build(toy, comparisons, rank(toy, resample(toy)))
    [(name, uris)] = document.thumbnails.items()
    assert len(uris) == 5
    [changes] = [s for s in document.sections if s.slug == "changes"]
    for charts in charts_of(changes.blocks):
        assert charts.panels[0].figure.layout.meta["thumbnails"] == name


def test_the_same_method_looks_the_same_in_every_figure(many):
    colours: dict[str, set[str]] = {}
    for section in many.sections:
        if section.slug in ("recall", "curves"):
            figures = [p.figure for c in charts_of(section.blocks) for p in c.panels]
            for trace in (trace for figure in figures for trace in figure.data):
                if trace.line.color and trace.name in detailed_names(many):
                    colours.setdefault(trace.name, set()).add(trace.line.color)
    assert len(colours) == DETAILED
    assert all(len(found) == 1 for found in colours.values())
