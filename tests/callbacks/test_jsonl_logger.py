import json
from pathlib import Path

import torch
from lightning import Trainer
from torch import nn

from ltlight.callbacks.jsonl_logger import JsonlLogger
from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from tests.parts import classifier, digits_module


def read(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_line_an_epoch_without_what_is_unknown(tmp_path):
    logger = JsonlLogger(tmp_path / "curves.jsonl")
    logger.log_metrics({"train/loss": 0.5, "epoch": 0}, step=1)
    logger.log_metrics({"test/accuracy": 0.25, "test/recall_few": float("nan"), "epoch": 0}, step=1)
    assert read(logger.file) == [
        {"epoch": 1, "train/loss": 0.5},
        {"epoch": 1, "test/accuracy": 0.25},
    ]


def test_hyperparameters_have_a_file_of_their_own(tmp_path):
    logger = JsonlLogger(tmp_path / "curves.jsonl")
    logger.log_hyperparams({"lr": 1})
    assert not logger.file.exists()
    assert (logger.name, logger.version) == ("curves", 0)


def test_earlier_lines_stay_when_a_run_is_resumed(tmp_path):
    for _ in range(2):
        JsonlLogger(tmp_path / "curves.jsonl").log_metrics({"train/loss": 0.5}, step=1)
    assert len(read(tmp_path / "curves.jsonl")) == 2


def test_a_fit_leaves_the_curves_that_the_report_reads(digit_sets, tmp_path):
    data = digits_module(digit_sets, "data.ratio=0.02")
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))
    model = classifier(net, data.class_counts.tolist(), "optim.lr=0.01")
    folder = RunFolder(tmp_path)
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=2,
        check_val_every_n_epoch=2,
        logger=JsonlLogger(folder.curves),
        log_every_n_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, datamodule=data)
    curves = read_curves(folder)
    assert list(curves) == [1, 2]
    assert "test/accuracy" not in curves[1]
    last = trainer.callback_metrics
    for name in ("train/loss", "train/accuracy", "test/accuracy", "test/f1_macro"):
        assert curves[2][name] == last[name].item()
