"""Processes that train together, against one process with as large a batch."""

import numpy as np
import pytest
import torch

from ltlight.config import choices
from ltlight.data.augment.mixing import MixedLabels
from ltlight.data.augment.presets import augmentation
from ltlight.data.loader import TensorLoader
from ltlight.data.ranks import Ranks, Share
from ltlight.data.samplers import InverseFrequencySampler, Sampler, ShuffleSampler
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.metrics.epoch import num_correct, own_of

CPU = torch.device("cpu")
N, BATCH = 101, 8


@pytest.mark.parametrize(("total", "world_size"), [(32, 2), (33, 2), (7, 3), (2, 3), (1, 8)])
def test_every_image_is_one_process_s_own(total, world_size):
    own = []
    for rank in range(world_size):
        places, share = (
            Ranks(rank, world_size).positions(total),
            Ranks(rank, world_size).share(total),
        )
        assert len(places) == -(-total // world_size)  # as many for all
        assert share.own in (len(places), len(places) - 1)
        own += places[: share.own].tolist()
    assert sorted(own) == list(range(total))


def loader(sets, preset: str, world_size: int, rank: int, sampler: type[Sampler], **more):
    """Of the first N digits, augmented, a batch of 8 for every process."""
    images, labels = sets[0].images[:N], sets[0].labels[:N]
    counts = np.bincount(labels, minlength=10)
    augment = augmentation(
        choices.load(choices.AUGMENTATIONS, preset), mirror=True, cutout_share=0.25
    )
    return TensorLoader(
        torch.from_numpy(images),
        torch.from_numpy(labels),
        sampler(labels, counts, 3, epoch=2),
        BATCH,
        augment,
        CPU,
        ranks=Ranks(rank, world_size),
        **more,
    )


def together(loaders: list[TensorLoader], world_size: int):
    """The batches of all processes, put together by the places that a reference gives them."""
    for parts in zip(*map(list, loaders), strict=True):
        total = parts[0][2].total
        owners = [place % world_size for place in range(total)]
        turns = [owners[:place].count(owner) for place, owner in enumerate(owners)]
        pairs = list(zip(owners, turns, strict=True))
        # Several parts of labels come one after the other, of as many images each.
        num = len(parts[0][0]) // -(-total // world_size)
        length = len(parts[0][0]) // num
        chosen = [(owner, turn + part * length) for part in range(num) for owner, turn in pairs]
        images = torch.stack([parts[owner][0][turn] for owner, turn in chosen])
        labels = [parts[owner][1] for owner in range(world_size)]
        if not isinstance(labels[0], MixedLabels):
            yield images, torch.stack([labels[owner][turn] for owner, turn in chosen])
        else:
            columns = [
                torch.stack([labels[owner][c][turn] for owner, turn in chosen]) for c in range(3)
            ]
            yield images, MixedLabels(*columns, parts=num)


@pytest.mark.parametrize("world_size", [2, 3])
@pytest.mark.parametrize(
    "preset", ["none", "fig7", "corrected", "crop_flip", "trivial", "auto_augment"]
)
def test_processes_train_on_the_batches_of_one(digit_sets, preset, world_size):
    arguments = (digit_sets, preset)
    several = [
        loader(*arguments, world_size, r, InverseFrequencySampler) for r in range(world_size)
    ]
    alone = loader(*arguments, 1, 0, InverseFrequencySampler)
    alone.batch_size = world_size * BATCH
    assert {len(each) for each in several} == {len(alone)}
    for (x, y), (u, v) in zip(together(several, world_size), alone, strict=True):
        assert torch.equal(y, v)
        torch.testing.assert_close(x, u, rtol=0, atol=1e-6)  # kernels round by the batch's size


@pytest.mark.parametrize("mix", ["mixup", "regmixup", "cutmix", "remix", "cmo"])
def test_and_mix_them_alike(digit_sets, mix):
    mixing = choices.load(choices.MIXINGS, mix)(0.7, torch.arange(1, 11), 0.6)

    def of(world_size: int, rank: int) -> TensorLoader:
        made = loader(digit_sets, "crop_flip", world_size, rank, ShuffleSampler, mixing=mixing)
        if mixing.partner_sampler:
            sampler = made.sampler
            made.partners = InverseFrequencySampler(sampler.labels, sampler.class_counts, 5)
        return made

    alone = of(1, 0)
    alone.batch_size = 2 * BATCH
    for (x, y), (u, v) in zip(together([of(2, 0), of(2, 1)], 2), alone, strict=True):
        torch.testing.assert_close(tuple(y), tuple(v), rtol=0, atol=1e-6)
        torch.testing.assert_close(x, u, rtol=0, atol=1e-6)


def cross_entropy(logits, labels):
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none")


@pytest.mark.parametrize("weighted_mean", ["weights", "batch"])
@pytest.mark.parametrize("mixed", [0, 1, 2], ids=["plain", "mixed", "two parts"])
@pytest.mark.parametrize(
    "weights", [None, torch.tensor([5.0, 1.0, 0.2])], ids=["alike", "weighted"]
)
@pytest.mark.parametrize("total", [32, 31, 1])
def test_the_mean_of_the_processes_gradients_is_the_batch_s(
    monkeypatch, weighted_mean, mixed, weights, total
):
    """Against the loss of the whole batch by one process; two processes one after the other."""
    torch.manual_seed(0)
    loss = LongTailLoss(cross_entropy, {}, class_weights=weights, weighted_mean=weighted_mean)
    parts = max(1, mixed)
    logits = torch.randn(parts * total, 3, dtype=torch.float64, requires_grad=True)
    first, second = torch.randint(3, (2, parts * total))
    labels = MixedLabels(first, second, torch.rand(parts * total), parts) if mixed else first
    whole = loss(logits, labels)
    (wanted,) = torch.autograd.grad(whole, logits)

    def places(rank: int) -> torch.Tensor:
        own = Ranks(rank, 2).positions(total)
        return torch.cat([own + part * total for part in range(parts)])

    def labels_of(rank: int):
        chosen = places(rank)
        return MixedLabels(*(c[chosen] for c in labels[:3]), parts) if mixed else labels[chosen]

    def weight(part: int) -> torch.Tensor:
        """Of all images of a part, by hand."""
        rows = slice(part * total, (part + 1) * total)
        if not mixed:
            return weights[first[rows]].sum()
        shares = labels.weight[rows]
        return (weights[first[rows]] * shares + weights[second[rows]] * (1 - shares)).sum()

    found, losses, correct = torch.zeros_like(wanted), 0.0, 0.0
    for rank in (0, 1):
        sums = iter([weight(part) for part in range(parts)] if weights is not None else [])
        monkeypatch.setattr(Share, "mean_of", lambda share, own, sums=sums: next(sums) / 2)
        share = Ranks(rank, 2).share(total)
        mine = loss(logits[places(rank)], labels_of(rank), share)
        found += torch.autograd.grad(mine, logits)[0] / 2
        losses += mine.item() / 2
        correct += num_correct(*own_of(logits[places(rank)], labels_of(rank), share.own))
    torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-9)
    assert losses == pytest.approx(whole.item(), rel=1e-6)
    assert float(correct) == pytest.approx(float(num_correct(logits, labels)), rel=1e-6)


def test_the_first_labels_of_a_batch():
    labels = torch.arange(4)
    mixed = MixedLabels(labels, labels + 4, labels / 4).of_first(2)
    assert [column.tolist() for column in mixed[:3]] == [[0, 1], [4, 5], [0, 0.25]]
    in_parts = MixedLabels(labels, labels + 4, labels / 4, parts=2).of_first(1)
    assert [column.tolist() for column in in_parts[:3]] == [[0, 2], [4, 6], [0, 0.5]]
