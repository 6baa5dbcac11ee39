"""What is done to the last layer of a trained network (Kang et al., ICLR 2020).

The rest of the network, the trunk, stays as it is: no gradient, and evaluation mode, so its batch
norms keep their statistics, its dropout is off, and the head learns from the very features it will
be tested on. The first stage's sampler, mixing, loss, SAM and averaging end with it; its
augmentation and learning rate (with half a cosine to 0, as there) go on. An interrupted run does
its second stage anew.
"""

import copy

import lightning as L
import torch
from lightning.pytorch.callbacks import ProgressBar
from omegaconf import DictConfig
from torch import Tensor, nn

from ltlight.callbacks.progress import progress
from ltlight.callbacks.timer import Stopwatch
from ltlight.data.datamodule import LongTailDataModule
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.models.heads import NormalisedLinear
from ltlight.seeds import HEAD, mixed_seed
from ltlight.trainer import trainer_options
from ltlight.training.classifier import LongTailClassifier

LEARNING = ("crt", "lws")  # the stages that train
SMOOTHED = "label_aware_smoothing"


def loss_kinds(method: DictConfig) -> tuple[str, str]:
    """The losses of the first and the second stage.

    The second takes plain cross-entropy, since its sampler corrects the prior. Label-aware
    smoothing belongs into the second stage where there is one (MiSLAS), plain before.
    """
    if method.second_stage in LEARNING and method.loss == SMOOTHED:
        return "cross_entropy", SMOOTHED
    return method.loss, "cross_entropy"


def apply(cfg: DictConfig, model: LongTailClassifier, data: LongTailDataModule) -> dict[str, float]:
    """The second stage of a configuration, in place.

    Returns:
        For `metrics.json`: its steps and its seconds of training; empty without a second stage.
    """
    m, t = cfg.method, cfg.trainer
    if m.second_stage == "none":
        return {}
    if m.second_stage == "tau_norm":
        tau_normalise(model.net.head, m.norm_tau)
        return {"second_stage/steps": 0, "second_stage/seconds": 0.0}
    watch, bar = Stopwatch(), progress()
    trainer = L.Trainer(
        **trainer_options(t),
        max_epochs=m.second_stage_epochs,
        limit_val_batches=0,
        callbacks=[bar, watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=isinstance(bar, ProgressBar),
    )
    loss = LongTailLoss(loss_kinds(m)[1], data.class_counts.tolist())
    retrain_head(m.second_stage, model, loss, data, trainer)
    return {
        "second_stage/steps": trainer.global_step,
        "second_stage/seconds": watch.training_seconds,
    }


class ScaledLinear(nn.Module):
    """A linear layer, frozen, whose logits are multiplied by a learnt scale a class (LWS)."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.scale = nn.Parameter(torch.ones(linear.out_features))

    def forward(self, features: Tensor) -> Tensor:
        """Features float [B, D] to logits [B, C]."""
        return self.scale * self.linear(features)

    @torch.no_grad()
    def folded(self) -> nn.Linear:
        """The same function as one linear layer: the scale goes into weights and bias."""
        self.linear.weight *= self.scale[:, None]
        if self.linear.bias is not None:
            self.linear.bias *= self.scale
        return self.linear


@torch.no_grad()
def tau_normalise(head: nn.Linear, tau: float) -> None:
    """w_c / |w_c|^tau in place; the bias becomes 0, as Kang et al. leave it out.

    Args:
        head: weights [C, D], no class's all 0.
        tau: 0 changes only the bias, 1 gives every class the same norm.
    """
    head.weight /= head.weight.norm(dim=1, keepdim=True) ** tau
    if head.bias is not None:
        head.bias.zero_()


def reinitialised(head: nn.Module, seed: int) -> nn.Module:
    """A layer of the same kind and size with fresh weights, a function of ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mixed_seed(HEAD, seed, 0, 0))
        if isinstance(head, NormalisedLinear):
            return NormalisedLinear(head.in_features, head.out_features)
        return nn.Linear(head.in_features, head.out_features, bias=head.bias is not None)


class HeadTraining(LongTailClassifier):
    """Trains what `net.head` holds unfrozen, on features that stay as they are."""

    @property
    def trained(self) -> nn.Module:
        return self.net.head

    def on_train_epoch_start(self) -> None:
        super().on_train_epoch_start()
        self.net.eval()


def retrain_head(
    kind: str,
    model: LongTailClassifier,
    loss: LongTailLoss,
    data: LongTailDataModule,
    trainer: L.Trainer,
) -> None:
    """Train the head of ``model.net`` on batches drawn by class, in place.

    Args:
        kind: ``crt`` (classifier re-training: from fresh weights) or ``lws`` (learnable weight
            scaling: one scale a class, without weight decay, then folded into the head).
        model: after its own training; lends its learning rate, momentum and weight decay.
        loss: of the head's training.
        data: of the first stage.
        trainer: of the second stage only.
    """
    net, h = model.net, model.hparams
    net.requires_grad_(False)
    fresh = reinitialised(net.head, h.seed) if kind == "crt" else ScaledLinear(net.head)
    net.head = fresh.to(model.device)
    head = HeadTraining(
        *(net, h.class_counts, loss),
        lr=h.lr,
        momentum=h.momentum,
        weight_decay=h.weight_decay if kind == "crt" else 0.0,  # it would pull the scales to 0
        nesterov=h.nesterov,
        schedule="cosine",
        seed=h.seed,
    )
    trainer.fit(head, datamodule=balanced(data))
    if kind == "lws":
        net.head = net.head.folded()
    net.requires_grad_(True)


def balanced(data: LongTailDataModule) -> LongTailDataModule:
    """The same images and augmentation, every class drawn equally often, unmixed."""
    data = copy.copy(data)
    data.sampler, data.sampler_from, data.mix = "inverse_frequency", 0, "none"
    return data
