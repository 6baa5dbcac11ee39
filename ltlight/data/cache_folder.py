"""The folder of downloads, decoded images and features: made for its owner alone. No torch here."""

from pathlib import Path

from ltlight.errors import UserError, shown


def made_cache(cache: Path, part: str = "") -> Path:
    """The cache or a folder in it, made if it isn't there; what is new is its owner's alone.

    Args:
        cache: ``data.cache``.
        part: of it, as ``trees``.

    Raises:
        UserError: where it can't be made.
    """
    folder = cache / part
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):  # `parents=True` would make those above for all to read
            each.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(folder))
    except OSError as e:
        raise UserError(
            f"data.cache={shown(cache)} can't be a folder to write to ({e.strerror}): name "
            "another one, there or in the environment variable LTLIGHT_CACHE"
        ) from e
    return folder
