import csv
import errno
import os
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import yaml

from ltlight.config.schema import neutral_values
from ltlight.errors import UserError
from ltlight.lock import InUse
from ltlight.runs import run_folder
from ltlight.runs.records import FREE_KEYS, flatten
from ltlight.runs.run_folder import RunFolder, find_runs
from tests.parts import configured

CONFIG = {"name": "a", "seed": 0, "data": {"ratio": 0.1, "root": None}, "trainer": {"devices": 1}}
LOGITS = np.eye(3, dtype=np.float32)


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    return RunFolder(tmp_path / "a" / "digits" / "ratio=0.1" / "method=baseline" / "seed=0")


METRICS = {
    "test/accuracy": 0.5,
    "test/f1_macro": 0.5,
    "test/balanced_accuracy": 0.5,
    "class_names": ["a", "b", "c"],
}


def finish(folder: RunFolder) -> None:
    unknown = {"test/recall_few": float("nan"), "recall_per_class": [1, float("nan")]}
    folder.finish(METRICS | unknown, np.arange(3), LOGITS, np.array([5, 3, 1]))


def test_what_is_written_is_read_back(folder):
    folder.begin(CONFIG, overwrite=False)
    assert not folder.is_finished
    finish(folder)
    assert folder.is_finished
    assert folder.config() == CONFIG
    assert folder.metrics() == {
        "format": 1,
        **METRICS,
        "test/recall_few": None,
        "recall_per_class": [1, None],
    }
    arrays = folder.predictions()
    np.testing.assert_array_equal(arrays["logits"], LOGITS)
    assert arrays["class_counts"].tolist() == [5, 3, 1]


def test_held_out_logits_are_kept_beside_the_others(folder):
    folder.begin(CONFIG, overwrite=False)
    finish(folder)
    assert set(folder.predictions()) == {"targets", "logits", "class_counts"}
    held_out = np.arange(2), LOGITS[:2]
    folder.finish({}, np.arange(3), LOGITS, np.array([5, 3, 1]), held_out=held_out)
    arrays = folder.predictions()
    np.testing.assert_array_equal(arrays["held_out_targets"], held_out[0])
    np.testing.assert_array_equal(arrays["held_out_logits"], held_out[1])


def test_files_and_groups_of_the_test_images_are_kept_as_texts(folder):
    folder.begin(CONFIG, overwrite=False)
    files = np.array(["a/1.png", "ü/\udcff.png", "b"], dtype=object)
    arguments = {"files": files, "groups": np.array([1, 1, 2])}
    folder.finish({"test/accuracy": 0.5}, np.arange(3), LOGITS, np.array([5, 3, 1]), **arguments)
    arrays = folder.predictions()
    assert arrays["files"].tolist() == files.tolist()
    assert arrays["groups"].tolist() == ["1", "1", "2"]


def test_the_split_is_a_table_that_csv_reads_whatever_the_names(folder):
    folder.begin(CONFIG, overwrite=False)
    rows = [['a, "b"/1.png', "ü", "train", ""], ["\udcff\n.png", "c", "test", "p 1"]]
    folder.save_split(["path", "label", "split", "group"], rows)
    file = folder.path / "split.csv"
    with file.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        header, *found = csv.reader(lines)
    assert header == ["path", "label", "split", "group"]
    assert found == rows


def test_finishing_removes_the_resume_state(folder):
    folder.begin(CONFIG, overwrite=False)
    folder.last_checkpoint.write_text("state")
    finish(folder)
    assert not folder.last_checkpoint.exists()


def test_another_configuration_is_refused_and_nothing_is_lost(folder):
    folder.begin(CONFIG, overwrite=False)
    finish(folder)
    changed = {**CONFIG, "data": {"ratio": 0.02, "root": None}}
    with pytest.raises(UserError, match=r"data\.ratio 0\.1 → 0\.02.*overwrite=true"):
        folder.begin(changed, overwrite=False)
    assert folder.config() == CONFIG
    assert folder.is_finished


