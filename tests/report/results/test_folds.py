"""Folds taken together, against scikit-learn's scores of all images at once."""

import numpy as np
import pytest
from rich.console import Console
from sklearn.metrics import accuracy_score, f1_score, recall_score

from ltlight.errors import UserError
from ltlight.report.build import report
from ltlight.report.results.seed_average import seed_averages
from ltlight.report.results.sweep import missing, read_sweep
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.judging import rank
from tests.report.run_folders import write_run

METHODS = ("baseline", "improved")


@pytest.fixture
def folder(tmp_path):
    """Two methods by two seeds by three folds, of test sets of 10, 12 and 14 images a class."""
    for method in METHODS:
        for seed in (0, 1):
            for fold in range(3):
                found = {"test/brier": 0.1 * (fold + 1), "recall_per_class": []}
                write_run(
                    tmp_path / "cv",
                    method=method,
                    seed=seed,
                    fold=fold,
                    test_per_class=10 + 2 * fold,
                    groups=4,
                    seconds=1.0 + fold,
                    metrics=found,
                )
    return tmp_path / "cv"


def test_a_seed_is_one_member_scored_on_the_images_of_all_its_folds(folder):
    sweep = read_sweep(folder)
    assert [(m.method, m.seed) for m in sweep.finished] == [(m, s) for m in METHODS for s in (0, 1)]
    for member in sweep.finished:
        assert [run.fold for run in member.runs] == [0, 1, 2]
        targets, labels = (
            np.concatenate([getattr(run.predictions, name) for run in member.runs])
            for name in ("targets", "labels")
        )
        assert len(targets) == 5 * 36 == member.metrics["test_images"]
        np.testing.assert_array_equal(member.predictions.labels, labels)
        np.testing.assert_array_equal(member.logits().argmax(axis=1), labels)
        assert member.metrics["test/accuracy"] == pytest.approx(accuracy_score(targets, labels))
        f1 = f1_score(targets, labels, average="macro")
        assert member.metrics["test/f1_macro"] == pytest.approx(f1)
        by_class = recall_score(targets, labels, average=None)
        assert member.metrics["recall_per_class"] == pytest.approx(by_class)
        brier = np.average([0.1, 0.2, 0.3], weights=[50, 60, 70])
        assert member.metrics["test/brier"] == pytest.approx(brier)
        assert member.metrics["seconds/train"] == pytest.approx(2)
        assert len(set(member.predictions.groups)) == 12


def test_methods_are_paired_by_seed_and_the_groups_of_all_folds_resampled(folder):
    sweep = read_sweep(folder)
    [c] = compare(sweep)
    assert c.seeds == [0, 1]
    gains = [after.metrics["test/balanced_accuracy"] for after in c.after]
    gains = np.subtract(gains, [before.metrics["test/balanced_accuracy"] for before in c.before])
    [found] = rank(sweep, resample(sweep))
    gain = found.entry(c.method).gain
    assert (gain.seeds, gain.mean) == (2, pytest.approx(gains.mean()))
    assert gain.images > 0


def test_the_average_of_seeds_asks_the_networks_of_each_fold_about_its_own_images(folder):
    for m in METHODS:
        for seed in (0, 1):
            for fold in range(3):
                write_run(
                    folder.parent / "one",
                    method=m,
                    seed=seed,
                    fold=fold,
                    data_keys={"seed": 0, "val_fraction": 0.0, "mirror": True},
                    method_keys={"tta": "none"},
                )
    sweep = read_sweep(folder.parent / "one")
    averages = seed_averages(sweep)
    assert len(averages) == 2
    members = averages[0].members
    logits = sum(m.logits() for m in members)
    truth = members[0].predictions.targets
    accuracy = (logits.argmax(axis=1) == truth).mean()
    assert averages[0].scores["accuracy"] == pytest.approx(accuracy)


def test_a_seed_with_a_fold_missing_is_left_out_and_named(folder):
    gone = folder / "toy/ratio=0.02/method=improved/fold=1/seed=1"
    (gone / "metrics.json").unlink()
    sweep = read_sweep(folder)
    assert [(m.method, m.seed) for m in sweep.finished] == [
        ("baseline", 0),
        ("baseline", 1),
        ("improved", 0),
    ]
    unfinished, incomplete = missing(sweep)
    assert unfinished.startswith("`toy/ratio=0.02/method=improved/fold=1/seed=1`: not finished")
    assert incomplete == (
        "`toy/ratio=0.02/method=improved`: seed 1 has 2 of 3 folds and is left out of the report: "
        "run data.fold=1 as well"
    )


def test_folds_and_a_plain_run_of_one_method_are_not_mixed(folder):
    write_run(folder, method="baseline", seed=0)
    with pytest.raises(UserError, match="are both seed 0 of baseline"):
        read_sweep(folder)


def test_methods_of_different_folds_are_told_apart(folder):
    for fold in range(2):
        write_run(folder, method="sampler", seed=0, fold=fold, folds=2)
    with pytest.raises(UserError, match=r"in 3 folds; 200 images .* in 2 folds"):
        read_sweep(folder)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_the_report_is_written_and_says_what_is_pooled(folder, capsys):
    report(folder, Console(width=400))
    printed = capsys.readouterr().out
    for text in (printed, *((folder / f).read_text() for f in ("results.md", "report.md"))):
        assert "Each seed's 3 folds are taken together: every one of 180 images is tested" in text
        assert "are of 12 groups" in text
    rows = (folder / "results.csv").read_text().splitlines()[1:]
    assert len(rows) == 4
    assert rows[0].endswith("toy/ratio=0.02/method=baseline/fold=*/seed=0")
    assert "fold 2" in (folder / "report.md").read_text()
