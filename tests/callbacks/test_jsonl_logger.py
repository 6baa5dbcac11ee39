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


def test_what_a_resumed_run_logs_again_takes_the_place_of_its_earlier_line(tmp_path):
    file = tmp_path / "curves.jsonl"
    first = JsonlLogger(file)
    for epoch, loss in ((1, 0.5), (2, 0.4), (3, 0.3)):
        first.log_metrics({"train/loss": loss}, step=epoch)
    with file.open("a") as lines:
        lines.write('{"epoch": 4, "train/lo')  # a kill
    resumed = JsonlLogger(file)
    for epoch, loss in ((2, 0.4), (3, 0.25), (4, 0.2)):
        resumed.log_metrics({"train/loss": loss}, step=epoch)
    resumed.log_metrics({"test/accuracy": 0.5}, step=4)
    resumed.save()
    assert [(e["epoch"], e.get("train/loss")) for e in read(file)] == [
        (1, 0.5),
        (2, 0.4),
        (3, 0.25),
        (4, 0.2),
        (4, None),
    ]
    assert [entry.name for entry in tmp_path.iterdir()] == ["curves.jsonl"]


def test_lines_that_an_earlier_version_doubled_are_there_once(tmp_path):
    file = tmp_path / "curves.jsonl"
    file.write_text('{"epoch": 1, "train/loss": 0.5}\n' * 2)
    JsonlLogger(file).log_metrics({"train/loss": 0.4}, step=2)
    assert [entry["epoch"] for entry in read(file)] == [1, 2]


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
