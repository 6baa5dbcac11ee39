from dataclasses import replace

import numpy as np
import pytest

from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.longtail import class_counts, exponential
from ltlight.data.splits import split, with_test
from ltlight.data.training_set import hold_out, long_tailed, thinned_out
from ltlight.errors import UserError
from tests.parts import configured

PLAIN = {
    "ratio": 0.02,
    "profile": exponential,
    "seed": 0,
    "val_fraction": 0.0,
    "val_from": "subset",
}


def test_a_source_without_test_split_is_split_by_class(digit_sets):
    found = with_test(SourceImages(digit_sets[0]), 0.25)
    assert found.train.class_counts.tolist() == [90] * 10
    assert found.test.class_counts.tolist() == [30] * 10
    assert not set(found.train.rows) & set(found.test.rows)


def test_a_source_with_test_split_is_left_alone(digit_sets):
    found = SourceImages(*digit_sets)
    assert with_test(found, 0.25) is found


def test_a_class_too_small_to_be_tested_stays_in_training_and_is_named(digit_sets, caplog):
    few = thinned_out(digit_sets[0], 0.02, exponential, 0)
    found = with_test(SourceImages(few), 0.25)
    assert found.test.class_counts[9] == 0
    assert found.train.class_counts[9] == few.class_counts[9] == 3
    assert (found.test.class_counts[:9] > 0).all()
    [message] = [r.message for r in caplog.records]
    assert message.startswith("class 9 is not tested (too small to hold data.test_fraction=0.25")
    assert "scores are over the other 9 classes" in message


def test_classes_that_a_given_test_split_lacks_are_named(digit_sets, caplog):
    test = digit_sets[1].subset(np.flatnonzero(digit_sets[1].labels < 3))
    with_test(SourceImages(digit_sets[0], test), 0.25)
    assert "7 of 10 classes (3, 4, 5, 6, 7 and 2 more) are not tested" in caplog.text


def test_where_no_class_can_be_tested_it_is_said_what_to_do(digit_sets):
    pair = digit_sets[0].subset(np.array([np.argmax(digit_sets[0].labels == c) for c in range(10)]))
    with pytest.raises(UserError, match=r"no class is large enough.*test_fraction=0\.25"):
        with_test(SourceImages(pair), 0.25)


def grouped(images: ImageSet, size: int = 7) -> ImageSet:
    """The images in groups of some, each of all classes."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, len(images) // size, len(images))
    return replace(images, groups=np.array([f"g{n}" for n in numbers], dtype=object))


@pytest.mark.parametrize("val_from", ["subset", "source"])
def test_no_group_is_on_two_sides(digit_sets, val_from):
    found = with_test(SourceImages(grouped(digit_sets[0])), 0.2)
    settings = PLAIN | {"ratio": 0.1, "val_fraction": 0.2, "val_from": val_from}
    train, val = long_tailed(found.train, **settings)
    sides = [set(part.groups) for part in (train, val, found.test)]
    assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]
    assert len(found.test) == pytest.approx(0.2 * 1200, rel=0.1)
    assert (found.test.class_counts > 0).all()


def test_groups_that_a_given_split_tears_apart_are_told_once(digit_sets, caplog):
    train, test = map(grouped, digit_sets)
    split(SourceImages(train, test), configured().data)
    shared = set(train.groups) & set(test.groups)
    assert caplog.text.count(f"{len(shared)} groups have both training and test images") == 1
    assert "and 72 more" in caplog.text


def test_a_given_held_out_split_is_taken_and_no_other_beside_it(digit_sets):
    kept, val = hold_out(digit_sets[0], 0.25, seed=3)
    found = split(SourceImages(kept, digit_sets[1], val), configured("data.ratio=0.1").data)
    assert found.val is val
    assert found.train.class_counts.tolist() == class_counts(10, 90, 0.1)
    both = configured("data.val_fraction=0.1").data
    with pytest.raises(UserError, match=r"val_fraction=0\.1.*300 held-out images of its own"):
        split(SourceImages(kept, digit_sets[1], val), both)


def test_folds_test_every_image_once_and_are_the_same_for_all_seeds(digit_sets, caplog):
    tested = []
    for fold in range(3):
        data = configured("data.folds=3", f"data.fold={fold}", f"seed={fold}").data
        found = split(SourceImages(*digit_sets), data)
        assert not set(found.train.rows) & set(found.test.rows)
        assert found.test.class_counts.tolist() == [40] * 10
        tested.append(found.test.rows)
        other_seed = configured("data.folds=3", f"data.fold={fold}", "seed=7").data
        again = split(SourceImages(*digit_sets), other_seed)
        np.testing.assert_array_equal(again.test.rows, found.test.rows)
    assert sorted(np.concatenate(tested)) == sorted(digit_sets[0].rows)
    assert "the test images of the source, 540, are not used" in caplog.text


def test_folds_keep_groups_together_and_name_what_is_never_tested(digit_sets, caplog):
    images = grouped(digit_sets[0], 60)
    groups = images.groups.copy()
    groups[images.labels == 4] = "four"  # one group only, and nothing else in it
    found = [
        split(
            SourceImages(replace(images, groups=groups)),
            configured("data.folds=3", f"data.fold={k}", "data.ratio=0.5").data,
        )
        for k in range(3)
    ]
    for part in found:
        assert not set(part.train.groups) & set(part.test.groups)
        assert part.test.class_counts[4] == 0
        assert (part.train.class_counts > 0).all()
    assert sum(len(part.test) for part in found) == 1200 - 120
    assert "is not tested" not in caplog.text  # which would be said of a fold, not of the whole
    assert "class 4 is never tested: too few images, or one group only" in caplog.text


@pytest.mark.parametrize("options", [(), ("data.folds=3", "data.fold=1")])
def test_duplicates_are_kept_together_and_the_rest_is_split_as_ever(digit_sets, options):
    images = digit_sets[0]
    numbers = np.arange(len(images))
    numbers[1000:1100] = numbers[:100]
    data = configured(*options).data
    plain = split(SourceImages(images), data)
    found = split(SourceImages(replace(images, duplicates=numbers)), data)
    sides = [set(part.duplicates) for part in (found.train, found.test)]
    assert not sides[0] & sides[1]
    assert len(found.train) + len(found.test) == len(images)
    assert len(found.test) == pytest.approx(len(plain.test), rel=0.1)


def test_groups_and_duplicates_that_share_an_image_are_one_unit(digit_sets):
    images = replace(
        digit_sets[0].subset(np.arange(6)),
        groups=np.array(list("aabbcd"), dtype=object),
        duplicates=np.array([0, 1, 1, 3, 4, 5]),
    )
    units = images.units
    assert len(set(units[:4])) == 1
    assert len(set(units)) == 3
