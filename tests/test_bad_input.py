"""What a user can mend is said in one line, at once, and the exit status isn't 0."""

import pytest
import torch

from tests.commands import TINY, ltlight, run_here

BAD_COMMANDS = {
    "not a number": (["data.ratio=abc"], "data.ratio"),
    "zero": (["data.ratio=0"], "data.ratio=0.0 must be above 0"),
    "class without images": (["data.ratio=0.0001"], "leaves class 6, 7, 8, 9 without images"),
    "unknown method": (["method=magic"], "baseline"),
    "unknown data": (["data=imagenet"], "cifar50"),
    "unquoted path": (["model.checkpoint=a/seed=0/model.ckpt"], "quote a value that holds ="),
    "unknown key": (["data.ratoi=0.1"], "ratoi"),
    "no root": (["data=folder"], "data.root is not set"),
    "absent root": (["data=folder", "data.root=nowhere"], "data.root=nowhere is not a folder"),
    "unfit weights": (["model.checkpoint={checkpoint}"], "doesn't fit the model"),
    "endless loss": (["optim.lr=100"], "the loss is not finite at epoch 0, step"),
    "unreadable picture": (["data=folder", "data.root={broken}"], "001.png"),
}


@pytest.fixture
def files(tmp_path, request) -> dict[str, object]:
    """What the commands name: weights of another network, a tree with a file cut short."""
    checkpoint, broken = tmp_path / "model.ckpt", None
    torch.save({"state_dict": {"net.feature.0.weight": torch.zeros(1)}}, checkpoint)
    if "unreadable picture" in request.node.name:
        broken = request.getfixturevalue("digit_tree")
        picture = broken / "train" / "3" / "001.png"
        picture.write_bytes(picture.read_bytes()[:60])
    return {"checkpoint": checkpoint, "broken": broken}


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_bad_input_is_one_clear_line(tmp_path, files, case):
    overrides, expected = BAD_COMMANDS[case]
    done = run_here(*TINY, *(o.format(**files) for o in overrides), cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert expected in line


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_gpu_that_is_not_there(tmp_path):
    done = run_here(*TINY, "trainer=gpu", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "error: trainer.accelerator=gpu, but there is no GPU here: take trainer=cpu"
    )


def test_a_typing_error_does_not_wait_for_torch(tmp_path, monkeypatch):
    """In a process, which tells every import on the standard error."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    done = ltlight("data.ratio=abc", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip() for line in lines}
    assert "hydra" in imported
    assert not imported & {"torch", "lightning", "matplotlib"}


def test_a_configuration_is_printed_of_one_run_not_of_a_sweep(tmp_path):
    done = run_here("-m", "seed=0,1", "--cfg", "job", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: Only one of --")
    assert "Traceback" not in done.stderr


def test_a_key_without_effect_is_refused_alone_and_warned_of_once_in_a_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr("ltlight.training.run.run_experiment", lambda config, folder: None)
    vain = "method.focal_gamma=2 has no effect here: it takes method.loss=focal; or leave it out"
    alone = run_here(*TINY, "method.focal_gamma=2", cwd=tmp_path)
    assert alone.returncode == 1
    assert alone.stderr.strip() == f"error: {vain}"
    members = ("method=baseline,focal", "seed=0,1", "method.focal_gamma=2")
    sweep = run_here("-m", *TINY, *members, "name=many", cwd=tmp_path)
    assert (sweep.stdout + sweep.stderr).count("has no effect") == 1
    assert f"method=baseline: {vain}" in sweep.stdout + sweep.stderr
    unused = ("method=label_aware_smoothing", "method.loss=cross_entropy")
    preset = run_here(*TINY, *unused, cwd=tmp_path)  # its file sets method.smoothing_head
    assert preset.returncode == 0, preset.stderr
