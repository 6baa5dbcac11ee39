import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ltlight.rerun import beside, compared, differences
from ltlight.runs.recorded import recorded_config
from ltlight.runs.run_folder import RunFolder
from tests.commands import SHORT, run_here, run_of
from tests.parts import configured

CRT = ("method=crt", "method.second_stage_epochs=1", "data.ratio=0.1")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Where a run was made, and made again by the command that its record allows."""
    root = tmp_path_factory.mktemp("made")
    done = run_here(*SHORT, *CRT, "name=one", cwd=root)
    assert done.returncode == 0, done.stderr
    return root


def test_a_run_made_again_from_its_record_is_the_same_to_the_bit(made):
    run = run_of(made, "one", "0.1", "crt")
    done = run_here("--rerun", str(run.path), cwd=made)
    assert done.returncode == 0, done.stderr
    again = run_of(made, "one_rerun", "0.1", "crt")
    line = done.stdout.splitlines()[-1]
    assert line.endswith(f"is the same as {run.path} to the bit: 540 images")
    np.testing.assert_array_equal(run.predictions()["logits"], again.predictions()["logits"])
    assert again.config() == run.config()
    assert again.metrics()["second_stage/steps"] == run.metrics()["second_stage/steps"]
    repeated = run_here("--rerun", str(run.path), cwd=made)  # nothing is trained again
    assert repeated.stdout == line + "\n"


def test_what_is_not_the_same_is_told_with_what_differs(made, tmp_path):
    run = run_of(made, "one", "0.1", "crt")
    other = RunFolder(tmp_path)
    arrays = run.predictions() | {"logits": run.predictions()["logits"] + np.float32(0.5)}
    np.savez(other.path / "predictions.npz", **arrays)
    metrics = run.metrics()
    metrics |= {"threads": 7, "versions": metrics["versions"] | {"torch": "0.1"}}
    (other.path / "metrics.json").write_text(json.dumps(metrics))
    equal, text = compared(run, other)
    assert not equal
    assert "logits differ by up to 0.5" in text
    assert re.search(r"threads \d+ → 7; torch \S+ → 0\.1$", text)
    np.savez(
        other.path / "predictions.npz", **arrays | {k: arrays[k][:5] for k in ("targets", "logits")}
    )
    assert compared(run, other)[1].endswith("their files changed")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rerun", "nowhere"], "error: nowhere holds no finished run"),
        (["--rerun=RUN", "--into", "RUN"], "is the run itself: name another folder"),
    ],
)
def test_what_cannot_be_made_again_is_refused_in_a_line(arguments, told, made):
    run = str(run_of(made, "one", "0.1", "crt").path)
    done = run_here(*(a.replace("RUN", run) for a in arguments), cwd=made)
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_of_levels_is_made_beside_the_runs_of_its_name(tmp_path):
    config = replace(configured(), name="mine")
    run = tmp_path / "anywhere/digits/ratio=0.1/method=x/fold=2/seed=0"
    assert beside(run, config) == Path("outputs/mine_rerun/digits/ratio=0.1/method=x/fold=2/seed=0")
    with pytest.raises(Exception, match="give --into FOLDER"):
        beside(tmp_path / "elsewhere", config)


def test_what_a_training_started_from_is_in_the_record(made, tmp_path):
    folder = RunFolder(tmp_path)
    config = configured("model.checkpoint=weights.ckpt")
    folder.begin(asdict(config), overwrite=False)
    assert recorded_config(folder).model.checkpoint is None
    assert recorded_config(folder, as_trained=True).model.checkpoint == "weights.ckpt"


def test_equal_records_differ_in_nothing():
    record = {"threads": 1, "versions": {"torch": "2"}}
    assert list(differences(record, record)) == []