def test_overwriting_discards_the_old_run(folder):
    folder.begin(CONFIG, overwrite=False)
    finish(folder)
    (folder.path / "tensorboard").mkdir()
    left = ("curves.jsonl", "last.ckpt", "best.ckpt", "model.ckpt", "tensorboard/events")
    left += ("split.csv",)
    for name in left:
        (folder.path / name).write_text("old")
    folder.begin({**CONFIG, "seed": 1}, overwrite=True)
    assert [entry.name for entry in folder.path.iterdir()] == ["config.yaml"]
    assert folder.config()["seed"] == 1


def test_an_interrupted_run_keeps_what_it_is_resumed_from(folder):
    folder.begin(CONFIG, overwrite=False)
    folder.last_checkpoint.write_text("state")
    folder.curves.write_text("{}")
    folder.begin(CONFIG, overwrite=False)
    assert folder.last_checkpoint.read_text() == "state"
    assert folder.curves.read_text() == "{}"


def test_what_failed_before_its_first_checkpoint_claims_nothing(folder):
    folder.begin(CONFIG, overwrite=False)
    folder.curves.write_text("{}")
    (folder.path / "tensorboard").mkdir()
    folder.fail("no such folder")
    corrected = {**CONFIG, "seed": 1}
    folder.begin(corrected, overwrite=False)
    assert folder.config() == corrected
    assert [entry.name for entry in folder.path.iterdir()] == ["config.yaml"]


def test_a_checkpoint_without_a_record_is_nothing_to_go_on_from(folder):
    begun(folder, record())
    (folder.path / "config.yaml").unlink()
    folder.begin(record(), overwrite=False)
    assert folder.config() == record()
    assert not folder.last_checkpoint.exists()


def test_a_finished_run_without_a_record_is_told(folder):
    folder.begin(record(), overwrite=False)
    finish(folder)
    (folder.path / "config.yaml").unlink()
    with pytest.raises(UserError, match=r"config\.yaml can't be read \(No such file"):
        folder.begin(record(), overwrite=False)


def test_a_folder_deleted_under_a_run_gets_its_record_back_and_says_so(folder):
    folder.begin(CONFIG, overwrite=False)
    folder.record_anew(CONFIG)  # it is there
    (folder.path / "config.yaml").unlink()
    with pytest.raises(UserError, match="was deleted while the run was made"):
        folder.record_anew(CONFIG)
    assert folder.config() == CONFIG


def test_a_checkpoint_is_something_to_lose(folder):
    folder.begin(CONFIG, overwrite=False)
    folder.last_checkpoint.write_text("state")
    with pytest.raises(UserError, match="seed 0 → 1"):
        folder.begin({**CONFIG, "seed": 1}, overwrite=False)


def test_a_second_process_is_kept_out_and_told_of_the_first(folder):
    told = rf"{folder.path} is in use by process {os.getpid()} on .*: wait for it, then"
    with folder.lock(wait=False), pytest.raises(InUse, match=told), folder.lock(wait=False):
        pytest.fail("two at once")
    with folder.lock(wait=False):
        pass


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\0garbage", "config.yaml can't be read"),
        ("{data: [", "config.yaml can't be read"),
        ("just words", "config.yaml holds no configuration"),
        ("", "config.yaml holds no configuration"),
    ],
)
def test_a_damaged_record_is_told_where_there_is_something_to_lose(folder, content, told):
    begun(folder, record())
    file = folder.path / "config.yaml"
    file.write_text(content)
    with pytest.raises(UserError, match=f"{told}.*overwrite=true"):
        folder.begin(record(), overwrite=False)
    folder.last_checkpoint.unlink()
    folder.begin(record(), overwrite=False)
    assert folder.config() == record()


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("metrics.json", b'{"format": 1, "test', "metrics.json can't be read"),
        ("metrics.json", b'{"format": 1}', "metrics.json lacks test/accuracy, test/f1_macro"),
        ("metrics.json", b"[]", "format None"),
        ("predictions.npz", b"PK\x03\x04", "predictions.npz can't be read"),
        ("predictions.npz", None, "predictions.npz can't be read \\(No such file"),
    ],
)
def test_a_run_that_cannot_be_read_is_not_finished_before(folder, file, content, told):
    folder.begin(CONFIG, overwrite=False)
    finish(folder)
    path = folder.path / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(UserError, match=f"{told}.*: run that member anew with overwrite=true"):
        folder.begin(CONFIG, overwrite=False)


