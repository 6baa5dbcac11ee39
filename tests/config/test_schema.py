from dataclasses import fields, is_dataclass
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from ltlight.config.compose import validated
from ltlight.config.fields import NO_VALUE, SameAs
from ltlight.config.schema import CONF, Config, MethodConfig, OptimConfig, neutral_values
from ltlight.errors import UserError
from tests.parts import configured

REFUSED = {
    "data.ratio=0": r"data\.ratio=0\.0 must be above 0 and at most 1",
    "data.ratio=-0.1": r"data\.ratio=-0\.1 must be above 0",
    "data.ratio=1.5": r"data\.ratio=1\.5 must be",
    "data.ratio=nan": r"data\.ratio=nan must be",
    "data.first_classes=1": r"data\.first_classes=1 must be 2 or more",
    "data.val_fraction=1": r"data\.val_fraction=1\.0 must be 0 or more and below 1",
    "data.resize=stretch": "data.resize=stretch must be one of squash, crop, pad",
    "data.background=whitish": "data.background=whitish must be a colour",
    "data.max_pixels=0": r"data\.max_pixels=0 must be above 0",
    "data.on_bad_file=ignore": "must be one of error, skip",
    "method.sampler=weighted": "must be one of shuffle, inverse_frequency",
    "method.augment=cutout": "method.augment=cutout must be one of none, fig7, corrected",
    "method.loss=hinge": r"method\.loss=hinge must be one of cross_entropy, focal",
    "method.class_weights=cubic": r"method\.class_weights=cubic must be one of none, inv",
    "method.schedule=linear": r"method\.schedule=linear must be one of constant, warmup",
    "method.lr=0": r"method\.lr=0\.0 must be above 0, or null",
    "model.width=0": r"model\.width=0\.0 must be above 0",
    "trainer.max_epochs=-1": "must be 0 or more",
    "trainer.gradient_clip_val=0": "must be above 0",
    "optim.lr=0": "must be above 0",
    "name=a/b": "must be a plain folder name",
    "seed=-1": "must be 0 or more",
    "seed=4294967296": r"must be 0 or more and below 2\*\*32",
}


@pytest.mark.parametrize("override", REFUSED)
def test_values_out_of_range_are_refused(override):
    composed = OmegaConf.structured(configured())
    composed.merge_with_dotlist([override])
    with pytest.raises(UserError, match=REFUSED[override]):
        validated(composed)


def ruled_fields(schema: type = Config, prefix: str = "") -> dict[str, Any]:
    found = {}
    for f in fields(schema):
        if is_dataclass(f.type):
            found |= ruled_fields(f.type, f"{prefix}{f.name}.")
        elif "rule" in f.metadata:
            found[prefix + f.name] = f.metadata
    return found


def test_neutral_values_are_in_range():
    rules = ruled_fields()
    for key, value in neutral_values().items():
        if isinstance(value, SameAs):
            assert value.key in rules, key
        elif key in rules:
            allowed, _ = rules[key]["rule"]
            assert allowed(value), key


def test_the_neutral_values_of_a_method_are_those_of_its_base():
    """conf/method/base.yaml holds every part at its neutral value."""
    base = yaml.safe_load((CONF / "method" / "base.yaml").read_text())
    assert set(base) == {f.name for f in fields(MethodConfig)}
    neutral = neutral_values(MethodConfig)
    assert base.pop("schedule") == "${optim.schedule}"  # whose neutral value is the same
    assert neutral.pop("schedule") == neutral_values(OptimConfig)["schedule"]
    assert {key: base[key] for key in neutral} == neutral
    assert set(base) - set(neutral) == {"name", "sampler", "augment"}  # every record has these


def test_only_keys_that_came_later_have_a_neutral_value():
    neutral = neutral_values()
    assert neutral["data.mirror"] is True
    assert neutral["method.mix"] == "none"
    assert not {"data.ratio", "method.sampler", "optim.lr", "seed"} & set(neutral)
    assert NO_VALUE not in neutral.values()


def test_a_baseline_has_the_neutral_value_of_every_part():
    method = configured("method=baseline").method
    assert {k: getattr(method, k) for k in neutral_values(MethodConfig)} == neutral_values(
        MethodConfig
    )
