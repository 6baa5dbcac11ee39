from dataclasses import replace

import numpy as np
import pytest

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import SourceImages
from ltlight.data.sources.digits import digits
from ltlight.data.sources.load import load
from ltlight.errors import UserError
from tests.parts import configured


def config(*overrides: str) -> DataConfig:
    return configured(*overrides).data


def test_a_source_is_asked_with_the_configuration(digit_sets):
    asked = []
    found = load(lambda data: asked.append(data) or SourceImages(*digit_sets), config())
    assert asked == [config()]
    assert found.train is digit_sets[0]
    assert found.test is digit_sets[1]
    assert found.val is None


def test_first_classes_keep_the_test_set_in_step():
    found = load(digits, config("data.first_classes=3"))
    train, test = found.train, found.test
    assert train.class_names == test.class_names == ("0", "1", "2")
    assert train.class_counts.tolist() == [120] * 3
    assert test.class_counts.tolist() == [54] * 3


def test_as_many_first_classes_as_there_are_change_nothing(digit_sets):
    train = load(lambda data: SourceImages(*digit_sets), config("data.first_classes=10")).train
    assert train is digit_sets[0]


def test_more_first_classes_than_there_are_is_refused(digit_sets):
    with pytest.raises(UserError, match=r"data\.first_classes=11: there are only 10 classes"):
        load(lambda data: SourceImages(*digit_sets), config("data.first_classes=11"))


def test_a_source_of_one_class_is_refused(digit_sets):
    zeros = digit_sets[0].subset(np.flatnonzero(digit_sets[0].labels == 0))
    zeros = replace(zeros, class_names=("0",))
    with pytest.raises(UserError, match=r"holds one class \(0\): two are needed"):
        load(lambda data: SourceImages(zeros, zeros), config())