def test_a_note_that_has_no_room_stays_empty(folder, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder.begin(CONFIG, overwrite=False)
    monkeypatch.setattr(run_folder, "write_text", full)
    folder.fail("no space")
    assert folder.error == ""


def test_a_failure_of_a_finished_run_leaves_its_metrics(folder):
    folder.begin(CONFIG, overwrite=False)
    finish(folder)
    folder.fail("no space left")
    assert folder.is_finished
    assert folder.error == "no space left"


# What is the same configuration.


def record() -> dict[str, Any]:
    """What a run of today writes of itself."""
    return asdict(configured("method=improved"))


def older(record: dict[str, Any], *absent: str) -> dict[str, Any]:
    """The same without keys that were not there yet."""
    for key in absent:
        *groups, last = key.split(".")
        holder = record
        for group in groups:
            holder = holder[group]
        del holder[last]
    return record


def begun(folder: RunFolder, record: dict[str, Any]) -> None:
    """A record as an earlier version left it."""
    folder.path.mkdir(parents=True)
    (folder.path / "config.yaml").write_text(yaml.safe_dump(record))
    folder.last_checkpoint.write_text("state")


def test_a_record_that_lacks_a_key_counts_as_having_its_neutral_value(folder):
    neutral = neutral_values()
    full = flatten(record())
    absent = [key for key, value in neutral.items() if full[key] == value]
    assert {"method.mix", "method.lr", "method.ema", "optim.nesterov"} <= set(absent)
    begun(folder, older(record(), *absent))
    folder.begin(record(), overwrite=False)
    assert folder.config() == record()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("method.mix", "cutmix", "method.mix none → cutmix"),
        ("method.lr", 0.1, r"method\.lr None → 0\.1"),
        ("data.mirror", False, "data.mirror True → False"),
    ],
)
def test_what_differs_from_the_neutral_value_is_another_run(folder, key, value, told):
    begun(folder, older(record(), key))
    group, _, last = key.rpartition(".")
    changed = record()
    changed[group][last] = value
    with pytest.raises(UserError, match=told):
        folder.begin(changed, overwrite=False)


def test_a_key_without_a_neutral_value_must_be_in_the_record(folder):
    begun(folder, older(record(), "optim.lr"))
    with pytest.raises(UserError, match=r"config.yaml is cut short, it lacks optim\.lr: run that"):
        folder.begin(record(), overwrite=False)


def test_names_that_were_in_use_before_mean_the_same(folder):
    before = record()
    before["method"]["augment"] = "report"
    begun(folder, before)
    folder.begin(record(), overwrite=False)
    changed = record()
    changed["method"]["augment"] = "corrected"
    begun(other := RunFolder(folder.path.with_name("seed=1")), before)
    with pytest.raises(
        UserError, match=r"\(method\.augment fig7 → corrected\): choose another name"
    ):
        other.begin(changed, overwrite=False)


def test_every_difference_is_named(folder):
    begun(folder, record())
    changed = record() | {"seed": 7}
    changed["data"]["ratio"] = 0.5
    with pytest.raises(UserError, match=r"\(data\.ratio 1\.0 → 0\.5, seed 0 → 7\)"):
        folder.begin(changed, overwrite=False)


@pytest.mark.parametrize("key", FREE_KEYS)
def test_where_and_how_fast_may_differ(folder, key):
    begun(folder, record())
    changed = record()
    group, _, last = key.rpartition(".")
    (changed[group] if group else changed)[last] = "other"
    folder.begin(changed, overwrite=False)
    assert flatten(folder.config())[key] == "other"


def test_a_finished_runs_record_stays_as_it_was_written(folder):
    before = older(record(), "method.mix")
    begun(folder, before)
    finish(folder)
    folder.begin(record(), overwrite=False)
    assert folder.config() == before


def test_a_new_attempt_clears_the_old_failure(folder):
    folder.fail("no such file")
    assert folder.error == "no such file"
    folder.begin(CONFIG, overwrite=False)
    assert folder.error is None


def test_find_runs_lists_started_and_failed_ones(folder, tmp_path):
    folder.begin(CONFIG, overwrite=False)
    other = RunFolder(folder.path.with_name("seed=1"))
    other.fail("why not")
    (folder.path.with_name("seed=2")).mkdir()
    assert find_runs(tmp_path / "a") == [folder, other]
