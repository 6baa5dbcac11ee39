"""A recorded configuration is the one that it was recorded of."""

from dataclasses import asdict, replace

import pytest

from ltlight.errors import UserError
from ltlight.runs.recorded import config_of_record, recorded_config
from ltlight.runs.run_folder import RunFolder
from tests.parts import configured


def test_it_comes_back(tmp_path):
    config = configured("method=strong", "data.ratio=0.1", "data.train_patients=[a,b]")
    RunFolder(tmp_path).begin(asdict(config), overwrite=False)
    assert recorded_config(RunFolder(tmp_path)) == config


def test_keys_that_a_record_lacks_are_neutral():
    record = asdict(configured("seed=3"))
    del record["method"]["tta"], record["data"]["mirror"], record["data"]["seed"]
    config = config_of_record(record, "x")
    assert (config.method.tta, config.data.mirror, config.data.seed) == ("none", True, 3)


def test_aliases_and_the_weights_it_started_from():
    record = asdict(configured())
    record["method"]["augment"] = "report"
    record["model"]["checkpoint"] = "/gone"
    config = config_of_record(record, "x")
    assert config.method.augment == "fig7"
    assert config.model == replace(config.model, checkpoint=None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"optim": {"lr": None}}, "isn't a configuration of this version"),
        ({"newer": {"key": 1}}, "isn't a configuration of this version"),
        ({"model": {"name": "gone", "image_size": 32, "width": 1.0}}, r"model\.name=gone"),
    ],
)
def test_what_this_version_does_not_know_is_told(change, told):
    with pytest.raises(UserError, match=told):
        config_of_record(asdict(configured()) | change, "seed=0/config.yaml")


def test_a_missing_key_without_neutral_value():
    record = asdict(configured())
    del record["data"]["ratio"]
    with pytest.raises(UserError, match=r"x lacks data\.ratio"):
        config_of_record(record, "x")


@pytest.mark.parametrize("text", ["[", "just text", "", "a: b: c"])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UserError, match=r"config\.yaml"):
        recorded_config(RunFolder(tmp_path))
