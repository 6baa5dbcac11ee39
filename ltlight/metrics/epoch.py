"""What an epoch adds up: the confusion matrix of an evaluation, the sums of a training."""

from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torchmetrics.classification import MulticlassConfusionMatrix

from ltlight.data.augment.mixing import MixedLabels
from ltlight.data.ranks import Share
from ltlight.metrics.scores import recalls, scores


class LongTailMetrics(nn.Module):
    """The scores of an evaluation, from a confusion matrix that torchmetrics accumulates.

    Batches only add to counts; everything is computed over the whole epoch (a macro-F1 of a batch
    means nothing: it skips the classes that the batch lacks). Every rank evaluates the whole set,
    so nothing is exchanged between ranks.
    """

    def __init__(self, class_counts: list[int]) -> None:
        """Start from nothing seen.

        Args:
            class_counts: training images of every class, which make it many-, medium- or few-shot.
        """
        super().__init__()
        self.confusion = MulticlassConfusionMatrix(
            len(class_counts), sync_on_compute=False, validate_args=False
        )
        self.class_counts = np.asarray(class_counts)

    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Count a batch: logits float [B, C], targets int64 [B]."""
        self.confusion.update(logits.argmax(dim=1), targets)

    def confusion_matrix(self) -> np.ndarray:
        """Counts int64 [C, C] of everything seen since `reset`, rows the true classes."""
        return self.confusion.compute().cpu().numpy()

    def compute(self) -> dict[str, float]:
        """The scores of everything seen since `reset`, see `ltlight.metrics.scores.scores`."""
        return scores(self.confusion_matrix(), self.class_counts)

    def recalls(self) -> list[float]:
        """Recall of every class, in [0, 1]; nan for classes without test images."""
        found: list[float] = recalls(self.confusion_matrix()).tolist()
        return found

    def reset(self) -> None:
        """Forget what was seen."""
        self.confusion.reset()


class TrainingSums:
    """Loss and accuracy of an epoch's batches, summed on the device and read once an epoch.

    So the host never waits for a step. Those of K networks that train side by side can be counted
    together (12 one by one take 0.9 ms a step, together 0.2): everything has a leading dimension K
    then.

    Attributes:
        seen: images counted, of each network.
    """

    def __init__(self, device: torch.device, networks: int | None = None) -> None:
        """Start an epoch whose batches are on ``device``, of K networks; None: of one."""
        shape = () if networks is None else (networks,)
        self._loss = torch.zeros(shape, device=device)
        self._correct = torch.zeros(shape, device=device)
        self.seen = 0
        self._last_step = -1
        self._first_bad_step = torch.full(shape, -1, device=device)

    @torch.no_grad()
    def add(
        self,
        step: int,
        loss: Tensor,
        logits: Tensor,
        labels: Tensor | MixedLabels,
        share: Share | None = None,
    ) -> None:
        """Count a batch; one that comes again, as SAM asks for it, is passed over.

        One that comes with its mixup (`RegMixup`) counts as the 2 B images that it has then; its
        loss is the sum of two means.

        Args:
            step: of the epoch, from 0.
            loss: scalar, of the batch: `LongTailLoss`; of several networks [K].
            logits: float [B, C] or [K, B, C].
            labels: int64 [B] or [K, B], or the two labels of every mixed image.
            share: what they are of a batch that several processes train on; None: all of it. Of
                one network only.
        """
        if step == self._last_step:
            return
        self._last_step = step
        bad = ~torch.isfinite(loss) & (self._first_bad_step < 0)
        self._first_bad_step = torch.where(bad, step, self._first_bad_step)
        images: float = logits.shape[-2]
        if share is not None:
            parts = labels.parts if isinstance(labels, MixedLabels) else 1
            images = parts * share.mean_count
            logits, labels = own_of(logits, labels, share.own)
        self._loss += loss * images
        self._correct += num_correct(logits, labels)
        self.seen += logits.shape[-2]

    def of(self, network: int) -> "TrainingSums":
        """Those of one of several networks."""
        own = TrainingSums(self._loss.device)
        own.restore({k: v[network] if isinstance(v, Tensor) else v for k, v in vars(self).items()})
        return own

    def add_processes(self) -> None:
        """Add up what all processes counted, where several train together."""
        if not (dist.is_available() and dist.is_initialized()):
            return
        counted = (self._loss, self._correct, torch.full_like(self._loss, self.seen))
        sums = torch.stack(counted).double()
        dist.all_reduce(sums)
        self._loss, self._correct = sums[0], sums[1]
        self.seen = int(sums[2])
        never = torch.iinfo(torch.int64).max
        bad = torch.where(self._first_bad_step < 0, never, self._first_bad_step.long())
        dist.all_reduce(bad, dist.ReduceOp.MIN)
        self._first_bad_step = torch.where(bad == never, -1, bad)

    def state(self) -> dict[str, Any]:
        """What `restore` goes on from, on the host: an epoch that is cut off is counted on."""
        return {k: v.cpu() if isinstance(v, Tensor) else v for k, v in vars(self).items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on counting, on the device of before."""
        for name, value in state.items():
            mine = getattr(self, name)
            setattr(self, name, value.to(mine.device) if isinstance(mine, Tensor) else value)

    @property
    def first_bad_step(self) -> int | None:
        """The first step whose loss was not finite, or None."""
        step = int(self._first_bad_step)
        return None if step < 0 else step

    def compute(self) -> dict[str, Tensor]:
        """``loss`` and ``accuracy`` (in [0, 1]), scalars on the device."""
        return {"loss": self._loss / self.seen, "accuracy": self._correct / self.seen}


def num_correct(logits: Tensor, labels: Tensor | MixedLabels) -> Tensor:
    """How many of a batch are recognised; a mixed image counts by its labels' shares.

    Of labels in several parts, the images of all of them are counted.

    Args:
        logits: float [..., B, C].
        labels: [..., B].

    Returns:
        [...]: of one network a scalar.
    """
    predicted = logits.argmax(dim=-1)
    if not isinstance(labels, MixedLabels):
        return (predicted == labels).sum(-1)
    first, second, share, _ = labels
    return torch.where(predicted == first, share, 0).sum(-1) + torch.where(
        predicted == second, 1 - share, 0
    ).sum(-1)


def own_of(
    logits: Tensor, labels: Tensor | MixedLabels, own: int
) -> tuple[Tensor, Tensor | MixedLabels]:
    """A process's own images of its share of a batch, which are the first of every part."""
    if not isinstance(labels, MixedLabels):
        return logits[:own], labels[:own]
    return torch.cat([z[:own] for z in logits.chunk(labels.parts)]), labels.of_first(own)
