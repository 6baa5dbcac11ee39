import numpy as np
import pytest

from ltlight.data.sources import digits
from ltlight.errors import UserError
from ltlight.memory import free_memory
from tests.parts import configured, train_and_test


def test_digits_are_balanced_fixed_and_disjoint(digit_sets):
    train, test = digit_sets
    assert train.images.shape == (1200, 3, 32, 32)
    assert train.images.dtype == np.uint8
    assert train.class_counts.tolist() == [120] * 10
    assert test.class_counts.tolist() == [54] * 10
    assert train.class_names == test.class_names == tuple("0123456789")
    assert (train.images[:, 0] == train.images[:, 1]).all()
    assert not set(train.rows) & set(test.rows)
    again = digits.read(32)
    np.testing.assert_array_equal(again.test.images, test.images)


def test_they_are_scikit_learns():
    from sklearn.datasets import load_digits

    raw = load_digits()
    train, test = train_and_test(digits.read(8))  # their own size
    theirs = {(image.round().astype(int)).tobytes() for image in raw.images}
    for images in (train, test):
        found = (images.images[:, 0] / 255 * 16).round().astype(int)
        assert {image.tobytes() for image in found} <= theirs
    grey = (raw.images[raw.target == 7] / 16 * 255).round()
    sevens = np.concatenate([s.images[s.labels == 7, 0] for s in (train, test)])
    assert all((grey == seven).all((1, 2)).any() for seven in sevens)


def test_the_source_takes_its_size_from_the_configuration():
    train, test = train_and_test(digits.digits(configured("data.image_size=12").data))
    assert train.images.shape == (1200, 3, 12, 12)
    np.testing.assert_array_equal(test.images, digits.read(12).test.images)


def test_a_size_beyond_memory_is_refused_with_both_numbers():
    if free_memory() is None:
        pytest.skip("this system does not say what is free")
    with pytest.raises(UserError, match=r"1,797 images of 100000 x 100000 .* are free: lower data"):
        digits.read(100_000)
