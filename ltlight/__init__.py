"""ltlight: from an imbalanced set of images to an honest before/after report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from ltlight.deploy.classifier import Classifier


def __getattr__(name: str) -> Any:
    """``ltlight.__version__``, read from the installed package when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("ltlight")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(
    run: str | Path | Sequence[str | Path],
    device: "torch.device | str | None" = None,
    prior: str | None = None,
) -> "Classifier":
    """A trained classifier: ``ltlight.load("outputs/…/seed=0").predict("photos/")``.

    Args:
        run: a run folder, or a folder above exactly one; several are averaged.
        device: to compute on; None: the GPU where there is one.
        prior: the class frequencies of where it will be used: ``train``, ``uniform``, or a CSV or
            JSON file of class and weight; None: probabilities as the run was taught.

    Raises:
        ltlight.errors.UserError: for what is no finished run, runs that don't go together, or a
            prior that can't be had.
    """
    from ltlight.deploy.classifier import load as load_run  # torch, only when it is wanted

    return load_run(run, device, prior)
