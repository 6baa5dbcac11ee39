"""The second stages of `ltlight.training.second_stage`, trained by the plain loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightning as L

from ltlight.config.schema import Config
from ltlight.data.datamodule import LongTailDataModule
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.optim.build import OptimizerFactory
from ltlight.training.build import head_training
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.heads.loop import Fit, Plan, train_at_once
from ltlight.training.second_stage import HeadTraining, spent


@dataclass(frozen=True)
class PlainTraining(HeadTraining):
    """`HeadTraining` without a trainer.

    Attributes:
        plan: of this stage.
    """

    plan: Plan

    def run(
        self,
        model: LongTailClassifier,
        sampler: str,
        loss: LongTailLoss,
        optimizer: OptimizerFactory,
        callbacks: Sequence[L.Callback] = (),
    ) -> dict[str, float]:
        """As there, but one fit of the plain loop."""
        head = self.classifier(model, loss, optimizer).to(model.device)
        head.net.eval()
        batches = self.data(sampler).train_dataloader()
        batches.prefetching = False
        took = train_at_once([Fit(head, batches, callbacks)], self.plan)
        model.net.requires_grad_(True)
        return spent(took.steps, took.training)


def plain_training(
    config: Config, data: LongTailDataModule, checkpoint: Path | None = None
) -> HeadTraining:
    """What a second stage trains with here, see `head_training`; it is over before one is due."""
    t = config.trainer
    plan = Plan(config.method.second_stage_epochs, t.limit_batches, t.gradient_clip_val)
    return PlainTraining(**vars(head_training(config, data, checkpoint)), plan=plan)
