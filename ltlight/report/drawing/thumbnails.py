"""One small picture of every class, which the page keeps once for all figures of a data set."""

import numpy as np
from PIL import Image

from ltlight.report.document.table import data_uri
from ltlight.report.drawing.image_strips import pictures_of, png
from ltlight.report.results.group import Group

SIDE = 32  # pixels, to which larger ones are thinned
MOST = 100  # classes; of more none could be seen


def thumbnails(group: Group) -> list[str]:
    """Addresses that hold a picture of each class, head to tail, empty where none was kept.

    Of test images, the first of each class. None at all of more than `MOST` classes and of runs
    that kept no pictures.
    """
    kept = pictures_of([m for members in group.methods.values() for m in members])
    if kept is None or len(group.names) > MOST:
        return []
    labels = group.first.predictions.targets[kept["test_indices"]]
    uris = []
    for number in group.order:
        of_class = np.flatnonzero(labels == number)
        uris.append(_uri(kept["test_images"][of_class[0]]) if len(of_class) else "")
    return uris


def _uri(image: np.ndarray) -> str:
    """uint8 [3, S, S] as an address."""
    picture = Image.fromarray(image.transpose(1, 2, 0))
    picture.thumbnail((SIDE, SIDE))
    return data_uri(png(np.asarray(picture).transpose(2, 0, 1)[None, None]))
