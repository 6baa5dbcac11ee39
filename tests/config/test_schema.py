import re
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
    "data.first_classes=1": r"data\.first_classes=1 must be 2 to 1000000, or null",
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
    "method.lr=0": r"method\.lr=0\.0 must be above 0 and at most 100, or null",
    "model.width=0": r"model\.width=0\.0 must be 0\.01 to 16",
    "model.width=1e-9": r"model\.width=1e-09 must be 0\.01 to 16",
    "model.width=inf": r"model\.width=inf must be 0\.01 to 16",
    "optim.weight_decay=1e9": r"weight_decay=1000000000\.0 must be 0 or more and at most 1",
    "method.focal_gamma=1e9": "must be 0 or more and at most 20",
    "data.image_size=100000": "data.image_size=100000 must be above 0 and at most 2048",
    "trainer.max_epochs=1000000000000000000000": "must be 0 or more and at most 100000",
    "name=reference": "must be a plain folder name .*, not reference",
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
            found[prefix + f.name] = {
                **f.metadata,
                "type": getattr(f.type, "__name__", str(f.type)),
            }
    return found


def numbers() -> dict[str, Any]:
    """The keys whose values are numbers, by the type of the schema."""
    told = {key: metadata["type"] for key, metadata in ruled_fields().items()}
    return {key: kind for key, kind in told.items() if "int" in kind or "float" in kind}


@pytest.mark.parametrize("key", numbers())
def test_every_number_has_both_ends(key):
    allowed, demand = ruled_fields()[key]["rule"]
    endless = [float("nan"), float("inf"), -float("inf"), 10**30, -(10**30), 1e300]
    assert [v for v in endless if allowed(v)] == []
    assert demand.startswith("must ")


def test_no_number_is_without_a_rule():
    def unruled(schema: type, prefix: str = "") -> list[str]:
        found = []
        for f in fields(schema):
            if is_dataclass(f.type):
                found += unruled(f.type, f"{prefix}{f.name}.")
            elif "rule" not in f.metadata and {"int", "float"} & set(
                re.findall(r"\w+", str(f.type))
            ):
                found.append(prefix + f.name)
        return found

    assert unruled(Config) == []


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
