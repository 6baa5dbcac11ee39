"""Train and test: one run, or with ``-m`` a sweep that ends in a table.

    python -m ltlight.train data=digits data.ratio=0.02 method=improved
    python -m ltlight.train -m data.ratio=0.1,0.02,0.005 method=baseline,improved

Torch is imported when a run starts, not before: ``--help``, a typing error in the configuration and
a sweep whose members are all finished answer at once.
"""

import logging
import os
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

import hydra
from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from ltlight.config.command_line import home_expanded, overrides_first
from ltlight.config.compose import validated
from ltlight.config.effect import without_effect
from ltlight.config.schema import CONF, Config
from ltlight.errors import UserError
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import objective

log = logging.getLogger(__name__)
OPTUNA = "hydra/sweeper/optuna"  # the group's file that its plugin brings


WARNED: set[tuple[str, str]] = set()  # of a sweep's folder and a key, in this process


def run_member(cfg: DictConfig, folder: RunFolder) -> None:
    """One run of a configuration: skipped if finished, resumed if interrupted."""
    config = validated(cfg)
    refuse_vain_keys(config, HydraConfig.get())
    if os.environ.get("RANK", "0") == "0":  # under torchrun every rank comes through here
        folder.begin(asdict(config), config.overwrite)
    if folder.is_finished and not config.overwrite:
        log.info("finished before: %s", folder.path)
        return
    from ltlight.training.run import run_experiment

    run_experiment(config, folder)


def refuse_vain_keys(config: Config, hydra_config: HydraConf) -> None:
    """Let pass a command line whose every key acts; of a sweep, where it may in others, warn once.

    Raises:
        UserError: naming a key that changes nothing, and what would give it an effect.
    """
    vain = without_effect(config, hydra_config.overrides.task)
    if hydra_config.mode != RunMode.MULTIRUN:
        for _, reason in vain:
            raise UserError(reason)
    sweep, searched = (
        str(Path(hydra_config.sweep.dir).resolve()),
        hydra_config.sweeper.get("params"),
    )
    for key, reason in vain:
        if key not in (searched or {}) and (sweep, key) not in WARNED:
            WARNED.add((sweep, key))
            log.warning("method=%s: %s", config.method.name, reason)


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Hydra's entry: a failed member of a sweep leaves its reason and lets the others go on.

    Returns:
        What a search maximises, see `validation.OBJECTIVE`: of a run that was finished before as
        well, so that a search resumes where it was interrupted. None where nothing was held out,
        and for a failed member.
    """
    hydra_config = HydraConfig.get()
    folder = RunFolder(Path(os.path.relpath(hydra_config.runtime.output_dir)))
    try:
        run_member(cfg, folder)
        return objective(folder)
    except Exception as e:
        mendable = isinstance(e, UserError)
        reason = str(e) if mendable else traceback.format_exc()
        folder.fail(reason)
        if hydra_config.mode == RunMode.MULTIRUN:
            log.error("failed: %s", reason)
        elif mendable:
            sys.exit(f"error: {reason}")
        else:
            raise
    return None


def cli() -> None:
    """The command line: what the user can mend is one line, anything else a traceback."""
    # Hydra then raises what it would print in several lines of its own.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    sys.argv[1:] = home_expanded(overrides_first(sys.argv[1:]))
    try:
        main()
    except UserError as e:  # of a configuration that names code
        sys.exit(f"error: {e}")
    except (HydraException, OmegaConfBaseException) as e:
        if isinstance(e, MissingConfigException) and e.missing_cfg_file == OPTUNA:
            sys.exit(
                "error: a search needs Optuna, which is an extra: in the checkout of ltlight, "
                "pip install --editable '.[search]'"
            )
        cause = e.__cause__ if isinstance(e.__cause__, OmegaConfBaseException) else None
        parts = [str(e)] + ([str(cause)] if cause and str(cause) not in str(e) else [])
        if isinstance(e, OverrideParseException):
            parts.append("(quote a value that holds =, as the path of a run: 'key=\"value\"')")
        sys.exit("error: " + " ".join(" ".join(parts).split()))
    except ValueError as e:  # what OmegaConf raises has been told above
        if not str(e).startswith("Only one of --"):  # Hydra's: -m and --cfg together
            raise
        sys.exit(f"error: {e}")


if __name__ == "__main__":
    cli()
