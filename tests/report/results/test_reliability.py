"""How right probabilities are, beside the scores that runs record and sums by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from ltlight.metrics.of_logits import calibration_scores
from ltlight.report.results.group import groups
from ltlight.report.results.reliability import reliability, temperatures
from ltlight.report.results.sweep import read_sweep
from tests.report.run_folders import write_run


def fitted(members, *values):
    return [
        replace(m, metrics=m.metrics | {"temperature": t})
        for m, t in zip(members, values, strict=True)
    ]


@pytest.fixture
def members(toy):
    """Two seeds, whose temperatures differ."""
    return fitted(groups(toy)[0].methods["improved"], 0.5, 3.0)


@pytest.mark.parametrize("is_fitted", [False, True])
def test_the_bins_make_the_recorded_calibration_error(members, is_fitted):
    for member in members:
        r = reliability([member], is_fitted)
        temperature = member.metrics["temperature"] if is_fitted else 1.0
        scores = calibration_scores(member.logits(), member.predictions.targets, temperature)
        gaps = np.abs(r.confidence - r.accuracy)
        assert np.nansum(r.images * gaps) / r.images.sum() == pytest.approx(scores["ece"])


@pytest.mark.parametrize("is_fitted", [False, True])
def test_seeds_are_taken_together_each_at_its_temperature(members, is_fitted):
    r = reliability(members, is_fitted)
    divisors = (0.5, 3.0) if is_fitted else (1.0, 1.0)
    both = zip(members, divisors, strict=True)
    probability = np.concatenate([softmax(m.logits() / t, axis=1) for m, t in both])
    targets = np.concatenate([m.predictions.targets for m in members])
    confidence, right = probability.max(axis=1), probability.argmax(axis=1) == targets
    assert r.images.sum() == len(targets)
    for b in range(15):
        chosen = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        assert r.images[b] == chosen.sum()
        if chosen.any():
            assert r.confidence[b] == pytest.approx(confidence[chosen].mean())
            assert r.accuracy[b] == pytest.approx(right[chosen].mean())
        else:
            assert np.isnan([r.confidence[b], r.accuracy[b]]).all()
    assert r.overconfidence == pytest.approx(confidence.mean() - right.mean())
    assert r.expected == pytest.approx(probability.mean(axis=0))
    assert r.frequency == pytest.approx(0.2)


def test_a_temperature_is_that_of_every_run_or_none(members):
    assert temperatures(members) == [0.5, 3.0]
    assert temperatures(fitted(members, 0.5, None)) is None


def test_folds_have_their_own_temperatures(tmp_path):
    for fold in range(3):
        more = {"metrics": {"temperature": 1.0 + fold}, "pictures": False}
        write_run(tmp_path, method="improved", fold=fold, **more)
    [member] = read_sweep(tmp_path).finished
    assert temperatures([member]) == [1.0, 2.0, 3.0]
    parts = [run.logits() / (1.0 + fold) for fold, run in enumerate(member.runs)]
    probability = softmax(np.concatenate(parts), axis=1)
    assert reliability([member], True).expected == pytest.approx(probability.mean(axis=0))


def test_a_class_without_test_images_does_not_occur(tmp_path):
    write_run(tmp_path, untested=(1,), pictures=False)
    r = reliability(read_sweep(tmp_path).finished, False)
    assert r.frequency == pytest.approx([0.25, 0, 0.25, 0.25, 0.25])
    assert r.expected[1] > 0


def test_logits_that_are_not_finite_know_no_probabilities(tmp_path):
    folder = write_run(tmp_path, pictures=False)
    arrays = folder.predictions()
    arrays["logits"][3, 1] = np.inf
    np.savez(folder.path / "predictions.npz", **arrays)
    assert reliability(read_sweep(tmp_path).finished, False) is None
