from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from ltlight.config.schema import CONF, check
from ltlight.errors import UserError


def composed(*overrides: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", overrides=list(overrides))


def choices(group: str) -> list[str]:
    return sorted(f.stem for f in (CONF / group).glob("*.yaml") if f.stem != "base")


def test_defaults_are_the_reports_settings():
    cfg = composed()
    check(cfg)
    assert (cfg.data.name, cfg.method.name, cfg.data.batch_size) == ("cifar50", "baseline", 32)
    assert (cfg.optim.lr, cfg.optim.momentum, cfg.optim.weight_decay) == (1e-4, 0.9, 0)
    assert (cfg.trainer.max_epochs, cfg.model.width) == (50, 1)


@pytest.mark.parametrize("group", ["data", "method", "trainer", "experiment", "model"])
def test_every_file_composes_and_passes(group):
    for name in choices(group):
        if name == "search_strong":
            continue  # composes where its extra is installed: tests/conf/test_experiments.py
        check(composed(f"{group}={name}"))


@pytest.mark.parametrize("group", ["data", "method", "model"])
def test_names_of_the_run_folders_are_those_of_the_files(group):
    for name in choices(group):
        assert composed(f"{group}={name}")[group].name == name


def test_every_file_opens_with_what_it_is_and_its_command():
    for file in Path(CONF).rglob("*.yaml"):
        head = file.read_text().removeprefix("# @package _global_\n").split("\n\n")[0]
        assert head.startswith("# "), file
        assert "python -m ltlight.train" in head, file


REFUSED = {
    "data.ratio=0": r"data\.ratio=0\.0 must be above 0 and at most 1",
    "data.ratio=-0.1": r"data\.ratio=-0\.1 must be above 0",
    "data.ratio=1.5": r"data\.ratio=1\.5 must be",
    "data.ratio=nan": r"data\.ratio=nan must be",
    "data.val_fraction=1": r"data\.val_fraction=1\.0 must be 0 or more and below 1",
    "data.on_bad_file=ignore": "must be one of error, skip",
    "method.sampler=weighted": "must be one of shuffle, inverse_frequency",
    "model.width=0": r"model\.width=0\.0 must be above 0",
    "model.image_size=50": r"set only data\.image_size",
    "trainer.max_epochs=-1": "must be 0 or more",
    "optim.lr=0": "must be above 0",
    "name=a/b": "must be a plain folder name",
    "seed=-1": "must be 0 or more",
}


@pytest.mark.parametrize("override", REFUSED)
def test_values_out_of_range_are_refused(override):
    with pytest.raises(UserError, match=REFUSED[override]):
        check(composed(override))


def test_natural_profile_takes_no_ratio():
    with pytest.raises(UserError, match=r"data\.profile=natural"):
        check(composed("data=idc", "data.ratio=0.1"))


def test_source_split_needs_a_fraction():
    with pytest.raises(UserError, match=r"data\.val_from=source holds nothing out"):
        check(composed("data.val_from=source"))


def test_nesterov_needs_momentum():
    with pytest.raises(UserError, match="nesterov"):
        check(composed("optim.nesterov=true", "optim.momentum=0"))
