import logging

import numpy as np

from ltlight.data.longtail import class_counts, exponential
from ltlight.data.training_set import hold_out, long_tailed, thinned_out

PLAIN = {
    "ratio": 0.02,
    "profile": exponential,
    "seed": 0,
    "val_fraction": 0.0,
    "val_from": "subset",
}


def test_nothing_is_held_out_unless_asked_for(digit_sets):
    train, val = long_tailed(digit_sets[0], **PLAIN)
    assert train.class_counts.tolist() == class_counts(10, 120, 0.02)
    assert val is None


def test_the_subset_is_a_function_of_the_seed(digit_sets):
    drawn = [thinned_out(digit_sets[0], 0.02, exponential, seed).images for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_a_balanced_set_of_ratio_1_is_the_source_itself(digit_sets):
    assert thinned_out(digit_sets[0], 1.0, exponential, 0) is digit_sets[0]


def test_validation_is_held_out_of_the_training_images_and_spares_the_tail(digit_sets, caplog):
    with caplog.at_level(logging.WARNING):
        train, val = long_tailed(digit_sets[0], **PLAIN | {"val_fraction": 0.1})
    assert val.class_counts.tolist() == [12, 8, 5, 3, 2, 1, 1, 0, 0, 0]
    assert train.class_counts.tolist() == [108, 73, 49, 34, 23, 15, 10, 7, 5, 3]
    assert "7, 8, 9" in caplog.text


def test_validation_held_out_before_the_subset_is_balanced(digit_sets):
    train, val = long_tailed(digit_sets[0], **PLAIN | {"val_fraction": 0.1, "val_from": "source"})
    assert val.class_counts.tolist() == [12] * 10
    assert train.class_counts.tolist() == class_counts(10, 108, 0.02)
    assert not set(train.rows) & set(val.rows)


def test_no_image_is_on_both_sides(digit_sets):
    kept, held = hold_out(digit_sets[0], 0.25, seed=3)
    assert len(kept) + len(held) == len(digit_sets[0])
    assert not set(kept.rows) & set(held.rows)
