"""The section on other priors: its curves, its table, and what its script is given."""

import numpy as np
import pytest

from ltlight.report.document.blocks import PriorExplorer, Setting, charts_of
from ltlight.report.drawing.palette import looks
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.prior import (
    FACTORS,
    PRINTED,
    UNTESTED,
    curves,
    drawn,
    interactive,
    numbers,
    prior_section,
    some_priors,
)
from ltlight.report.stats.ranking import FREE
from ltlight.report.stats.under_prior import exponential, judged, under_prior
from tests.report.run_folders import write_run

LOOKS = looks(["baseline", "improved"])


@pytest.fixture(scope="module")
def u(toy):
    return under_prior(groups(toy)[0], [])


def test_every_ratio_has_its_curves_beside_the_explorer(toy):
    switched, _ = prior_section(groups(toy), LOOKS).blocks
    assert [v.of for v in switched.variants] == [Setting("toy", r, "") for r in ("0.1", "0.02")]
    for g, variant in zip(groups(toy), switched.variants, strict=True):
        [charts] = charts_of(variant.blocks)
        assert charts.panels[0].slug == f"prior_{g.slug}"
        [explorer] = variant.blocks[0].columns[1][1]
        assert isinstance(explorer, PriorExplorer)
        assert explorer.names == g.names
        assert 10**explorer.opens == pytest.approx(g.counts.max() / g.counts.min(), rel=0.07)


@pytest.mark.parametrize("untested", [(), (1,)])
def test_the_note_tells_of_classes_without_test_images(tmp_path, untested):
    write_run(tmp_path, untested=untested, pictures=False)
    _, note = prior_section(groups(read_sweep(tmp_path)), LOOKS).blocks
    assert (UNTESTED in note.text) == bool(untested)


def test_both_drawings_are_of_the_scores_at_every_factor(u):
    found = curves(u)
    styles = {**LOOKS, FREE: LOOKS["improved"]}
    lines = {t.name: t for t in interactive(u, styles).data if t.mode == "lines"}
    [axes] = drawn(u, styles).axes
    by_label = {line.get_label(): line for line in axes.get_lines()}
    for place in (0, 30, 60):
        expected = {j.method: j for j in judged(u, exponential(5, 10 ** FACTORS[place]))}
        for method, (mean, spread) in found.items():
            assert mean[place] == pytest.approx(100 * expected[method].mean)
            assert spread[place] == pytest.approx(100 * expected[method].spread)
            assert lines[method].y[place] == pytest.approx(mean[place], abs=1e-4)
            assert by_label[method].get_ydata()[place] == pytest.approx(mean[place])


def test_the_table_marks_what_is_not_behind_the_best(panel):
    u = under_prior(groups(panel)[0], [])
    table = some_priors(u)
    assert table.header == ["method", *PRINTED]
    assert [row[0] for row in table.rows] == u.methods
    for column, factor in enumerate(PRINTED.values(), 1):
        found = {j.method: j for j in judged(u, exponential(10, factor))}
        for row in table.rows:
            j = found[row[0]]
            told = f"{100 * j.mean:.1f} ± {100 * j.spread:.1f}"
            is_open = j.behind is None or j.behind.word == "undecided"
            assert row[column] == (f"**{told}**" if is_open else told)


def test_critical_values_are_given_by_rising_certainty(u, toy):
    told = numbers(u, groups(toy)[0])["critical"]
    assert (np.diff(told["at"]) < 0).all()
    assert (np.diff(told["values"]) < 0).all()
