"""The training of several heads at once: a plain loop, each step one of all of them."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from lightning.pytorch import Callback
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from ltlight.data.augment.mixing import MixedLabels, stacked
from ltlight.data.loader import TensorLoader
from ltlight.errors import UserError
from ltlight.metrics.epoch import TrainingSums
from ltlight.optim.build import clip_factored
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.heads.stack import Stack

Batch = tuple[Tensor, Tensor | MixedLabels]
Log = list[tuple[int, dict[str, float]]]  # (epochs done, metrics)


@dataclass(frozen=True)
class Plan:
    """What fits that are trained at once have in common.

    Attributes:
        epochs: of the training.
        limit_batches: steps of an epoch at most; None: all.
        clip: largest norm of a network's gradient; None: no clipping. Of one network only.
        check_every: epochs from one evaluation of a fit to the next; 0: none.
    """

    epochs: int
    limit_batches: int | None = None
    clip: float | None = None
    check_every: int = 0


@dataclass
class Fit:
    """One model in training, and what came of it.

    Attributes:
        model: with its loss and optimiser.
        batches: that it is trained on; the same object for all fits on the same batches.
        callbacks: around the steps; those of `build.method_callbacks`.
        evaluations: scores of the network at hand, see `Plan.check_every`: by each of the runs that
            this is the training of.
        logs: what each of those runs has to log.
        failure: why it was given up; None: it wasn't.
        global_step: steps so far, for the callbacks, to which a fit is the trainer.
    """

    model: LongTailClassifier
    batches: TensorLoader
    callbacks: Sequence[Callback] = ()
    evaluations: Sequence[Callable[[], dict[str, float]]] = ()
    logs: Sequence[Log] = ()
    failure: UserError | None = None
    global_step: int = 0

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook of all callbacks, as a trainer does."""
        for callback in self.callbacks:
            getattr(callback, hook)(self, self.model, *arguments)


@dataclass(frozen=True)
class Spent:
    """What a training took: steps, and seconds of all fits together.

    Attributes:
        steps: of each fit.
        training: seconds without the evaluations.
        evaluation: seconds of these.
    """

    steps: int
    training: float
    evaluation: float


def train_at_once(fits: Sequence[Fit], plan: Plan) -> Spent:
    """Train fits of one structure, optimiser and number of steps; see `alike`.

    A fit whose loss isn't finite is given up at the end of the epoch, and the others go on.
    """
    started, evaluation = time.perf_counter(), 0.0
    loop = _Loop(fits, plan)
    for fit in fits:
        fit.call("on_fit_start")
    for epoch in range(plan.epochs):
        loop.run_epoch(epoch)
        if all(fit.failure for fit in fits):
            break
        if plan.check_every and (epoch + 1) % plan.check_every == 0:
            evaluation += evaluate_all(fits, epoch + 1)
        loop.end_epoch(epoch)
    for fit in fits:
        fit.call("on_fit_end")
    loop.release()
    return Spent(fits[0].global_step, time.perf_counter() - started - evaluation, evaluation)


def evaluate_all(fits: Sequence[Fit], epochs_done: int) -> float:
    """Log what the fits have reached; the seconds that it took."""
    started = time.perf_counter()
    for fit in fits:
        if fit.failure is None:
            fit.call("on_validation_start")
            for evaluate, log in zip(fit.evaluations, fit.logs, strict=True):
                log.append((epochs_done, evaluate()))
            fit.call("on_validation_end")
    return time.perf_counter() - started


class _Loop:
    """Networks, optimiser and schedule of a training of several fits."""

    def __init__(self, fits: Sequence[Fit], plan: Plan) -> None:
        self.fits, self.plan = fits, plan
        self._loaders = list({id(fit.batches): fit.batches for fit in fits}.values())
        self._places = [
            next(i for i, own in enumerate(self._loaders) if own is f.batches) for f in fits
        ]
        model = fits[0].model
        self._stack = Stack([fit.model.net for fit in fits]) if len(fits) > 1 else None
        self._trained: nn.Module = self._stack or model.trained
        factory = model.optimizer
        self.optimizer: Optimizer = factory.optimizer(self._trained, None)
        steps = min(len(fits[0].batches), plan.limit_batches or len(fits[0].batches))
        self.scheduler = None
        if factory.has_schedule:
            self.scheduler = factory.scheduler(self.optimizer, steps, max(1, plan.epochs))

    def run_epoch(self, epoch: int) -> None:
        """All steps of an epoch, from 0."""
        for fit in self.fits:
            fit.model.loss.set_epoch(epoch)
        for loader in self._loaders:
            loader.sampler.set_epoch(epoch)
        self.sums = TrainingSums(self.fits[0].batches.device, len(self.fits))
        for step, batches in enumerate(self._batches()):
            self._step(step, batches)

    def end_epoch(self, epoch: int) -> None:
        """Log the sums of an epoch, from 0; give up what is not finite."""
        rate: float = self.optimizer.param_groups[0]["lr"]  # with which the next one begins
        for number, fit in enumerate(self.fits):
            if fit.failure is not None:
                continue
            try:
                found = fit.model.summed(self.sums.of(number), epoch)
            except UserError as e:
                fit.failure = e
                continue
            logged = {name: v.item() for name, v in found.items()} | {"train/lr": rate}
            for log in fit.logs:
                log.append((epoch + 1, logged))
            fit.call("on_train_epoch_end")

    def release(self) -> None:
        """Networks with weights of their own again."""
        if self._stack is not None:
            self._stack.release()

    def _batches(self) -> Iterator[list[Batch]]:
        drawn = islice(zip(*self._loaders, strict=True), self.plan.limit_batches)
        return ([batches[place] for place in self._places] for batches in drawn)

    def _step(self, step: int, batches: Sequence[Batch]) -> None:
        def gradients() -> float:  # SAM asks twice
            self.optimizer.zero_grad()
            inputs, labels = zip(*batches, strict=True)
            logits = self._logits(inputs)
            each = zip(self.fits, logits.unbind(), labels, strict=True)
            losses = torch.stack([fit.model.loss(own, wanted) for fit, own, wanted in each])
            # Each depends on its own weights alone, so their gradients don't mix in the sum.
            losses.sum().backward()
            self.sums.add(step, losses, logits, stacked(labels))
            if self.plan.clip is not None and not clip_factored(self.optimizer, self.plan.clip):
                clip_grad_norm_(self._trained.parameters(), self.plan.clip)
            return 0.0  # nobody asks for the loss

        self.optimizer.step(gradients)
        if self.scheduler is not None:
            self.scheduler.step()
        for fit in self.fits:
            fit.global_step += 1
            fit.call("on_train_batch_end", None, None, step)

    def _logits(self, inputs: Sequence[Tensor]) -> Tensor:
        """[K, B, C], of each fit by its own network."""
        if self._stack is None:
            alone: Tensor = self.fits[0].model.net(inputs[0])
            return alone[None]
        stacked_logits: Tensor = self._stack(inputs)
        return stacked_logits
