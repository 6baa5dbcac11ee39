"""A classifier of a checkpoint alone."""

import shutil

import pytest
import torch

from ltlight.errors import UserError
from ltlight.training.classifier import LongTailClassifier
from tests.commands import SHORT, run_here, run_of
from tests.parts import quick_runs


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("run")
    with quick_runs():
        done = run_here(*SHORT, "data.ratio=0.1", "method=ldam", "name=a", cwd=root)
    assert done.returncode == 0, done.stderr
    return run_of(root, "a", "0.1", "ldam")


def logits_of_test(model: LongTailClassifier, images: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(images.float() / 127.5 - 1)


def test_it_says_what_the_run_was_tested_to_say(finished, digit_sets, tmp_path):
    moved = shutil.copy(finished.model_checkpoint, tmp_path)  # the file alone is enough
    model = LongTailClassifier.load_from_checkpoint(moved)
    assert not model.training
    assert model.class_counts == finished.metrics()["class_counts"]
    images = torch.from_numpy(digit_sets[1].images[:20])
    expected = torch.from_numpy(finished.predictions()["logits"][:20])
    torch.testing.assert_close(logits_of_test(model, images), expected, rtol=1e-4, atol=1e-4)
    assert model.record["class_names"] == [str(c) for c in range(10)]
    assert model.record["config"]["method"]["loss"] == "ldam"


def test_one_of_before_is_completed_by_its_run_folder(finished, tmp_path):
    old = torch.load(finished.model_checkpoint, weights_only=True)
    del old["ltlight"]
    folder = tmp_path / "seed=0"
    shutil.copytree(finished.path, folder)
    torch.save(old, folder / "model.ckpt")
    model = LongTailClassifier.load_from_checkpoint(folder / "model.ckpt")
    torch.testing.assert_close(model.state_dict(), old["state_dict"])
    torch.save(old, tmp_path / "alone.ckpt")
    with pytest.raises(UserError, match="doesn't carry its configuration"):
        LongTailClassifier.load_from_checkpoint(tmp_path / "alone.ckpt")


def test_with_the_constructor_s_arguments_as_lightning_does(finished):
    whole = LongTailClassifier.load_from_checkpoint(finished.model_checkpoint)
    parts = {
        name: getattr(whole, name)
        for name in ("loss", "optimizer", "predictor", "class_counts", "seed")
    }
    again = LongTailClassifier.load_from_checkpoint(
        finished.model_checkpoint, net=whole.net, validation_is_test=True, **parts
    )
    torch.testing.assert_close(again.state_dict(), whole.state_dict())


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_what_is_no_checkpoint_is_told(tmp_path, content):
    (tmp_path / "x.ckpt").write_bytes(content)
    with pytest.raises(UserError, match="is not a checkpoint of ltlight"):
        LongTailClassifier.load_from_checkpoint(tmp_path / "x.ckpt")
    with pytest.raises(UserError, match="is not a checkpoint of ltlight"):
        LongTailClassifier.load_from_checkpoint(tmp_path / "absent.ckpt")
