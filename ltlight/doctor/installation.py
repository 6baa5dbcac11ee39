"""The installed packages: their versions beside those the metadata accepts, and the extras.

Whatever fails to load is to be reported, so packages are imported where they are asked about.
"""

import platform
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution, version
from typing import TYPE_CHECKING

from ltlight.doctor.row import Row

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

INSTALL = "in the checkout of ltlight: pip install --editable"


def versions() -> list[Row]:
    """ltlight, Python and every package it requires, each beside the versions that are accepted."""
    from packaging.specifiers import SpecifierSet

    package = distribution("ltlight")
    wanted = SpecifierSet(package.metadata["Requires-Python"] or "")
    rows = [
        Row("ltlight", package.version, package.version),
        commit_row(),
        version_row("Python", platform.python_version(), wanted),
    ]
    for requirement in requirements():
        found = installed(requirement.name)
        rows.append(version_row(requirement.name, found, requirement.specifier))
    if not any(row.problem for row in rows):  # as a run will, with what it brings along
        failure = import_failure("ltlight.training.run")
        problem = failure and f"ltlight.training doesn't load: {failure}"
        rows.append(Row("training", failure or "loads", failure or "loads", problem=problem))
    return rows


def commit_row() -> Row:
    """The commit of a checkout."""
    try:
        from ltlight.runs.provenance import git_commit
    except ImportError:  # torch is missing, which has a row of its own
        return Row("commit", None, "unknown")
    commit = git_commit()
    shown = commit and commit[:12] + commit[40:]  # …+changes
    return Row("commit", commit, shown or "none: not a checkout")


def version_row(name: str, found: str | None, wanted: "SpecifierSet") -> Row:
    """A package beside the versions that are accepted."""
    bounds = ",".join(sorted(map(str, wanted), reverse=True))
    problem = None
    if found is None:
        problem = f"{name} is not installed"
    elif not wanted.contains(found, prereleases=True):
        problem = f"{name} {found} is not {bounds}"
    return Row(name, {"found": found, "wanted": bounds}, found or "not installed", bounds, problem)


def requirements(extra: str = "") -> list["Requirement"]:
    """What the package's metadata requires on this machine, of an extra only what it adds."""
    from packaging.requirements import Requirement

    required = [Requirement(line) for line in distribution("ltlight").requires or ()]
    base = [r for r in required if r.marker is None or r.marker.evaluate({"extra": ""})]
    if not extra:
        return base
    return [
        r for r in required if r not in base and r.marker and r.marker.evaluate({"extra": extra})
    ]


def installed(name: str) -> str | None:
    """The version of a package, None if there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def import_failure(module: str) -> str | None:
    """The first line of why a module can't be imported; None if it can."""
    try:
        import_module(module)
    except Exception as e:  # a library that doesn't fit torch's raises OSError, RuntimeError, …
        return f"{type(e).__name__}: {e}".split("\n")[0]
    return None


def extras() -> list[Row]:
    """Each optional set of packages: whether it is installed, and how it would be."""
    rows = []
    for extra in distribution("ltlight").metadata.get_all("Provides-Extra") or ():
        lacking = []
        for requirement in requirements(extra):
            found = installed(requirement.name)
            if found is None or not requirement.specifier.contains(found, prereleases=True):
                lacking.append(str(requirement).partition(";")[0])
        note = f"{INSTALL} '.[{extra}]'" if lacking else ""
        rows.append(Row(extra, not lacking, "not installed" if lacking else "installed", note))
    return rows
