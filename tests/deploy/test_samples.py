"""Real pictures that an exported file is tried on."""

import numpy as np
import yaml

from ltlight.deploy.bundle import read_bundle
from ltlight.deploy.samples import enlarged, sample_of_tests, sample_of_training
from tests.conftest import write_tree


def test_the_run_s_own_test_pictures(run, digit_sets):
    sample = sample_of_tests(read_bundle(run))
    rows = run.pictures()["test_indices"]
    np.testing.assert_array_equal(sample.images, digit_sets[1].images[rows])
    np.testing.assert_array_equal(sample.labels, digit_sets[1].labels[rows])
    assert sample.told == "of the run's test pictures"


def test_training_pictures_plain_and_augmented(run):
    kept = run.pictures()
    found = sample_of_training(read_bundle(run))
    np.testing.assert_array_equal(found[:10], kept["train_images"])
    np.testing.assert_array_equal(found[10:20], kept["augmented"][0])
    assert len(found) == 50


def test_digits_where_the_run_kept_none(run):
    (run.path / "pictures.npz").unlink()
    bundle = read_bundle(run)
    sample = sample_of_tests(bundle)
    assert sample.labels is None
    assert sample.images.shape == (100, 3, 32, 32)
    assert sample.images.max() > 200
    assert len(sample_of_training(bundle)) == 100


def change_data(run, **changes):
    config = run.config()
    config["data"] |= changes
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))


def thin(run, **more):
    """As of a run on pictures of twice their size."""
    kept = run.pictures()
    np.savez(
        run.path / "pictures.npz", **(kept | {"test_images": kept["test_images"][..., ::2, ::2]})
    )
    np.savez(run.path / "predictions.npz", **(run.predictions() | more))


def test_thinned_pictures_are_enlarged_and_that_is_told(run):
    thin(run)
    sample = sample_of_tests(read_bundle(run))
    assert sample.images.shape[-1] == 32
    assert sample.told.endswith("kept at 16 pixels and enlarged")


def test_or_read_from_their_files(run, digit_sets, tmp_path):
    tests = digit_sets[1]
    root = write_tree(tmp_path / "tree", tests, 54)
    order = {c: np.flatnonzero(tests.labels == c).tolist() for c in range(10)}
    files = [f"{c}/{order[c].index(i):03d}.png" for i, c in enumerate(tests.labels.tolist())]
    thin(run, files=np.array(files))
    change_data(run, root=str(root))
    sample = sample_of_tests(read_bundle(run))
    rows = run.pictures()["test_indices"]
    np.testing.assert_array_equal(sample.images, tests.images[rows])
    assert sample.told == "of the run's test pictures"


def test_enlarged():
    images = np.arange(4, dtype=np.uint8).reshape(1, 1, 2, 2)
    assert enlarged(images, 3)[0, 0].tolist() == [[0, 0, 1], [0, 0, 1], [2, 2, 3]]
    np.testing.assert_array_equal(enlarged(images, 2), images)
