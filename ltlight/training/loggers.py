"""Where the metrics of a run are logged: the run folder, and the trackers of a configuration."""

import os
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import lightning as L
from lightning.pytorch.loggers import MLFlowLogger, TensorBoardLogger, WandbLogger
from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from ltlight.callbacks.csv_logger import CsvLogger
from ltlight.callbacks.jsonl_logger import JsonlLogger
from ltlight.callbacks.tracker import Tracker
from ltlight.config.schema import Config
from ltlight.errors import UserError, shown
from ltlight.runs.records import flatten
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.swept import swept

# MLflow asks a silent server eight times in four minutes: a start should say so sooner.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
# What is shown of a run beside its metrics; of a member of a sweep TensorBoard shows what is swept.
TOLD_APART_BY = (
    "data.name",
    "data.ratio",
    "method.",
    "model.width",
    "optim.",
    "seed",
    "trainer.max_epochs",
    "trainer.precision",
)
# TensorBoard's HParams tab opens with the first five metrics.
FIRST = ("balanced_accuracy", "accuracy", "f1_macro", "recall_many", "recall_few")


def build_loggers(config: Config, folder: RunFolder) -> list[Logger]:
    """`curves.jsonl`, which the report reads, and what ``logger=…`` adds.

    Raises:
        UserError: for a tracker that isn't installed or doesn't answer.
    """
    chosen, loggers = config.logger, list[Logger]()
    if chosen.tensorboard:
        loggers.append(
            TensorBoardLogger(folder.path, name="", version="tensorboard", default_hp_metric=False)
        )
    loggers.append(JsonlLogger(folder.curves))
    if chosen.csv:
        loggers.append(CsvLogger(folder))
    if chosen.mlflow:
        loggers.append(_mlflow(config, folder))
    if chosen.wandb:
        loggers.append(_wandb(config, folder))
    return loggers


def _mlflow(config: Config, folder: RunFolder) -> Tracker:
    uri = config.logger.mlflow_uri
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        logger = MLFlowLogger(
            experiment_name=config.name,
            run_name=_named(folder),
            tracking_uri=uri,
            run_id=folder.tracked_as("mlflow"),
        )
    except ModuleNotFoundError as e:
        raise UserError(_absent("mlflow")) from e
    try:
        folder.track_as("mlflow", str(logger.run_id))  # asks the server
    except Exception as e:
        raise UserError(
            f"logger.mlflow_uri={shown(uri)} can't be tracked to ({str(e).splitlines()[0]}): start "
            "that server (mlflow server), name another one, or leave out logger=mlflow"
        ) from e
    return Tracker(logger, "logger=mlflow")


def _wandb(config: Config, folder: RunFolder) -> Tracker:
    known = folder.tracked_as("wandb") or uuid4().hex[:16]
    try:
        logger = WandbLogger(
            name=_named(folder), save_dir=folder.path, id=known, project=config.logger.wandb_project
        )
        import wandb
    except ModuleNotFoundError as e:
        raise UserError(_absent("wandb")) from e
    folder.track_as("wandb", known)
    return Tracker(logger, "logger=wandb", wandb.finish)


def _named(folder: RunFolder) -> str:
    """How a tracker's table calls a run: its place in the sweep."""
    return "/".join(part for part in folder.path.parts if "=" in part) or folder.path.name


def _absent(name: str) -> str:
    return (
        f"logger={name} needs {name}, which is an extra: in the checkout of ltlight, "
        f"pip install --editable '.[{name}]'"
    )


@rank_zero_only
def log_final(trainer: L.Trainer, config: Config, metrics: dict[str, Any]) -> None:
    """Show the run with its final metrics in the tables of TensorBoard (HParams) and of trackers.

    Args:
        trainer: of the run.
        config: of the run, of which it is shown what is `distinguishing`.
        metrics: the content of `metrics.json`, of which ``test/…`` is shown.
    """
    hyperparameters = distinguishing(config)
    tested = {k[5:]: v for k, v in metrics.items() if k.startswith("test/") and v is not None}
    order = [name for name in (*FIRST, *tested) if name in tested]
    final = {f"final/{name}": tested[name] for name in order if tested[name] == tested[name]}
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            # Its tab ticks what it is given: of a sweep, what tells the members apart and no more.
            varied = swept(flatten(asdict(config)))
            logger.log_hyperparams(varied or hyperparameters, final)
        elif isinstance(logger, Tracker):
            logger.log_hyperparams(hyperparameters)
            logger.log_metrics(final, trainer.current_epoch)
            logger.finalize("success")


def distinguishing(config: Config) -> dict[str, Any]:
    """What tells the members of a sweep apart, by dotted key; see `TOLD_APART_BY`."""
    flat = flatten(asdict(config))
    return {key: value for key, value in flat.items() if key.startswith(TOLD_APART_BY)}


def close_loggers(trainer: L.Trainer) -> None:
    """End the runs of trackers that would take the next run of this process for the same."""
    for logger in trainer.loggers:
        if isinstance(logger, Tracker):
            logger.close()
