"""What the folders of a tree are: splits, classes, or patients (or other groups) of classes."""

from collections import Counter
from pathlib import Path

from ltlight.data.sources.files import pictures_below, subfolders
from ltlight.data.sources.groups import compiled
from ltlight.data.sources.listing import SPLIT_OF
from ltlight.data.sources.passed_over import PassedOver
from ltlight.errors import UserError, some

ClassFolders = dict[str, list[str]]  # paths by the class's name


def split_folders(root: Path, names: list[str], passed: PassedOver) -> dict[str, str]:
    """Which folder of a root is which split, in the order train, val, test; empty: none is.

    Args:
        root: named in what is refused.
        names: the folders in it.
        passed: takes what stands beside a training and another split.

    Raises:
        UserError: where one folder named for a split stands beside others or two for the same
            split, or where there is none to train on.
    """
    splits: dict[str, str] = {}
    for name in names:
        split = SPLIT_OF.get(name.lower())
        if split is None:
            continue
        if split in splits:
            raise UserError(
                f"data.root={root} holds {splits[split]}/ and {name}/, which both name the {split} "
                "split: rename or remove one"
            )
        splits[split] = name
    others = [name for name in names if name not in splits.values()]
    if "train" in splits and len(splits) > 1:
        for name in others:
            passed.add("folder beside the splits", name)
    elif splits and others:
        named = [f"{name}/" for name in splits.values()]
        raise UserError(
            f"data.root={root} holds {some(named)} beside {some(others)}: whether these are "
            "splits or classes can't be told. Of splits, put every class into train/<class>/; of "
            "classes, rename those that are called like a split"
        )
    if splits and "train" not in splits:
        there = some([f"{name}/" for name in splits.values()])
        raise UserError(
            f"data.root={root} has {there} but no train/: put what is trained on into train/<class>"
        )
    return {split: splits[split] for split in ("train", "val", "test") if split in splits}


def class_folders(base: Path, root: Path, passed: PassedOver, group: str | None) -> ClassFolders:
    """The folders of each class in a folder that holds one split, or everything.

    ``<class>/…``; or ``<group>/<class>/…`` where ``data.group`` finds its name in the outer folder.

    Args:
        base: the folder.
        root: what ``group`` sees the path from.
        passed: takes what is passed over.
        group: ``data.group``.

    Raises:
        UserError: for folders that look like patients while ``group`` doesn't tell.
    """
    prefix = len(str(root).rstrip("/")) + 1
    outer = subfolders(base, prefix, passed)
    inner = _repeated_folders(base, outer)
    if not inner:
        return {name: [str(base / name)] for name in outer}
    if group is None:
        before, folder = ("", root) if base == root else ("[^/]+/", base)
        raise UserError(
            f"data.root={root}: {folder} holds {len(outer)} folders ({some(outer, 3)}) that all "
            f"hold the same ones ({some(inner, 5)}), as of patients and classes. If those are the "
            f"classes and these patients (or other groups), set 'data.group=\"^{before}([^/]+)/\"';"
            " if it is the other way round, 'data.group=\"/([^/]+)/[^/]*$\"'; if there are no "
            "groups, 'data.group=\"(.*)\"'"
        )
    if not _names_outer(group, base, outer, prefix):
        return {name: [str(base / name)] for name in outer}
    return _merged(base, outer, prefix, passed)


def of_patients(root: Path, patients: list[str], passed: PassedOver) -> ClassFolders:
    """The class folders of some patients, merged by class.

    Raises:
        UserError: for a patient who has no folder.
    """
    absent = [p for p in patients if not (root / p).is_dir()]
    if absent or not patients:
        raise UserError(
            f"data.root={root} has no patient {', '.join(absent)}: give the folder of patient "
            "folders, a tree of train/ and test/, or other data.train_patients and "
            "data.test_patients"
        )
    return _merged(root, patients, len(str(root).rstrip("/")) + 1, passed)


def _merged(base: Path, outer: list[str], prefix: int, passed: PassedOver) -> ClassFolders:
    found: ClassFolders = {}
    for name in outer:
        for inner in subfolders(base / name, prefix, passed):
            found.setdefault(inner, []).append(str(base / name / inner))
    return found


def _repeated_folders(base: Path, outer: list[str]) -> list[str]:
    """The names of the folders in the outer ones, if those look like patients with classes.

    They do where there are two or more, none holds a picture of its own, and of two or more names
    in them each is in at least half of them: some patients lack a class.
    """
    counts: Counter[str] = Counter()
    for name in outer:
        own = PassedOver()
        inner = subfolders(base / name, 0, own)
        if not inner or own.has("picture outside class folders"):
            return []
        counts.update(inner)
    common = len(outer) >= 2 and len(counts) >= 2
    return sorted(counts) if common and min(counts.values()) * 2 >= len(outer) else []


def _names_outer(group: str, base: Path, outer: list[str], prefix: int) -> bool:
    """Whether an expression finds the names of the outer folders, in their place or another."""
    for name in outer:
        for path, *_ in pictures_below([str(base / name)], prefix, PassedOver()):
            match = compiled(group).search(path)
            end = len(f"{base / name}"[prefix:])
            return match is not None and (match.end(1) <= end or match[1] == name)
    return False
