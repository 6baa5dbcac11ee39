"""conf/README.md tells every key of the schema, and no other."""

import re
from dataclasses import fields, is_dataclass

from ltlight.config.schema import CONF, Config


def schema_keys(schema: type = Config, prefix: str = "") -> set[str]:
    found = set()
    for f in fields(schema):
        if isinstance(f.type, type) and is_dataclass(f.type):
            found |= schema_keys(f.type, f"{prefix}{f.name}.")
        else:
            found.add(prefix + f.name)
    return found


def test_it_tells_every_key_and_no_other():
    text = (CONF / "README.md").read_text()
    assert set(re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)) == schema_keys()
