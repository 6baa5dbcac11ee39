"""Every name stands for something that is there, the schema offers the same, and no torch yet."""

import inspect
import subprocess
import sys
from dataclasses import fields

import pytest

from ltlight.config import choices
from ltlight.config.schema import DataConfig, MethodConfig, ModelConfig, OptimConfig

TABLES = {
    "SOURCES": (DataConfig, "source"),
    "PROFILES": (DataConfig, "profile"),
    "SAMPLERS": (MethodConfig, "sampler"),
    "AUGMENTATIONS": (MethodConfig, "augment"),
    "MIXINGS": (MethodConfig, "mix"),
    "NETWORKS": (ModelConfig, "name"),
    "LOSSES": (MethodConfig, "loss"),
    "CLASS_WEIGHTS": (MethodConfig, "class_weights"),
    "OPTIMIZERS": (OptimConfig, "name"),
    "SCHEDULES": (MethodConfig, "schedule"),
    "SECOND_STAGES": (MethodConfig, "second_stage"),
    "VIEWS": (MethodConfig, "tta"),
}
NAMED = [
    pytest.param(table, name, id=f"{table}-{name}")
    for table in TABLES
    for name in getattr(choices, table)
]


def test_every_table_is_known_here():
    found = {n for n, v in vars(choices).items() if n.isupper() and isinstance(v, dict)}
    assert found == {*TABLES, "ALIASES"}


@pytest.mark.parametrize(("table", "name"), NAMED)
def test_every_name_stands_for_an_object_of_its_own(table, name):
    names = getattr(choices, table)
    found = choices.load(names, name)
    if names[name] is None:
        assert found is None
        assert name == "none"
    else:
        module, _, attribute = names[name].partition(":")
        assert callable(found)
        assert (found.__module__, found.__qualname__) == (module, attribute)
        assert list(names.values()).count(names[name]) == 1


@pytest.mark.parametrize("table", TABLES)
def test_the_schema_offers_exactly_these_names(table):
    group, key = TABLES[table]
    (found,) = (f for f in fields(group) if f.name == key)
    allowed, demand = found.metadata["rule"]
    names = list(getattr(choices, table))
    assert demand == f"must be one of {', '.join(names)}"
    assert all(allowed(name) for name in names)
    assert not any(allowed(other) for other in ("", "magic", names[0].upper(), None))


SHAPES = {
    "SOURCES": ["data"],
    "AUGMENTATIONS": ["images", "generator", "mirror"],
    "SCHEDULES": ["step", "warmup", "total", "epochs"],
    "CLASS_WEIGHTS": ["counts"],
    "VIEWS": ["images", "mirror"],
    "PROFILES": ["num_classes"],
    "SECOND_STAGES": ["model", "training"],
}


@pytest.mark.parametrize(("table", "name"), [n for n in NAMED if n.values[0] in SHAPES])
def test_the_choices_of_a_table_take_the_same(table, name):
    found = choices.load(getattr(choices, table), name)
    if found is not None:
        assert list(inspect.signature(found).parameters) == SHAPES[table]


def test_another_name_is_no_choice():
    with pytest.raises(KeyError, match="magic"):
        choices.load(choices.LOSSES, "magic")


def test_aliases_stand_for_names_and_are_none():
    for key, aliases in choices.ALIASES.items():
        (table,) = (t for t, (_, name) in TABLES.items() if key.endswith(f".{name}"))
        names = getattr(choices, table)
        assert set(aliases.values()) <= set(names)
        assert not set(aliases) & set(names)


def test_the_configuration_needs_no_torch():
    """So that --help, a typing error and a finished sweep answer at once."""
    modules = ["choices", "command_line", "compose", "conflicts", "fields", "schema"]
    script = "import importlib, sys\n"
    script += "".join(f"importlib.import_module('ltlight.config.{m}')\n" for m in modules)
    script += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
