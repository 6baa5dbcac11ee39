"""The split of a run as a table, from which another run can take the very same images."""

from ltlight.data.image_set import ImageSet

COLUMNS = ("path", "label", "split", "group")


def split_rows(train: ImageSet, val: ImageSet | None, test: ImageSet) -> list[list[str]] | None:
    """A row an image under `COLUMNS`, of what is trained on, held out and tested on.

    Args:
        train: as it is trained on, thinned out already.
        val: held out of it, or None.
        test: what is tested on.

    Returns:
        (path relative to where the source was read from, class name, ``train``, ``val`` or
        ``test``, group or an empty text), in the order of the sets; None where the images have no
        files of their own.
    """
    rows = []
    for name, images in (("train", train), ("val", val), ("test", test)):
        if images is None:
            continue
        if images.files is None:
            return None
        groups = [""] * len(images) if images.groups is None else images.groups.tolist()
        labels = [images.class_names[label] for label in images.labels]
        for path, label, group in zip(images.files.tolist(), labels, groups, strict=True):
            rows.append([str(path), label, name, str(group)])
    return rows
