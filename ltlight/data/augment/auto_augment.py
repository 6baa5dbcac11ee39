"""AutoAugment's policy for CIFAR-10 (Cubuk et al., CVPR 2019): one of 25 sub-policies an image.

A sub-policy is two operations one after the other, each with its probability and its magnitude,
whose sign is drawn where it has one. Table and magnitudes are torchvision's own.
"""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torchvision.transforms import AutoAugment, AutoAugmentPolicy

from ltlight.data.augment import operations as op
from ltlight.data.augment.crop_flip import cropped
from ltlight.data.augment.presets import normalise
from ltlight.data.draws import uniform

BINS = 10  # of the magnitudes that the table counts in
# By torchvision's names; the policy has no ShearX.
OPERATIONS: dict[str, op.Operation] = {
    "ShearX": op.shear_x,
    "ShearY": op.shear_y,
    "TranslateX": op.translate_x,
    "TranslateY": op.translate_y,
    "Rotate": op.rotate,
    "Brightness": op.brightness,
    "Color": op.colour,
    "Contrast": op.contrast,
    "Sharpness": op.sharpness,
    "Posterize": op.posterize,
    "Solarize": op.solarize,
    "AutoContrast": op.autocontrast,
    "Equalize": op.equalize,
    "Invert": op.invert,
}


@dataclass(frozen=True)
class SubPolicies:
    """The table: a row for each of the P sub-policies, a column for each of its two operations.

    Attributes:
        names: of the operations, in the order they are counted by.
        kind: int64 [P, 2], the operation's number.
        probability: float [P, 2].
        magnitude: float [P, 2], of the operation, 0 where it has none.
        signed: bool [P, 2], whether its sign is drawn.
    """

    names: tuple[str, ...]
    kind: Tensor
    probability: Tensor
    magnitude: Tensor
    signed: Tensor


@cache
def sub_policies(size: int, device: torch.device) -> SubPolicies:
    """The table for images of a side, on a device.

    Asked of torchvision's private methods, because nothing public gives the policy as numbers and a
    copy of it could not follow a correction; the tests hold them to what they are known to give.
    """
    policy = AutoAugment(AutoAugmentPolicy.CIFAR10)
    space = policy._augmentation_space(BINS, (size, size))
    names = tuple(sorted({name for pair in policy.policies for name, _, _ in pair}))

    def table(values: list[list[float]]) -> Tensor:
        return torch.tensor(values, device=device)

    def magnitude(name: str, level: int | None) -> float:
        return 0.0 if level is None else float(space[name][0][level])

    return SubPolicies(
        names,
        table([[names.index(name) for name, _, _ in pair] for pair in policy.policies]),
        table([[p for _, p, _ in pair] for pair in policy.policies]),
        table([[magnitude(name, level) for name, _, level in pair] for pair in policy.policies]),
        table([[space[name][1] for name, _, _ in pair] for pair in policy.policies]),
    )


@dataclass(frozen=True)
class Draws:
    """The random parameters of a batch, one entry an image.

    Attributes:
        policy: int64 [B], the sub-policy.
        chance: float [2, B], an operation acts where it is at most its probability.
        negative: bool [2, B], whether a signed magnitude is taken negative.
    """

    policy: Tensor
    chance: Tensor
    negative: Tensor


def draw(batch_size: int, num_policies: int, generator: torch.Generator) -> Draws:
    """Random parameters for a batch, on the generator's device."""
    drawn = uniform((5, batch_size), generator, images=1)
    policy = (drawn[0] * num_policies).long().clamp_(max=num_policies - 1)
    return Draws(policy, drawn[1:3], drawn[3:] < 0.5)


def at_place(draws: Draws, table: SubPolicies, place: int) -> tuple[Tensor, Tensor, Tensor]:
    """What is done to every image first (0) or second (1).

    Returns:
        (whether anything bool [B], the operation's number int64 [B], its magnitude float [B]).
    """
    row = draws.policy
    magnitude = table.magnitude[row, place]
    negative = draws.negative[place] & table.signed[row, place]
    return (
        draws.chance[place] <= table.probability[row, place],
        table.kind[row, place],
        torch.where(negative, -magnitude, magnitude),
    )


def apply(images: Tensor, draws: Draws, table: SubPolicies) -> Tensor:
    """The sub-policies by given draws: uint8 [B, 3, S, S] to float, whole grey levels 0…255."""
    x = images.float()
    for place in range(2):
        acts, kind, magnitude = at_place(draws, table, place)
        for number, name in enumerate(table.names):
            x = op.apply_to(x, acts & (kind == number), _whole(OPERATIONS[name]), magnitude)
    return x


def auto_augment(images: Tensor, generator: torch.Generator, mirror: bool = True) -> Tensor:
    """AutoAugment after crop and flip, as is usual: uint8 [B, 3, S, S] to float in [-1, 1]."""
    table = sub_policies(images.shape[-1], images.device)
    moved = cropped(images, generator, mirror)
    draws = draw(len(images), len(table.kind), generator)
    return normalise(apply(moved, draws, table).div_(255))


def _whole(operation: op.Operation) -> op.Operation:
    """Its result cut off to whole grey levels, as torchvision hands it to the second operation."""
    return lambda x, magnitude: operation(x, magnitude).floor_()
