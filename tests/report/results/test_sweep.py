"""Reading a sweep: what is finished, what is missing and why, and what is refused."""

import json
import re

import numpy as np
import pytest

from ltlight.errors import UserError
from ltlight.report.results.sweep import missing, read_sweep
from ltlight.runs.contents import FORMAT
from ltlight.runs.run_folder import RunFolder
from tests.report.run_folders import write_run


def test_members_are_sorted_baseline_first_and_ratios_falling(toy):
    found = [(m.ratio, m.method, m.seed) for m in toy.finished]
    pairs = [("baseline", 0), ("baseline", 1), ("improved", 0), ("improved", 1)]
    assert found == [(ratio, *pair) for ratio in (0.1, 0.02) for pair in pairs]


def test_an_older_run_without_groups_has_those_of_another_on_the_same_images(tmp_path):
    write_run(tmp_path, method="baseline")
    write_run(tmp_path, method="improved", groups=7)
    first, second = (m.predictions.groups for m in read_sweep(tmp_path).finished)
    np.testing.assert_array_equal(first, second)
    assert len(set(first)) == 7


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(UserError, match=f"{tmp_path} holds no runs"):
        read_sweep(tmp_path)
    with pytest.raises(UserError, match=r"nowhere is not a folder"):
        read_sweep(tmp_path / "nowhere")


def damage(run: RunFolder, how: str) -> None:
    metrics = run.path / "metrics.json"
    if how == "cut short":
        metrics.write_text(metrics.read_text()[:100])
    elif how == "a list":
        metrics.write_text("[1]")
    elif how == "older":
        metrics.write_text(json.dumps(json.loads(metrics.read_text()) | {"format": FORMAT - 1}))
    elif how == "a metric missing":
        content = json.loads(metrics.read_text())
        metrics.write_text(json.dumps({k: v for k, v in content.items() if k != "test/f1_macro"}))
    elif how == "no predictions":
        (run.path / "predictions.npz").unlink()
    elif how == "half the predictions":
        file = run.path / "predictions.npz"
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif how == "other predictions":
        np.savez(run.path / "predictions.npz", targets=np.zeros(3, int))
    elif how == "no configuration":
        (run.path / "config.yaml").write_text("{data: [")
    elif how == "failed":
        metrics.unlink()
        run.fail("Traceback …\nValueError: no")
    elif how == "unfinished":
        metrics.unlink()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cut short", "can't be read"),
        ("a list", f"of run folder format None, this version reads {FORMAT}"),
        ("older", f"of run folder format {FORMAT - 1}, this version reads {FORMAT}"),
        ("a metric missing", "damaged.*test/f1_macro"),
        ("no predictions", "predictions.npz can't be read"),
        ("half the predictions", "predictions.npz can't be read"),
        ("other predictions", "predictions.npz can't be read"),
        ("no configuration", "config.yaml can't be read"),
        ("failed", "ValueError: no"),
        ("unfinished", "not finished: the same command resumes it"),
    ],
)
def test_a_member_that_cannot_be_used_is_missing_and_the_rest_is_there(sweep_folder, how, told):
    victim = read_sweep(sweep_folder).finished[2].folder
    damage(victim, how)
    sweep = read_sweep(sweep_folder)
    assert len(sweep.finished) == 7
    [(path, reason)] = sweep.unfinished
    assert path == victim.path
    assert re.search(told, reason, re.DOTALL), reason


def test_missing_runs_are_named_below_the_sweep_by_the_last_line_of_their_reason(sweep_folder):
    victim = read_sweep(sweep_folder).finished[2].folder
    damage(victim, "failed")
    line = "`toy/ratio=0.1/method=improved/seed=0`: ValueError: no"
    assert missing(read_sweep(sweep_folder)) == [line]


@pytest.mark.parametrize("change", [{"test_per_class": 21}, {"num_classes": 6}])
def test_runs_of_different_test_sets_are_refused_by_name(sweep_folder, change):
    other = write_run(sweep_folder, 0.02, "sampler", 0, **change)
    with pytest.raises(UserError, match="tested on different images") as refused:
        read_sweep(sweep_folder)
    assert str(other.path) in str(refused.value)
    assert "method=baseline" in str(refused.value)


def test_test_sets_of_other_files_are_refused_by_one_of_them(tmp_path):
    """Equal labels and class names are not enough where the files are known."""
    for seed, files in enumerate(["here", "here", "there"]):
        write_run(tmp_path, seed=seed, pictures=False, files=files)
    with pytest.raises(UserError, match=r"here/000\.png among them; .*there/000\.png among them"):
        read_sweep(tmp_path)


def test_files_that_only_some_runs_have_kept_are_no_difference(tmp_path):
    for seed, files in enumerate(["here", None]):
        write_run(tmp_path, seed=seed, pictures=False, files=files)
    assert len(read_sweep(tmp_path).finished) == 2


def test_a_folder_of_several_sweeps_is_refused(sweep_folder):
    write_run(sweep_folder.parent / "other_sweep", 0.02, "improved", 1)
    with pytest.raises(UserError, match=r"both seed 1 of improved .* the folder of one sweep"):
        read_sweep(sweep_folder.parent)


def test_another_data_set_in_the_same_folder_is_no_conflict(sweep_folder):
    write_run(sweep_folder, 0.02, "baseline", 0, data="other", num_classes=3)
    assert len(read_sweep(sweep_folder).finished) == 9
