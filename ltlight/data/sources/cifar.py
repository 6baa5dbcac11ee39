"""CIFAR-10 and CIFAR-100 from their archive, by torchvision's reader."""

import shutil
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from ltlight.config.schema import DataConfig
from ltlight.data.cache_folder import made_cache
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.sources.folder_tree import folder
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError, shown
from ltlight.memory import free_memory, refuse_images_beyond

Split = tuple[np.ndarray, np.ndarray]


def cifar10(data: DataConfig) -> SourceImages:
    """CIFAR-10 (Krizhevsky 2009): 10 classes of 5,000 training and 1,000 test images.

    Raises:
        UserError: when the archive is neither there nor to be had.
    """
    return _from_archive("cifar10", data)


def cifar100(data: DataConfig) -> SourceImages:
    """CIFAR-100, fine labels: 100 classes of 500 training and 100 test images.

    Raises:
        UserError: when the archive is neither there nor to be had.
    """
    return _from_archive("cifar100", data)


def _from_archive(source: str, data: DataConfig) -> SourceImages:
    """The archive, or the tree of files that ``data.root`` names."""
    if data.root is not None:
        return folder(data)
    raw, names = read(source, Path(data.cache).expanduser(), data.archive)
    total = sum(len(labels) for _, labels in raw)
    refuse_images_beyond(free_memory(), total, data.image_size, "of memory")
    sets = []
    for images, labels in raw:
        if data.image_size != 32:
            pictures = (Image.fromarray(i.transpose(1, 2, 0)) for i in images)
            images = np.stack([Preprocessing.of(data).apply(picture) for picture in pictures])
        sets.append(ImageSet(images, labels, names))
    return SourceImages(*sets)


def read(
    source: str, cache: Path, archive: str | None
) -> tuple[tuple[Split, Split], tuple[str, ...]]:
    """The training and the test split, downloaded into ``cache`` on first use.

    Args:
        source: ``cifar10`` or ``cifar100`` (fine labels).
        cache: folder that holds the archive and its contents.
        archive: a local archive or another URL to take instead of the data set's own host; the
            checksum must be the published one.

    Returns:
        ((images uint8 [N, 3, 32, 32], labels int64 [N]) of training and test, class names).

    Raises:
        UserError: when the archive is neither there nor to be had.
    """
    import torchvision.datasets

    dataset: Any = {
        "cifar10": torchvision.datasets.CIFAR10,
        "cifar100": torchvision.datasets.CIFAR100,
    }[source]
    if archive is not None:
        dataset = _with_archive(dataset, archive, cache)
    made_cache(cache)
    try:
        # Torchvision downloads with a progress bar, and only what fails its checksum.
        train = dataset(str(cache), train=True, download=True)
        test = dataset(str(cache), train=False, download=False)
    except (URLError, OSError, RuntimeError, ValueError, HTTPException) as e:
        raise UserError(
            f"{dataset.filename} (md5 {dataset.tgz_md5}) is not in {cache} and could not be had "
            f"({e}): put it there, name a copy or another URL with data.archive=…, give a tree "
            "train/<class>/*, test/<class>/* with data.root=…, or try data=digits"
        ) from e
    splits = [
        (np.ascontiguousarray(s.data.transpose(0, 3, 1, 2)), np.asarray(s.targets, dtype=np.int64))
        for s in (train, test)
    ]
    return (splits[0], splits[1]), tuple(train.classes)


def _with_archive(dataset: Any, archive: str, cache: Path) -> Any:
    """The data set class reading another URL, or with a local archive put into the cache."""
    if "://" in archive:
        if not archive.startswith(("https://", "http://")) or not urlsplit(archive).hostname:
            raise UserError(
                f"data.archive={shown(archive)} is not a web address: give https://host/file, or "
                "the path of a file"
            )
        return type(dataset.__name__, (dataset,), {"url": archive})
    from torchvision.datasets.utils import check_integrity

    local = Path(archive).expanduser()
    if not local.is_file():
        raise UserError(f"data.archive={archive} is not a file: name {dataset.filename}")
    if not check_integrity(str(local), dataset.tgz_md5):
        raise UserError(
            f"data.archive={archive} is not the published {dataset.filename}: its md5 is not "
            f"{dataset.tgz_md5}; download it again"
        )
    made_cache(cache)
    target = cache / dataset.filename
    if local.resolve() != target.resolve():
        shutil.copyfile(local, target)
    return dataset
