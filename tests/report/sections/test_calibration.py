"""The section of calibration: before, and where images were held out after the temperature."""

import numpy as np
import pytest

from ltlight.metrics.of_logits import calibration_scores
from ltlight.report.document.blocks import Setting, TableBlock, Text, charts_of
from ltlight.report.drawing.palette import looks
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.calibration import (
    BY_CLASS,
    FITTED,
    FITTED_NOTE,
    NOT_FITTED,
    NOTE,
    PARTLY,
    PLAIN,
    UNKNOWN,
    calibration_section,
)
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run

LOOKS = looks(["baseline", "improved", "sampler"])


def calibrated(folder, method, seed, temperature):
    """A run that has recorded what the training does of held-out images."""
    found = write_run(folder, method=method, seed=seed, pictures=False).predictions()
    scores = calibration_scores(found["logits"], found["targets"], temperature)
    metrics = {f"test/{name}_calibrated": value for name, value in scores.items()}
    (folder / f"toy/ratio=0.02/method={method}/seed={seed}/metrics.json").unlink()
    metrics |= {"temperature": temperature}
    write_run(folder, method=method, seed=seed, pictures=False, metrics=metrics)


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    """Two methods with temperatures, and one of whose runs one has none."""
    folder = tmp_path_factory.mktemp("shared") / "held_out"
    for seed in (0, 1):
        for method in ("baseline", "improved"):
            calibrated(folder, method, seed, 2.0 + seed)
    calibrated(folder, "sampler", 0, 2.0)
    write_run(folder, method="sampler", seed=1, pictures=False)
    return read_sweep(folder)


def section_of(sweep):
    return calibration_section(groups(sweep), compare(sweep), LOOKS)


def panels(variant) -> list[str]:
    return [panel.title for charts in charts_of(variant.blocks) for panel in charts.panels]


def test_every_method_stands_beside_the_baseline_before_and_after(held_out):
    switched, _, note = section_of(held_out).blocks
    improved, sampler = switched.variants
    assert improved.of == Setting("toy", "0.02", "improved")
    assert panels(improved) == [PLAIN, FITTED, BY_CLASS]
    assert panels(sampler) == [PLAIN, BY_CLASS]  # one of its runs has no temperature
    assert note.text == " ".join([NOTE, FITTED_NOTE, PARTLY])
    before, after, _ = next(charts_of(improved.blocks)).panels
    assert [trace.name for trace in before.figure.data][1:] == ["baseline", "improved"]
    # Divided by more than 1, no image is as confident as before.
    tops = [max(trace.x.max() for trace in p.figure.data[1:]) for p in (before, after)]
    assert tops[0] > tops[1]


def test_the_table_goes_from_the_plain_scores_to_the_calibrated(held_out):
    [[block]] = [variant.blocks for variant in section_of(held_out).blocks[1].variants]
    assert isinstance(block, TableBlock)
    header = block.table.header
    assert header[:3] == ["method", "temperature", "over-confident, points"]
    rows = {row[0]: dict(zip(header, row, strict=True)) for row in block.table.rows}
    members = groups(held_out)[0].methods["improved"]
    for name, metric in (("log-loss", "log_loss"), ("Brier", "brier")):
        before, after = rows["improved"][name].split(" → ")
        for told, key in ((before, f"test/{metric}"), (after, f"test/{metric}_calibrated")):
            mean = np.mean([m.metrics[key] for m in members])
            assert float(told.split()[0]) == pytest.approx(mean, abs=6e-4)
    assert rows["improved"]["temperature"] == "2.50 ± 0.71"
    assert "→" not in rows["sampler"]["ECE %"]
    assert rows["sampler"]["temperature"] == "–"


def test_where_nothing_was_held_out_a_line_says_so(toy):
    switched, table, note = section_of(toy).blocks
    assert [panels(v) for v in switched.variants] == [[PLAIN, BY_CLASS]] * 2
    assert table.variants[0].blocks[0].table.header[1] == "over-confident, points"
    assert note.text == f"{NOTE} {NOT_FITTED}"


def test_a_run_that_knows_no_probabilities_says_so(tmp_path):
    write_run(tmp_path, method="baseline", pictures=False)
    folder = write_run(tmp_path, method="improved", pictures=False)
    arrays = folder.predictions()
    arrays["logits"][3, 1] = np.inf
    np.savez(folder.path / "predictions.npz", **arrays)
    switched, table, _ = section_of(read_sweep(tmp_path)).blocks
    assert switched.variants[0].blocks == [Text(f"toy, ratio 0.02: {UNKNOWN}", "note")]
    assert [row[1] for row in table.variants[0].blocks[0].table.rows][1] == "–"


def test_a_method_without_a_baseline_is_shown_alone(tmp_path):
    write_run(tmp_path, method="improved", pictures=False)
    [variant] = section_of(read_sweep(tmp_path)).blocks[0].variants
    [charts] = charts_of(variant.blocks)
    assert charts.caption == "toy, ratio 0.02: reliability of improved"
    for picture in charts.pictures:
        picture.draw().savefig(tmp_path / "picture.png")
