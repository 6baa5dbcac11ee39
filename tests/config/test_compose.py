from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf

from ltlight.config.compose import composed, validated
from ltlight.config.schema import CONF, Config
from ltlight.errors import UserError
from tests.parts import configured


def names(group: str) -> list[str]:
    return sorted(f.stem for f in (CONF / group).glob("*.yaml") if f.stem != "base")


def test_overrides_become_dataclasses():
    config = composed(["data=digits", "data.ratio=0.02", "method=improved", "data.image_size=16"])
    assert type(config) is Config
    assert all(is_dataclass(getattr(config, f.name)) for f in fields(Config)[3:])
    assert (config.data.name, config.data.ratio) == ("digits", 0.02)
    assert config.method.sampler == "inverse_frequency"
    assert config.model.image_size == 16  # it follows the data


def test_defaults_are_the_reports_settings():
    config = composed([])
    assert (config.data.name, config.data.batch_size) == ("cifar50", 32)
    assert config.method.name == "baseline"
    assert (config.optim.lr, config.optim.momentum, config.optim.weight_decay) == (1e-4, 0.9, 0)
    assert (config.trainer.max_epochs, config.model.width) == (50, 1)


@pytest.mark.parametrize(
    ("group", "name"),
    [(g, n) for g in ("data", "trainer", "experiment", "model") for n in names(g)],
)
def test_every_file_composes_and_passes(group, name):
    if name == "search_strong":
        pytest.skip("composes where its extra is installed: tests/conf/test_experiments.py")
    config = composed([f"{group}={name}"])
    if group in ("data", "model"):  # named in the run folders
        assert getattr(config, group).name == name


@pytest.mark.parametrize("name", names("method"))
def test_every_method_composes_and_is_named_for_its_file(name):
    assert configured(f"method={name}").method.name == name


def test_every_file_opens_with_what_it_is_and_its_command():
    for file in Path(CONF).rglob("*.yaml"):
        head = file.read_text().removeprefix("# @package _global_\n").split("\n\n")[0]
        assert head.startswith("# "), file
        assert "python -m ltlight.train" in head, file


def test_aliases_are_resolved():
    assert composed(["method.augment=report"]).method.augment == "fig7"
    assert composed(["method=improved"]).method.augment == "fig7"


@pytest.mark.parametrize("key", ["data.name", "optim.lr", "seed"])
def test_a_key_without_a_value_is_asked_for(key):
    with pytest.raises(UserError, match=rf"^{key} is not set: give it as {key}=…$"):
        composed([f"{key}=???"])


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("data.ratio=abc", "data.ratio"),
        ("data.ratoi=0.1", "ratoi"),
        ("method=magic", "magic"),
    ],
)
def test_wrong_types_keys_and_files_are_refused_while_composing(override, told):
    with pytest.raises(HydraException) as caught:
        composed([override])
    assert told in f"{caught.value} {caught.value.__cause__}"


def test_what_hydra_composed_is_not_changed():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", ["data=digits", "method.augment=report"])
    before = OmegaConf.to_yaml(cfg)
    assert validated(cfg).method.augment == "fig7"
    assert OmegaConf.to_yaml(cfg) == before


def test_conflicts_are_refused_and_named():
    with pytest.raises(UserError, match=r"data\.val_from=source holds nothing out"):
        composed(["data.val_from=source"])
