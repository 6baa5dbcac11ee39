"""Walking folders of pictures: which files there are, and what is passed over, by reason.

Links are followed, but not round in circles and not into the system's own folders; nothing that is
no regular file is opened. A picture is told by its suffix (`picture.SUFFIXES`), not by its content,
which would have to be read from every file; within these a wrong suffix does no harm.
"""

import os
import stat
from errno import EACCES, EPERM
from pathlib import Path

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.sources.passed_over import PassedOver
from ltlight.data.sources.picture import SUFFIXES, kind_of
from ltlight.errors import UserError, one_line

OF_THE_SYSTEM = ("/proc", "/sys", "/dev")
Found = list[tuple[str, int, int]]  # path relative to the root, bytes, modification time in ns


def refuse_no_folder(root: Path, key: str) -> None:
    """Let pass a folder that pictures can be in.

    Raises:
        UserError: naming the key.
    """
    try:
        is_folder = stat.S_ISDIR(root.stat().st_mode)
    except (OSError, ValueError):  # absent, in a circle of links, too long; a null character
        is_folder = False
    if not is_folder:
        raise UserError(f"{key}={one_line(str(root))} is not a folder: check the path")
    if _is_of_the_system(os.path.realpath(root)):
        raise UserError(f"{key}={root} is a folder of the system: give the folder of your pictures")


def files_folder(data: DataConfig) -> Path | None:
    """The folder that `ImageSet.files` of a configuration are relative to; None without any.

    That is ``data.root``, or of a table ``data.images`` or the folder it is in.
    """
    if data.root is None:
        return None
    root = Path(data.root).expanduser()
    if data.source != "table":
        return root
    return root.parent if data.images is None else Path(data.images).expanduser()


def subfolders(folder: Path, prefix: int, passed: PassedOver) -> list[str]:
    """The names of the folders in a folder, sorted; all else there is passed over.

    Args:
        folder: to look into, not below.
        prefix: see `pictures_below`.
        passed: takes what is passed over.

    Raises:
        UserError: for a folder that can't be opened.
    """
    names, real = [], os.path.realpath(folder)
    try:
        entries = _entries(str(folder))
    except OSError as e:
        raise UserError(f"{one_line(str(folder))} can't be opened: {e.strerror}") from e
    for entry in entries:
        name = entry.path[prefix:]
        mode = _mode(entry, name, passed)
        if mode is None:
            continue
        if stat.S_ISDIR(mode):
            if _may_enter(entry, real, name, passed):
                names.append(entry.name)
        elif entry.name.lower().endswith(SUFFIXES) and stat.S_ISREG(mode):
            passed.add("picture outside class folders", name)
        else:
            _pass_over_file(mode, name, passed)
    return sorted(names)


def pictures_below(folders: list[str], prefix: int, passed: PassedOver) -> Found:
    """The pictures in some folders and in theirs, sorted by path.

    Plain strings and scandir's own stat: with pathlib, 100,000 files take seconds.

    Args:
        folders: paths; a folder that is reached twice is taken once.
        prefix: characters of a path to leave out: the root's and the slash.
        passed: takes what is passed over.
    """
    found: Found = []
    todo = [(folder, os.path.realpath(folder)) for folder in reversed(folders)]
    seen = {real for _, real in todo}
    while todo:
        folder, real = todo.pop()
        try:
            entries = _entries(folder)
        except OSError:
            passed.add("folder that can't be opened", folder[prefix:])
            continue
        for entry in entries:
            name = entry.path[prefix:]
            mode = _mode(entry, name, passed)
            if mode is None:
                continue
            if stat.S_ISDIR(mode):
                if _may_enter(entry, real, name, passed):
                    target = _real(entry, real)
                    if target in seen:
                        passed.add("folder reached twice", name)
                    else:
                        seen.add(target)
                        todo.append((entry.path, target))
            elif stat.S_ISREG(mode) and entry.name.lower().endswith(SUFFIXES):
                _take(entry, name, found, passed)
            else:
                _pass_over_file(mode, name, passed)
    return sorted(found)


def stamps_of(found: Found) -> np.ndarray:
    """Bytes and modification time in ns of every file, int64 [N, 2]."""
    return np.array([stamp for _, *stamp in found], dtype=np.int64).reshape(-1, 2)


def _take(entry: os.DirEntry[str], name: str, found: Found, passed: PassedOver) -> None:
    try:
        status = entry.stat()
    except OSError:  # removed since
        passed.add("file that can't be opened", name)
        return
    found.append((name, status.st_size, status.st_mtime_ns))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Links last, so that what can be reached without one is."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: (entry.is_symlink(), entry.name))


def _mode(entry: os.DirEntry[str], name: str, passed: PassedOver) -> int | None:
    """What an entry is, links followed; None for one that is passed over."""
    if entry.name.startswith("."):
        passed.add("hidden entry", name)
        return None
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        passed.add("name that is not UTF-8", name)
        return None
    # Without a stat of their own for the many that are plain files and folders.
    if entry.is_file(follow_symlinks=False):
        return stat.S_IFREG
    if entry.is_dir(follow_symlinks=False):
        return stat.S_IFDIR
    try:
        return entry.stat().st_mode
    except OSError as e:
        closed = e.errno in (EACCES, EPERM)
        passed.add("file that can't be opened" if closed else "dangling link", name)
        return None


def _may_enter(entry: os.DirEntry[str], real: str, name: str, passed: PassedOver) -> bool:
    """Whether a folder is neither above the one it is in, whose real path is given, nor /proc."""
    target = _real(entry, real)
    if f"{real}/".startswith(f"{target.rstrip('/')}/"):
        passed.add("link back to a folder above it", name)
        return False
    if _is_of_the_system(target):
        passed.add("link into a folder of the system", name)
        return False
    return True


def _real(entry: os.DirEntry[str], parent: str) -> str:
    if entry.is_symlink():
        return os.path.realpath(entry.path)
    return f"{parent.rstrip('/')}/{entry.name}"


def _is_of_the_system(real: str) -> bool:
    # /dev/shm is memory that anyone may put files into.
    if f"{real}/".startswith("/dev/shm/"):
        return False
    return any(f"{real}/".startswith(f"{folder}/") for folder in OF_THE_SYSTEM)


def _pass_over_file(mode: int, name: str, passed: PassedOver) -> None:
    if stat.S_ISREG(mode):
        passed.add_file(name)
    else:
        passed.add(kind_of(mode), name)
