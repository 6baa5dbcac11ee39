"""conf/README.md tells every key of the schema and no other, and every name that one takes."""

import re
from dataclasses import Field, fields, is_dataclass
from typing import Any

import pytest

from ltlight.config.schema import CONF, Config


def schema_fields(schema: type = Config, prefix: str = "") -> dict[str, Field[Any]]:
    found = {}
    for f in fields(schema):
        if isinstance(f.type, type) and is_dataclass(f.type):
            found |= schema_fields(f.type, f"{prefix}{f.name}.")
        else:
            found[prefix + f.name] = f
    return found


def rows() -> dict[str, str]:
    """The column of values by key."""
    text = (CONF / "README.md").read_text()
    return dict(re.findall(r"^\| `([^`]+)` \|[^|]*\|([^|]*)\|", text, flags=re.MULTILINE))


def test_it_tells_every_key_and_no_other():
    assert rows().keys() == schema_fields().keys()


def choices(key: str) -> list[str]:
    """The names that a key takes; none where it takes something else."""
    rule = schema_fields()[key].metadata.get("rule")
    names = rule[1].partition("must be one of ")[2] if rule else ""
    return names.split(", ") if names else []


@pytest.mark.parametrize("key", [key for key in schema_fields() if choices(key)])
def test_it_tells_every_name_that_a_key_takes_and_no_other(key):
    told = rows()[key]
    if "as `" in told:  # another key's
        told = rows()[re.search(r"as `([^`]+)`", told)[1]]
    assert set(re.findall("`([^`]+)`", told)) == set(choices(key))
