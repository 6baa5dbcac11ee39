"""What Hydra and OmegaConf refuse, in this project's words: one line, no jargon. No torch here.

Their messages name classes of the schema, suggest ``+key`` for a typing error and take several
lines.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import Field, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, get_args

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from ltlight.config.schema import CONF, Config
from ltlight.errors import one_line, shown

KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
OPTUNA = "hydra/sweeper/optuna"  # the group's file that its plugin brings


def plain_words(error: Exception, overrides: Sequence[str] = ()) -> str | None:
    """One line on what is wrong with the overrides and what to do.

    Args:
        error: raised while a configuration was composed.
        overrides: of the command line.

    Returns:
        None for an error that isn't one of the configuration.
    """
    if isinstance(error, MissingConfigException):
        return _of_missing_file(error)
    if isinstance(error, OverrideParseException):
        return (
            f"{shown(error.override)} can't be read: it has to be key=value (quote a value that "
            "holds =, as the path of a run, or a comma: 'key=\"value\"')"
        )
    if isinstance(error, ValueError) and str(error).startswith("Config group override must be"):
        return _of_group_value(overrides)
    absent = re.match(r"Unknown plugin class : '(hydra_plugins\.\w+)", str(error))
    if absent:
        return _of_absent_plugin(absent[1])
    if not isinstance(error, HydraException | OmegaConfBaseException):
        return str(error) if str(error).startswith("Only one of --") else None
    deleted = next((word for word in overrides if word.startswith("~")), None)
    if deleted and not isinstance(error.__cause__, OmegaConfBaseException):
        return f"{shown(deleted)}: a key can't be taken away; set it to null where it may be that"
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        return _of_value(str(cause.full_key), cause, error, overrides)
    return _of_the_rest(error, cause)


def unknown_key(key: str) -> str:
    """What is said of a key that there is not: the nearest one, if any is near."""
    keys = list(leaf_types())
    near = get_close_matches(key, keys, n=1, cutoff=0.75)
    if key.startswith("hydra."):
        return f"there is no key {shown(key)}: `ltlight train --cfg hydra` prints those of Hydra"
    last = key.rpartition(".")[2]
    near = near or [k for k in keys if k.rpartition(".")[2] == last][:1]
    meant = f"did you mean {near[0]}?" if near else "conf/README.md has them all"
    return f"there is no key {shown(key)}: {meant}"


def leaf_types() -> dict[str, Any]:
    """The type of every key, dotted."""
    return {key: f.type for key, f in _leaves().items()}


def _leaves(schema: type = Config, prefix: str = "") -> dict[str, Field[Any]]:
    found: dict[str, Field[Any]] = {}
    for f in fields(schema):
        if isinstance(f.type, type) and is_dataclass(f.type):
            found |= _leaves(f.type, f"{prefix}{f.name}.")
        else:
            found[prefix + f.name] = f
    return found


def kind_of(key: str) -> str | None:
    """What a value of a key has to be, in words; None for a key that there is not."""
    leaf = _leaves().get(key)
    if leaf is None:
        return "several keys, not a value" if _is_group(key) else None
    kind = leaf.type
    if kind == list[str]:
        return "a list, as [a,b]"
    parts = [KINDS[part] for part in KINDS if part is kind or part in get_args(kind)]
    if len(parts) > 1:  # "or a text" would leave unsaid which
        return str(leaf.metadata["rule"][1]).removeprefix("must be ")
    return parts[0] + (", or null" if type(None) in get_args(kind) else "")


def _is_group(key: str) -> bool:
    return any(known.startswith(f"{key}.") for known in leaf_types())


def _of_value(
    key: str, cause: OmegaConfBaseException, error: Exception, overrides: Sequence[str]
) -> str:
    if isinstance(cause, ConfigKeyError | ConfigAttributeError):
        return unknown_key(key)
    kind = kind_of(key)
    if kind is None:
        return _of_the_rest(error, cause)
    typed = [word for word in overrides if word.lstrip("+").startswith(f"{key}=")]
    found = re.search(r"[vV]alue '(.*?)'(?: |$)", one_line(str(cause)))
    value = typed[-1].partition("=")[2] if typed else found[1] if found else "…"
    return f"{key}={shown(value)} must be {kind}"


def _of_absent_plugin(package: str) -> str:
    extra = package.removeprefix("hydra_plugins.hydra_").removesuffix("_launcher")
    name = package.partition(".")[2].replace("_", "-")
    return (
        f"{name} is not installed, which is an extra: in the "
        f"checkout of ltlight, pip install --editable '.[{extra}]'"
    )


def _of_missing_file(error: MissingConfigException) -> str:
    name = error.missing_cfg_file or ""
    if name == OPTUNA:
        return (
            "a search needs Optuna, which is an extra: in the checkout of ltlight, "
            "pip install --editable '.[search]'"
        )
    group, _, choice = name.rpartition("/")
    options = [option for option in error.options or () if option != "base"]
    if not (group and options):
        return f"there is no configuration {shown(name)}: leave out --config-name"
    near = get_close_matches(choice, options, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{group}={shown(choice)}: {meant}choose from {', '.join(options)}"


def _of_group_value(overrides: Sequence[str]) -> str:
    for word in overrides:
        key, _, value = word.lstrip("+").partition("=")
        if not key:
            return f"{shown(word)} has no key before the =: give key=value"
        group = CONF / key
        if group.is_dir() and not isinstance(_parsed(word), str):
            names = sorted(file.stem for file in group.glob("*.yaml") if file.stem != "base")
            return f"{key}={shown(value)} must name a file: choose from {', '.join(names)}"
    return "a group takes the name of a file, as data=digits"


def _parsed(word: str) -> Any:
    return OverridesParser.create().parse_override(word).value()


def _of_the_rest(error: Exception, cause: BaseException | None) -> str:
    text = one_line(" ".join(str(error).split()))
    if match := re.match(r"Ambiguous value for argument '(.*?)' 1\.", text):
        word = match[1]
        return (
            f"{shown(word)} are several values: add -m for a run of each; a list is [a,b], and a "
            "text with commas is quoted: 'key=\"a,b\"'"
        )
    if match := re.match(r"Multiple values for (\S+)\.", text):
        return f"{match[1]} is chosen already: write {match[1]}=…, once and without a +"
    parts = [text] + (
        [" ".join(str(cause).split())] if cause and str(cause) not in str(error) else []
    )
    told = " ".join(parts)
    return re.sub(r" (full_key: (?P<key>\S+)|(reference|object)_type=\S+)", "", told)


def unknown_keys(tree: dict[str, Any], schema: type = Config, prefix: str = "") -> Iterator[str]:
    """The keys of a composed configuration that the schema lacks, as ``+key=value`` adds them."""
    known = {f.name: f.type for f in fields(schema)}
    for name, value in tree.items():
        kind = known.get(str(name))
        if kind is None:
            yield f"{prefix}{name}"
        elif isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
            yield from unknown_keys(value, kind, f"{prefix}{name}.")
