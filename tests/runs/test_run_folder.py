import json

import numpy as np
import pytest

from ltlight.errors import UserError
from ltlight.runs.run_folder import RunFolder, find_runs

CONFIG = {"name": "a", "seed": 0, "data": {"ratio": 0.1, "root": None}, "trainer": {"devices": 1}}
LOGITS = np.eye(3, dtype=np.float32)


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    return RunFolder(tmp_path / "a" / "digits" / "ratio=0.1" / "method=baseline" / "seed=0")


def finish(folder: RunFolder) -> None:
    figures = {"test/accuracy": 0.5, "test/recall_few": float("nan")}
    folder.finish(figures, np.arange(3), LOGITS, np.array([5, 3, 1]))


def test_what_is_written_is_read_back(folder):
    folder.begin(CONFIG, overwrite=False)
    assert not folder.is_finished
    finish(folder)
    assert folder.is_finished
    assert folder.config() == CONFIG
    assert folder.metrics() == {"format": 1, "test/accuracy": 0.5, "test/recall_few": None}
    arrays = folder.predictions()
    np.testing.assert_array_equal(arrays["logits"], LOGITS)
    assert arrays["class_counts"].tolist() == [5, 3, 1]


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
    folder.begin({**CONFIG, "seed": 1}, overwrite=True)
    assert not folder.is_finished
    assert folder.config()["seed"] == 1


def test_a_new_attempt_clears_the_old_failure(folder):
    folder.fail("no such file")
    assert folder.error == "no such file"
    folder.begin(CONFIG, overwrite=False)
    assert folder.error is None


def test_other_formats_and_damage_are_told(folder):
    folder.begin(CONFIG, overwrite=False)
    metrics = folder.path / "metrics.json"
    metrics.write_text(json.dumps({"format": 0}))
    with pytest.raises(UserError, match="format 0, this version reads 1"):
        folder.metrics()
    metrics.write_text('{"format": 1, "test/acc')
    with pytest.raises(UserError, match="can't be read"):
        folder.metrics()


def test_find_runs_lists_started_and_failed_ones(folder, tmp_path):
    folder.begin(CONFIG, overwrite=False)
    other = RunFolder(folder.path.with_name("seed=1"))
    other.fail("why not")
    (folder.path.with_name("seed=2")).mkdir()
    assert find_runs(tmp_path / "a") == [folder, other]
