"""The block of ltlight/README.md that uses the parts alone is run as it stands."""

import re

import lightning as L
import pytest

from tests.commands import REPOSITORY


@pytest.fixture
def block() -> str:
    text = (REPOSITORY / "ltlight" / "README.md").read_text()
    section = text.partition("## Use the parts alone\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return code


def test_the_parts_alone_train_somebody_s_own_module(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    losses = []

    class Watched(L.Trainer):
        """The block's own trainer, on the CPU, for a few batches and without a display."""

        def __init__(self, **options) -> None:
            quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
            super().__init__(
                accelerator="cpu", limit_train_batches=4, limit_val_batches=0, **quiet, **options
            )

        def fit(self, model, datamodule) -> None:
            step = type(model).training_step

            def watched(self, batch, index):
                loss = step(self, batch, index)
                losses.append(loss.item())
                return loss

            type(model).training_step = watched
            super().fit(model, datamodule=datamodule)
            assert datamodule.class_counts.tolist() == [120, 95, 75, 60, 47, 37, 30, 23, 19, 15]

    with monkeypatch.context() as patch:
        patch.setattr(L, "Trainer", Watched)
        exec(compile(block, "ltlight/README.md", "exec"), {"__name__": "__main__"})
    assert len(losses) == 4
    assert all(0 < loss < 20 for loss in losses)


def test_it_is_short(block):
    assert len([line for line in block.splitlines() if line.strip()]) <= 25
