"""The published scores of the report that ltlight reproduces."""

import numpy as np
import pytest

from ltlight.data.longtail import class_counts
from ltlight.report.results.published import CIFAR50, REPORT, published, reports_data
from ltlight.report.results.sweep import Member, read_sweep
from ltlight.runs.run_folder import RunFolder
from tests.report.run_folders import write_run

CIFAR = {
    "num_classes": 50,
    "train_max": 500,
    "test_per_class": 100,
    "metrics": {"class_names": [*CIFAR50]},
    "pictures": False,
}


def read(run: RunFolder) -> Member:
    [member] = read_sweep(run.path.parent).finished
    return member


def replaced(run: RunFolder, **arrays) -> Member:
    np.savez(run.path / "predictions.npz", **run.predictions() | arrays)
    return read(run)


def idc(path, train=(772, 76), test=(479, 70)) -> Member:
    """A run of the report's patients, whose scores are left as they were written."""
    run = write_run(path, 1.0, data="idc", num_classes=2, pictures=False)
    targets = np.repeat([0, 1], test)
    logits = np.eye(2, dtype=np.float32)[targets]
    return replaced(run, targets=targets, logits=logits, class_counts=np.array(train))


def test_the_names_are_those_of_cifar_50(cifar50_root):
    assert sorted(folder.name for folder in (cifar50_root / "train").iterdir()) == [*CIFAR50]


@pytest.mark.parametrize("ratio", [1.0, 0.1, 0.02, 0.005])
def test_the_reports_cifar_is_known_by_its_names_and_numbers(tmp_path, ratio):
    member = read(write_run(tmp_path, ratio, data="mine", **CIFAR))
    assert member.predictions.class_counts.tolist() == class_counts(50, 500, ratio)
    assert reports_data(member) == "cifar50"
    assert published([member], "baseline") == REPORT["cifar50", ratio, "baseline"]
    assert published([member], "strong") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"metrics": {"class_names": [f"dog_{n}" for n in range(50)]}},
        {"metrics": {"class_names": [*CIFAR50[::-1]]}},
        {"train_max": 450},  # a tenth is held out
        {"test_per_class": 50},
    ],
    ids=["other classes", "another order", "fewer training images", "fewer test images"],
)
def test_other_data_under_the_name_of_cifar_50_are_not_the_reports(tmp_path, changed):
    member = read(write_run(tmp_path, 0.02, data="cifar50", **CIFAR | changed))
    assert reports_data(member) is None
    assert published([member], "baseline") is None


def test_another_profile_of_the_same_ratio_is_not_the_reports(tmp_path):
    run = write_run(tmp_path, 0.02, data="cifar50", **CIFAR)
    cui = [int(500 * 0.02 ** (x / 49)) for x in range(50)]
    assert reports_data(replaced(run, class_counts=np.array(cui))) is None


def test_the_reports_patients_are_known_by_their_numbers_of_patches(tmp_path):
    assert published([idc(tmp_path)], "improved") == REPORT["idc", 1.0, "improved"]


@pytest.mark.parametrize("other", [{"train": (700, 76)}, {"test": (479, 71)}])
def test_other_patients_are_not(tmp_path, other):
    assert reports_data(idc(tmp_path, **other)) is None


def test_runs_of_which_one_had_other_data_have_none(tmp_path):
    ours, other = idc(tmp_path / "a"), idc(tmp_path / "b", train=(700, 76))
    assert published([ours, other], "baseline") is None


def test_every_published_method_has_its_baseline_beside_it():
    assert {method for _, _, method in REPORT} == {"baseline", "improved"}
    for data, ratio, _ in REPORT:
        assert (data, ratio, "baseline") in REPORT


def test_scores_are_shares_of_1():
    assert all(0 < score < 1 for pair in REPORT.values() for score in pair)


def test_the_mean_gain_of_accuracy_is_the_reports():
    """8.63 points over the three ratios of CIFAR-50."""
    gains = [
        REPORT["cifar50", ratio, "improved"][1] - REPORT["cifar50", ratio, "baseline"][1]
        for ratio in (0.1, 0.02, 0.005)
    ]
    assert round(100 * np.mean(gains), 2) == 8.63
