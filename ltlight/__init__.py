"""ltlight: from an imbalanced set of images to an honest before/after report."""

from typing import Any


def __getattr__(name: str) -> Any:
    """``ltlight.__version__``, read from the installed package when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("ltlight")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
