"""Runs of a sweep that train heads on cached features: built, trained at once, tested, recorded."""

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch

from ltlight.config.schema import Config
from ltlight.config.together import in_groups, same_batches, same_images
from ltlight.cpu import tune_for_cpu
from ltlight.data.loader import TensorLoader
from ltlight.errors import UserError, one_line
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build import refuse_absent_gpu
from ltlight.training.build_data import Images, read_images
from ltlight.training.heads.alike import kind, plan_of
from ltlight.training.heads.loop import train_at_once
from ltlight.training.heads.member import Member, built, fit_of, part
from ltlight.training.run import silence_lightning

logger = logging.getLogger(__name__)
Run = tuple[Config, RunFolder]
KEPT = 4  # sets of images, e.g. those of as many seeds
_images: dict[str, Images] = {}  # by `same_images`, the latest `KEPT`


def train_members(runs: Sequence[Run], at_once: int) -> None:
    """Train, test and record runs, as many at once as go together.

    A run that fails leaves its reason in its folder and lets the others go on.

    Args:
        runs: of frozen backbones; each claimed its folder.
        at_once: the most heads that are.
    """
    silence_lightning()
    members = []
    for config, folder in runs:
        with _failing(folder):
            member = built(config, folder, images_of(config))
            members.append((kind(config, member.model, member.data), config, member))
    for group in in_groups(members, at_once):
        _train(group)


def images_of(config: Config) -> Images:
    """The images and features of a configuration; runs on the same share them.

    Raises:
        UserError: see `read_images`.
    """
    refuse_absent_gpu(config.trainer)
    key = same_images(config)
    if key not in _images:
        while len(_images) >= KEPT:
            del _images[next(iter(_images))]
        _images[key] = read_images(config)
    return _images[key]


def _train(group: Sequence[Sequence[Member]]) -> None:
    """Carry out trainings of one kind at once, and finish the members that each is of."""
    everyone = [*chain(*group)]
    first = everyone[0]
    torch.set_float32_matmul_precision(first.config.trainer.matmul_precision)
    if first.model.device.type == "cpu":
        tune_for_cpu(first.model.net)
    try:
        batches: dict[str, TensorLoader] = {}
        for training in group:
            batches.setdefault(same_batches(training[0].config), training[0].batches())
        fits = [fit_of(training, batches[same_batches(training[0].config)]) for training in group]
        spent = train_at_once(fits, plan_of(first.config))
    except Exception:
        for member in everyone:
            fail(member.folder, traceback.format_exc())
        return
    for training, fit in zip(group, fits, strict=True):
        part(training)
        for member, log in zip(training, fit.logs, strict=True):
            with _failing(member.folder), _logged(member.folder):
                if fit.failure is not None:
                    raise fit.failure
                member.finish(log, spent, len(everyone))


@contextmanager
def _failing(folder: RunFolder) -> Iterator[None]:
    """What goes wrong with a run is noted in its folder."""
    try:
        yield
    except Exception as e:
        fail(folder, one_line(str(e)) if isinstance(e, UserError) else traceback.format_exc())


def fail(folder: RunFolder, reason: str) -> None:
    """Note and say why a run failed."""
    folder.fail(reason)
    logger.error("failed: %s: %s", folder.path, reason)


@contextmanager
def _logged(folder: RunFolder) -> Iterator[None]:
    """What is said of a run goes into its `train.log` as well."""
    file: Any = logging.FileHandler(folder.path / "train.log")
    file.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(file)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(file)
        file.close()
