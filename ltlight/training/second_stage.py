"""What is done to the last layer of a trained network (Kang et al., ICLR 2020).

The rest of the network, the trunk, stays as it is: no gradient, and evaluation mode, so its batch
norms keep their statistics (unless they are told to go on learning them), its dropout is off, and
the head learns from the very features it will be tested on. The first stage's sampler, mixing,
loss, SAM and averaging end with it; its augmentation and learning rate (with half a cosine to 0, as
there) stay. An interrupted run goes on with its second stage where that was saved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightning as L
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ltlight.callbacks.max_norm import MaxNorm
from ltlight.callbacks.timer import stopwatch_of
from ltlight.data.datamodule import LongTailDataModule
from ltlight.losses.functional import label_over_smoothing
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.models.heads import NormalisedLinear, ScaledLinear
from ltlight.optim.build import OptimizerFactory
from ltlight.seeds import HEAD, mixed_seed
from ltlight.training.checkpoint_io import checkpoint_to_resume
from ltlight.training.classifier import LongTailClassifier

# Weight balancing's second stage, as in its authors' code for CIFAR-100-LT at imbalance factor 100:
# the norms are held below the smallest plus a tenth of their range.
NORM_SHARE, HEAD_DECAY = 0.1, 0.1


@dataclass(frozen=True)
class HeadTraining:
    """What a second stage needs to train a head, see `ltlight.training.build.head_training`.

    Attributes:
        data: the first stage's images and augmentation, unmixed, drawn by the sampler of a name.
        loss: by name, see `ltlight.training.build_model.loss_of_name`.
        loss_name: of stages that correct the prior by their sampler.
        optimizer: of the head's weights.
        make_trainer: a trainer of this stage alone, with these callbacks; it saves itself.
        checkpoint: where that is, and what an interrupted stage is resumed from; None: nowhere.
        norm_tau: of `tau_norm`.
        learns_statistics: whether the trunk's batch norms go on learning their statistics.
    """

    data: Callable[[str], LongTailDataModule]
    loss: Callable[..., LongTailLoss]
    loss_name: str
    optimizer: OptimizerFactory
    make_trainer: Callable[[Sequence[L.Callback]], L.Trainer]
    checkpoint: Path | None
    norm_tau: float
    learns_statistics: bool

    def run(
        self,
        model: LongTailClassifier,
        sampler: str,
        loss: LongTailLoss,
        optimizer: OptimizerFactory,
        callbacks: Sequence[L.Callback] = (),
    ) -> dict[str, float]:
        """Train what ``model.net.head`` holds unfrozen, then unfreeze all.

        Returns:
            Steps and seconds, for `metrics.json`.
        """
        trainer = self.make_trainer(callbacks)
        head = self.classifier(model, loss, optimizer)
        path = self.checkpoint
        resume = checkpoint_to_resume(path) if path else None
        trainer.fit(head, datamodule=self.data(sampler), ckpt_path=resume)
        model.net.requires_grad_(True)
        return spent(trainer.global_step, stopwatch_of(trainer).training_seconds)

    def classifier(
        self, model: LongTailClassifier, loss: LongTailLoss, optimizer: OptimizerFactory
    ) -> "HeadClassifier":
        """The classifier of this stage around the network of the first."""
        head = HeadClassifier(
            model.net,
            loss,
            optimizer,
            model.predictor,
            class_counts=model.class_counts,
            seed=model.seed,
            validation_is_test=model.validation_is_test,
        )
        head.learns_statistics = self.learns_statistics
        return head


SecondStage = Callable[[LongTailClassifier, HeadTraining], dict[str, float]]


class HeadClassifier(LongTailClassifier):
    """Trains `net.head` on features of a frozen trunk.

    Attributes:
        learns_statistics: whether the trunk's batch norms go on learning their statistics, and
            normalise by those of the batch.
    """

    learns_statistics = False

    @property
    def trained(self) -> nn.Module:
        """The head alone."""
        head: nn.Module = self.net.head
        return head

    def on_train_epoch_start(self) -> None:
        """The trunk in evaluation mode, head included: it has nothing that differs there."""
        super().on_train_epoch_start()
        self.net.eval()
        if self.learns_statistics:
            for module in self.net.modules():
                module.train(isinstance(module, _BatchNorm))


def crt(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """Classifier re-training: the head from fresh weights, on batches drawn by class, in place.

    Returns:
        For `metrics.json`: steps and seconds of this stage.
    """
    model.net.requires_grad_(False)
    refresh_head(model)
    loss = training.loss(training.loss_name)
    return training.run(model, "inverse_frequency", loss, training.optimizer)


def los(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """Label over-smoothing: the head from fresh weights, on shuffled images, in place.

    Returns:
        For `metrics.json`: steps and seconds of this stage.
    """
    model.net.requires_grad_(False)
    refresh_head(model)
    loss = LongTailLoss(label_over_smoothing, {})
    return training.run(model, "shuffle", loss, training.optimizer)


def lws(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """Learnable weight scaling: one scale a class, then folded into the head, in place.

    Returns:
        For `metrics.json`: steps and seconds of this stage.
    """
    net = model.net
    net.requires_grad_(False)
    net.head = ScaledLinear(net.head).to(model.device)
    loss = training.loss(training.loss_name)
    found = training.run(model, "inverse_frequency", loss, training.optimizer)
    net.head = net.head.folded()
    return found


def weight_balancing(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """The head trained on by the class-balanced loss, its norms held by MaxNorm, in place.

    Alshammari et al., CVPR 2022, second stage: strong weight decay, and after each epoch a
    projection to a radius that the norms of the first stage give.

    Returns:
        For `metrics.json`: steps and seconds of this stage.
    """
    norms = model.net.head.weight.detach().norm(dim=1)
    radius = norms.min() + NORM_SHARE * (norms.max() - norms.min())
    loss = training.loss("cross_entropy", class_weights="effective_number", weighted_mean="batch")
    optimizer = replace(training.optimizer, weight_decay=HEAD_DECAY)
    model.net.requires_grad_(False)
    model.net.head.requires_grad_(True)
    project = MaxNorm(float(radius), every_step=False)
    return training.run(model, "shuffle", loss, optimizer, [project])


def tau_norm(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """`tau_normalise`: no training, in place.

    Returns:
        For `metrics.json`: no steps, no seconds.
    """
    tau_normalise(model.net.head, training.norm_tau)
    return spent(0, 0.0)


def spent(steps: int, seconds: float) -> dict[str, float]:
    """Steps and seconds of a second stage, as `metrics.json` has them."""
    return {"second_stage/steps": steps, "second_stage/seconds": seconds}


@torch.no_grad()
def tau_normalise(head: nn.Linear, tau: float) -> None:
    """w_c / |w_c|^tau in place; the bias becomes 0, as Kang et al. leave it out.

    Args:
        head: weights [C, D], no class's all 0.
        tau: 0 changes only the bias, 1 gives every class the same norm.
    """
    head.weight.div_(head.weight.norm(dim=1, keepdim=True) ** tau)
    if head.bias is not None:
        head.bias.zero_()


def refresh_head(model: LongTailClassifier) -> None:
    """A fresh head for a network, in place."""
    model.net.head = reinitialised(model.net.head, model.seed).to(model.device)


def reinitialised(head: Any, seed: int) -> nn.Module:
    """A layer of the same kind and size with fresh weights, a function of ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mixed_seed(HEAD, seed, 0, 0))
        if isinstance(head, NormalisedLinear):
            return NormalisedLinear(head.in_features, head.out_features, head.scale)
        return nn.Linear(head.in_features, head.out_features, bias=head.bias is not None)
