"""A run of a sweep that is trained with others: built, finished and recorded."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import lightning as L
from lightning.pytorch.loggers import Logger
from torch import Tensor

from ltlight.config.schema import Config
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.loader import TensorLoader
from ltlight.data.split_table import COLUMNS, split_rows
from ltlight.metrics.binary import positive_class
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import SELECT_BY, held_out_metrics
from ltlight.training.build import apply_second_stage, method_callbacks
from ltlight.training.build_data import Images, module_of
from ltlight.training.build_model import build_model
from ltlight.training.checkpoint_io import VerifiedCheckpointIO
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.doubts import say_doubts
from ltlight.training.final_scores import HeldOut, final_scores
from ltlight.training.heads import evaluate
from ltlight.training.heads.loop import Fit, Log, Spent
from ltlight.training.heads.second_stage import plain_training
from ltlight.training.loggers import build_loggers, log_final
from ltlight.training.net_memory import device_of
from ltlight.training.record import facts, record, tested_logits


@dataclass
class Member:
    """A run with its parts.

    Attributes:
        config: of the run.
        folder: that it is recorded in.
        model: to be trained.
        data: to train and test on.
        setup: seconds that it took to build them.
        best: the network at the best epoch on held-out images; None: there are none.
        loggers: of the run, when it has been trained.
    """

    config: Config
    folder: RunFolder
    model: LongTailClassifier
    data: LongTailDataModule
    setup: float
    best: dict[str, Tensor] | None = None
    loggers: Sequence[Logger] = ()
    _best_score: float = field(default=float("-inf"), repr=False)

    def batches(self) -> TensorLoader:
        """What it is trained on."""
        return _without_threads(self.data.train_dataloader())

    def evaluation(self) -> Callable[[], dict[str, float]]:
        """Scores of its network at hand, the best of which on held-out images is kept."""
        watched = _without_threads(self.data.val_dataloader())

        def scores() -> dict[str, float]:
            found = evaluate.validate(self.model, watched)
            if found.get(SELECT_BY, float("-inf")) > self._best_score:
                self._best_score = found[SELECT_BY]
                self.best = {k: v.clone() for k, v in self.model.net.state_dict().items()}
            return found

        return scores

    def finish(self, log: Log, spent: Spent, together: int) -> None:
        """Second stage, test and record of a trained member.

        Args:
            log: of its training.
            spent: by all members that were trained with it.
            together: their number.
        """
        self.folder.curves.unlink(missing_ok=True)  # of an attempt that was cut off
        self.loggers = build_loggers(self.config, self.folder)
        self._log(log)
        if self.best is not None:
            self.model.net.load_state_dict(self.best)
        found = held_out_metrics(self.folder)
        second = apply_second_stage(
            self.config, self.model, self.data, make_training=plain_training
        )
        if second and self.data.val_set is not None:  # what was chosen by is not what is kept
            found = evaluate.validate(self.model, self.data.val_dataloader())
            self._log([(self.current_epoch, found)])
        kept, started = evaluate.held_out(self.model, self.data), time.perf_counter()
        tested = evaluate.test(self.model, self.data)
        self._log([(self.current_epoch, tested)])
        times = {"seconds/setup": self.setup, "seconds/test": time.perf_counter() - started}
        metrics = tested | found | second | times | self._shares(spent, second, together)
        metrics |= facts(self.model, self.data, self.model.device)
        self._save(spent.steps)
        self._record(metrics, kept)

    def _shares(
        self, spent: Spent, second: dict[str, float], together: int
    ) -> dict[str, float | None]:
        """Steps and seconds; those of the first stage are its share of all members'."""
        epochs, seconds = self.config.trainer.max_epochs, spent.training / together
        seen = min(spent.steps * self.data.batch_size, epochs * self.data.sampler.num_draws)
        return {
            "epochs": epochs,
            "steps": spent.steps,
            "seconds/train": seconds + second.get("second_stage/seconds", 0.0),
            "seconds/validate": spent.evaluation / together,
            "images_per_second": seen / seconds if seconds > 0 else None,
            "trained_together": together,
        }

    def _record(self, metrics: dict[str, Any], kept: HeldOut | None) -> None:
        """Write what there is of the run, the scores of its logits added."""
        logits, names = tested_logits(self.model), self.data.train_set.class_names
        positive = positive_class(self.config.data.positive_class, names, self.data.class_counts)
        metrics |= final_scores(logits, self.data.test_set, positive, kept)
        record(self.folder, self.model, self.data, metrics, kept)
        trainer: Any = self
        log_final(trainer, self.config, metrics)
        for logger in self.loggers:
            logger.finalize("success")

    def _log(self, log: Log) -> None:
        """Curves and scalars; TensorBoard's pictures are left out, the page has its own."""
        for logger in self.loggers:
            for epoch, metrics in log:
                logger.log_metrics(metrics, epoch)

    def _save(self, steps: int) -> None:
        """The weights that were tested, as Lightning saves weights alone."""
        checkpoint: dict[str, Any] = {
            "epoch": self.config.trainer.max_epochs,
            "global_step": steps,
            "pytorch-lightning_version": L.__version__,
            "state_dict": self.model.state_dict(),
        }
        self.model.on_save_checkpoint(checkpoint)
        VerifiedCheckpointIO().save_checkpoint(checkpoint, self.folder.model_checkpoint)

    @property
    def current_epoch(self) -> int:
        """Epochs of the training: to its loggers a member is the trainer."""
        return self.config.trainer.max_epochs


def fit_of(members: Sequence[Member], batches: TensorLoader) -> Fit:
    """The one training of members that differ in what comes after it only.

    Until it is over they share a network, that of the first; see `part`.
    """
    first = members[0]
    for member in members[1:]:
        member.model.net = first.model.net
    return Fit(
        first.model,
        batches,
        method_callbacks(first.config.method),
        [member.evaluation() for member in members],
        [[] for _ in members],
    )


def part(members: Sequence[Member]) -> None:
    """Give each a network of its own again, when the training that they share is over."""
    for member in members[1:]:
        member.model.net = copy.deepcopy(member.model.net)


def _without_threads(loader: TensorLoader) -> TensorLoader:
    loader.prefetching = False  # the other core has groups of its own
    return loader


def built(config: Config, folder: RunFolder, images: Images) -> Member:
    """A run built as `run_experiment` builds it, on images that others may use as well.

    Raises:
        UserError: for parts that don't go with these images.
    """
    started = time.perf_counter()
    device = device_of(config.trainer)
    L.seed_everything(config.seed, verbose=False)
    data = module_of(config, images)
    data.device = device
    say_doubts(config)
    rows = split_rows(data.train_set, data.val_set, data.test_set)
    if rows is not None:
        folder.save_split(COLUMNS, rows)
    model = build_model(config, data).to(device)
    return Member(config, folder, model, data, time.perf_counter() - started)
