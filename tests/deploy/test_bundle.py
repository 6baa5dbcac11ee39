"""What a run folder says of its run."""

import json

import numpy as np
import pytest

from ltlight.deploy.bundle import averaged, read_bundle, read_bundles
from ltlight.deploy.held_out import fitted_to_held_out
from ltlight.errors import UserError
from tests.deploy.conftest import change_config


def change_metrics(run, **changes):
    metrics = json.loads((run.path / "metrics.json").read_text()) | changes
    (run.path / "metrics.json").write_text(json.dumps(metrics))


def test_all_of_it_is_in_the_folder(run):
    bundle = read_bundle(run)
    metrics = run.metrics()
    assert bundle.class_names == tuple(metrics["class_names"])
    np.testing.assert_array_equal(bundle.class_counts, run.predictions()["class_counts"])
    assert bundle.temperature == metrics["temperature"]
    assert bundle.preprocessing.image_size == 32
    assert not bundle.net.training


def test_only_three_files_are_needed(run, digit_sets):
    expected = read_bundle(run).calibrated(None)
    for file in run.path.iterdir():
        if file.is_file() and file.name not in ("config.yaml", "model.ckpt", "metrics.json"):
            file.unlink()
    found = read_bundle(run).calibrated(None)
    assert found.temperature == expected.temperature


def test_without_a_prior_the_temperature_is_the_run_s_own(run):
    bundle = read_bundle(run)
    assert bundle.temperature_under(None) == run.metrics()["temperature"]
    assert not bundle.calibrated(None).shift.any()


@pytest.mark.parametrize("method", [{}, {"sampler": "inverse_frequency", "sampler_from": 0.8}])
def test_under_a_prior_it_is_fitted_anew_with_what_the_logits_hold(run, method):
    change_config(run, **method)
    bundle, arrays = read_bundle(run), run.predictions()
    counts = arrays["class_counts"]
    known = None if method else counts / counts.sum()
    prior, temperature = fitted_to_held_out(
        arrays["held_out_logits"], arrays["held_out_targets"], counts, known
    )
    np.testing.assert_allclose(bundle.fitted_prior, prior)
    assert bundle.temperature_under("uniform") == pytest.approx(temperature)
    found = bundle.calibrated("uniform")
    np.testing.assert_allclose(found.shift.numpy(), np.log(0.1 / prior), rtol=1e-5)


def test_a_class_without_training_images_has_no_other_prior(run):
    counts = run.metrics()["class_counts"]
    change_metrics(run, class_counts=[*counts[:9], 0], temperature=None)
    bundle = read_bundle(run)
    with pytest.raises(UserError, match="had no training images of class 9"):
        bundle.calibrated("uniform")
    assert bundle.calibrated(None) is not None


def test_runs_of_other_pictures_are_not_averaged(run, second):
    config = (second.path / "config.yaml").read_text()
    (second.path / "config.yaml").write_text(config.replace("resize: squash", "resize: pad"))
    with pytest.raises(UserError, match=r"their images differ .*squash.*pad"):
        read_bundles([run, second])


def test_one_run_averaged_is_that_run(run, digit_sets):
    import torch

    bundle = read_bundle(run)
    images = torch.from_numpy(digit_sets[1].images[:3])
    with torch.inference_mode():
        torch.testing.assert_close(
            averaged([bundle], None)(images), bundle.calibrated(None)(images), rtol=0, atol=0
        )


def test_the_digest_is_of_the_weights(run, second):
    first = read_bundle(run)
    (run.path / "train.log").write_text("other")
    assert read_bundle(run).digest == first.digest
    assert read_bundle(second).digest != first.digest


def test_a_run_that_does_not_know_its_classes(run):
    change_metrics(run, class_names=None)
    with pytest.raises(UserError, match="doesn't know its classes"):
        read_bundle(run)
