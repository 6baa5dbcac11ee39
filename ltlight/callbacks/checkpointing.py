"""Where an interrupted training goes on: saved by epochs, by time, and when it is asked to stop.

It is saved at the end of a step, in the middle of an epoch as well: what the epoch has added up so
far, the place of the loader and the states of all generators are saved with the weights, so that
the rest of the training is the same to the bit.
"""

import time
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.trainer.states import TrainerFn

from ltlight import interruption
from ltlight.callbacks.jsonl_logger import JsonlLogger
from ltlight.interruption import Interrupted

PLACE = "ltlight_place"  # key of a checkpoint: where in an epoch it is, of every process
# Batches after which several processes ask each other for signals and for the time: it makes the
# host wait for the device.
AGREED_EVERY = 10
WORTH_SAVING = 10.0  # seconds of training at its end that are not trained again for nothing


class LastCheckpoint(Checkpoint):
    """Saves a training where it can be resumed to the same end.

    In the middle of an accumulation of gradients, which no checkpoint holds, it waits for the step.
    """

    def __init__(self, path: Path, every_n_epochs: int, minutes: float) -> None:
        """Wait for a training.

        Args:
            path: of the checkpoint.
            every_n_epochs: that end between two of them at most.
            minutes: that pass between two of them at most.
        """
        self.path, self.every_n_epochs, self.seconds = path, every_n_epochs, 60 * minutes
        self._due = self._saving = self._after_last_batch = False
        self._saved_at = 0.0
        self._resumed: dict[str, Any] | None = None

    def setup(self, trainer: Trainer, pl_module: Any, stage: str) -> None:
        """Keep Lightning's handler of SIGTERM, which calls the handlers of before, to just that.

        Of several processes it broadcasts from within, which fails where another one has ended.
        """
        signals: Any = trainer._signal_connector
        signals._sigterm_notifier_fn = lambda *_: None

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Note signals from here on, and go back to the place of the checkpoint."""
        interruption.defer()
        self._saved_at = time.monotonic()
        self._due = self._after_last_batch = False
        place, self._resumed = self._resumed, None
        if place is not None and place["epoch"] == trainer.current_epoch:
            pl_module.on_train_epoch_start()  # which Lightning leaves out within an epoch
            state = place["processes"][trainer.global_rank]
            if place["after_last_batch"]:
                # An epoch may be cut short (trainer.limit_batches): the loader has further ones.
                state["loader"]["batches"] = len(_loader(trainer))
                self._after_last_batch = True
            _restore(trainer, pl_module, state)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        """A new epoch: its batches are all to come."""
        self._after_last_batch = False

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save where it is time, and stop where a signal asks for it."""
        self._after_last_batch = trainer.is_last_batch
        if trainer.fit_loop._should_accumulate():
            return
        signum, timed_out = self._agreed(trainer, batch_idx, trainer.is_last_batch)
        if signum or timed_out or self._due:
            self._save(trainer)
        if signum:
            self._stop(trainer, signum)

    def on_validation_batch_end(
        self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, *_: Any
    ) -> None:
        """Stop in the middle of an evaluation too, which is then done anew."""
        if trainer.state.fn != TrainerFn.FITTING:
            return
        signum, _timed_out = self._agreed(trainer, batch_idx, last=False)
        if signum:
            self._save(trainer)
            self._stop(trainer, signum)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Save after the next step, when the epoch is in the curves."""
        self._due = self._due or (trainer.current_epoch + 1) % self.every_n_epochs == 0

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Save what is trained, if it is much; then signals are raised where they come."""
        self._after_last_batch = False
        signum, _ = self._agreed(trainer, 0, last=True)
        if signum or self._due or time_since(trainer, self._saved_at) > WORTH_SAVING:
            self._save(trainer)
        interruption.defer_no_more()
        if signum:
            self._stop(trainer, signum)

    def on_exception(self, trainer: Trainer, pl_module: Any, exception: BaseException) -> None:
        """Signals are raised where they come again."""
        interruption.defer_no_more()

    def on_test_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Take the signals back from Lightning, whose handler only notes SIGTERM."""
        interruption.install()

    def on_predict_start(self, trainer: Trainer, pl_module: Any) -> None:
        """The same."""
        interruption.install()

    def on_validation_start(self, trainer: Trainer, pl_module: Any) -> None:
        """The same, of an evaluation on its own."""
        if trainer.state.fn != TrainerFn.FITTING:
            interruption.install()

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Save the place in the epoch of every process, and how many threads computed it."""
        if not self._saving:  # another callback's
            return
        place: dict[str, Any] = {"epoch": trainer.current_epoch, "threads": torch.get_num_threads()}
        place["after_last_batch"] = self._after_last_batch
        place["processes"] = _gathered(trainer, _state(trainer, pl_module))
        checkpoint[PLACE] = place
        if self._after_last_batch:
            _let_the_epoch_end(checkpoint["loops"]["fit_loop"])

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Keep the place until the training starts."""
        if trainer.state.fn == TrainerFn.FITTING:
            self._resumed = checkpoint.get(PLACE)

    def _agreed(self, trainer: Trainer, batch_idx: int, last: bool) -> tuple[int, bool]:
        """The signal that came to any process (0: none), and whether it is time to save."""
        told = [interruption.pending(), int(time.monotonic() - self._saved_at > self.seconds)]
        if trainer.world_size > 1:
            if batch_idx % AGREED_EVERY and not last:
                return 0, False
            tensor = torch.tensor(told, device=trainer.strategy.root_device)
            torch.distributed.all_reduce(tensor, torch.distributed.ReduceOp.MAX)
            told = tensor.tolist()
        return told[0], bool(told[1])

    def _save(self, trainer: Trainer) -> None:
        self._saving = True
        try:
            for logger in trainer.loggers:
                if isinstance(logger, JsonlLogger):
                    logger.save()  # the curves are on the disk before what goes on after them
            trainer.save_checkpoint(self.path)
        finally:
            self._saving = False
        self._due, self._saved_at = False, time.monotonic()

    def _stop(self, trainer: Trainer, signum: int) -> None:
        trainer.strategy.checkpoint_io.teardown()  # wait until it is written
        epochs = f"{trainer.current_epoch} of {trainer.max_epochs} epochs"
        progress: Any = trainer.fit_loop.epoch_loop.batch_progress.current
        within = f" and {progress.processed} of {trainer.num_training_batches} batches"
        if trainer.current_epoch == trainer.max_epochs:
            within = ""
        raise Interrupted(
            signum, f"saved after {epochs}{within} in {self.path}: the same command goes on there"
        )


def time_since(trainer: Trainer, moment: float) -> float:
    """Seconds since a moment by the clock of the first process, of which all are told."""
    passed: float = trainer.strategy.broadcast(time.monotonic() - moment)
    return passed


def _loader(trainer: Trainer) -> Any:
    """The loader that the training reads, see `ltlight.data.loader.TensorLoader`."""
    return trainer.train_dataloader


def _state(trainer: Trainer, model: Any) -> dict[str, Any]:
    """What this process needs to go on within an epoch, as tensors and plain values."""
    device = trainer.strategy.root_device
    return {
        "loader": _loader(trainer).place(),
        "sums": model.epoch_sums(),
        "generator": torch.get_rng_state(),
        "device_generator": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def _restore(trainer: Trainer, model: Any, state: dict[str, Any]) -> None:
    _loader(trainer).start_at(state["loader"])
    model.restore_epoch_sums(state["sums"])
    torch.set_rng_state(state["generator"].cpu())
    if state["device_generator"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["device_generator"].cpu(), trainer.strategy.root_device)


def _gathered(trainer: Trainer, state: dict[str, Any]) -> list[dict[str, Any]]:
    """The states of all processes, by rank: the first one writes them all."""
    if trainer.world_size == 1:
        return [state]
    states: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(states, state)
    return states


def _let_the_epoch_end(fit_loop: dict[str, Any]) -> None:
    """Have Lightning evaluate and end the epoch when it resumes after its last batch.

    It would take an epoch as ended whose last batch is done: its evaluation and its line in the
    curves would be missing. It goes on with an evaluation that was begun, and with an epoch in
    which it finds no further batch.
    """
    batches = fit_loop["epoch_loop.batch_progress"]
    for progress in (batches["total"], batches["current"]):
        progress["completed"] = progress["processed"]
    begun = {"ready": 1, "started": 1, "processed": 0, "completed": 0}
    evaluation = fit_loop["epoch_loop.val_loop.batch_progress"]
    evaluation.update(total=dict(begun), current=dict(begun), is_last_batch=False)
