"""What is done to the last layer of a trained network (Kang et al., ICLR 2020).

The rest of the network, the trunk, stays as it is: no gradient, and evaluation mode, so its batch
norms keep their statistics, its dropout is off, and the head learns from the very features it will
be tested on. The first stage's sampler, mixing, loss, SAM and averaging end with it; its
augmentation and learning rate (with half a cosine to 0, as there) stay. An interrupted run does
its second stage anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn

from ltlight.callbacks.timer import stopwatch_of
from ltlight.data.datamodule import LongTailDataModule
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.models.heads import NormalisedLinear
from ltlight.optim.build import OptimizerFactory
from ltlight.seeds import HEAD, mixed_seed
from ltlight.training.classifier import LongTailClassifier


@dataclass(frozen=True)
class HeadTraining:
    """What a second stage needs to train a head, see `ltlight.training.build.build_second_stage`.

    Attributes:
        data: the first stage's images and augmentation, every class drawn equally often, unmixed.
        loss: of the head.
        optimizer: of the head's weights.
        make_trainer: a trainer of this stage alone.
        norm_tau: of `tau_norm`.
    """

    data: LongTailDataModule
    loss: LongTailLoss
    optimizer: OptimizerFactory
    make_trainer: Callable[[], L.Trainer]
    norm_tau: float

    def run(self, model: LongTailClassifier, optimizer: OptimizerFactory) -> dict[str, float]:
        """Train what ``model.net.head`` holds; its steps and seconds, for `metrics.json`."""
        trainer = self.make_trainer()
        head = HeadClassifier(
            model.net,
            self.loss,
            optimizer,
            model.predictor,
            class_counts=model.class_counts,
            seed=model.seed,
            validation_is_test=model.validation_is_test,
        )
        trainer.fit(head, datamodule=self.data)
        return _spent(trainer.global_step, stopwatch_of(trainer).training_seconds)


SecondStage = Callable[[LongTailClassifier, HeadTraining], dict[str, float]]


class HeadClassifier(LongTailClassifier):
    """Trains what `net.head` holds unfrozen, on features that stay as they are."""

    @property
    def trained(self) -> nn.Module:
        """The head alone."""
        head: nn.Module = self.net.head
        return head

    def on_train_epoch_start(self) -> None:
        """The trunk in evaluation mode, head included: it has nothing that differs there."""
        super().on_train_epoch_start()
        self.net.eval()


def crt(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """Classifier re-training: the head from fresh weights, on batches drawn by class, in place.

    Returns:
        For `metrics.json`: steps and seconds of this stage.
    """
    net = model.net
    net.requires_grad_(False)
    net.head = reinitialised(net.head, model.seed).to(model.device)
    spent = training.run(model, training.optimizer)
    net.requires_grad_(True)
    return spent


def lws(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """Learnable weight scaling: one scale a class, then folded into the head, in place.

    Returns:
        For `metrics.json`: steps and seconds of this stage.
    """
    net = model.net
    net.requires_grad_(False)
    net.head = ScaledLinear(net.head).to(model.device)
    # Weight decay would pull the scales to 0.
    spent = training.run(model, replace(training.optimizer, weight_decay=0.0))
    net.head = net.head.folded()
    net.requires_grad_(True)
    return spent


def tau_norm(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """`tau_normalise`: no training, in place.

    Returns:
        For `metrics.json`: no steps, no seconds.
    """
    tau_normalise(model.net.head, training.norm_tau)
    return _spent(0, 0.0)


def _spent(steps: int, seconds: float) -> dict[str, float]:
    return {"second_stage/steps": steps, "second_stage/seconds": seconds}


class ScaledLinear(nn.Module):
    """A linear layer, frozen, whose logits are multiplied by a learnt scale a class (LWS)."""

    def __init__(self, linear: nn.Linear) -> None:
        """Start with scales of 1."""
        super().__init__()
        self.linear = linear
        self.scale = nn.Parameter(torch.ones(linear.out_features))

    def forward(self, features: Tensor) -> Tensor:
        """Features float [B, D] to logits [B, C]."""
        logits: Tensor = self.linear(features)
        return self.scale * logits

    @torch.no_grad()
    def folded(self) -> nn.Linear:
        """The same function as one linear layer: the scale goes into weights and bias."""
        self.linear.weight.mul_(self.scale[:, None])
        if self.linear.bias is not None:
            self.linear.bias.mul_(self.scale)
        return self.linear


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


def reinitialised(head: Any, seed: int) -> nn.Module:
    """A layer of the same kind and size with fresh weights, a function of ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mixed_seed(HEAD, seed, 0, 0))
        if isinstance(head, NormalisedLinear):
            return NormalisedLinear(head.in_features, head.out_features)
        return nn.Linear(head.in_features, head.out_features, bias=head.bias is not None)
