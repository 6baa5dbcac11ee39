"""The configuration that a run recorded, as dataclasses again. No torch here."""

from dataclasses import replace
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ltlight.config.compose import check_ranges
from ltlight.config.pretrained import NO_WEIGHTS, is_fine_tuned
from ltlight.config.schema import Config
from ltlight.errors import UserError
from ltlight.runs.records import comparable
from ltlight.runs.run_folder import RunFolder


def recorded_config(folder: RunFolder, *, as_trained: bool = False) -> Config:
    """What a run was computed with; see `config_of_record`.

    Raises:
        UserError: for a missing or damaged `config.yaml`.
    """
    file = folder.path / "config.yaml"
    return config_of_record(folder.config(), str(file), as_trained=as_trained)


def config_of_record(record: dict[str, Any], named: str, *, as_trained: bool = False) -> Config:
    """A recorded configuration as dataclasses.

    Keys that are newer than the record are neutral. The weights that the training started from
    (``model.checkpoint``, and ``model.weights`` of a backbone that was fine-tuned) are left out:
    the run has its own, and those may be gone. So is what only a training needs of the network.

    Args:
        record: nested, as `dataclasses.asdict` gives it.
        named: where it comes from, for the error message.
        as_trained: whether nothing is left out, so that it can be trained again.

    Raises:
        UserError: for a record that lacks a key that has no neutral value, or holds what this
            version doesn't know.
    """
    tree = OmegaConf.create()
    for key, value in comparable(record).items():
        OmegaConf.update(tree, key, value, force_add=True)
    try:
        merged = OmegaConf.merge(OmegaConf.structured(Config), tree)
        missing = sorted(OmegaConf.missing_keys(merged))
        if missing:
            raise UserError(f"{named} lacks {missing[0]}: its run has to be made anew")
        config = OmegaConf.to_object(merged)
    except OmegaConfBaseException as e:
        why = " ".join(str(e).split())
        raise UserError(f"{named} isn't a configuration of this version ({why})") from e
    assert isinstance(config, Config)
    check_ranges(config, "")
    if as_trained:
        return config
    model = replace(config.model, checkpoint=None, grad_checkpointing=False)
    if is_fine_tuned(config):
        model = replace(model, weights=NO_WEIGHTS)
    return replace(config, model=model)
