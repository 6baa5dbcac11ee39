from dataclasses import MISSING as UNSET
from dataclasses import dataclass, fields

import pytest
from omegaconf import MISSING

from ltlight.config.fields import (
    FRACTION,
    NO_VALUE,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    choice,
    folder_name,
    key,
    or_null,
    ruled,
)

NAN = float("nan")


@dataclass
class Example:
    """Each kind of field once."""

    plain: int = ruled(POSITIVE)
    with_default: int = ruled(POSITIVE, 3, neutral=1)
    free: bool = key(neutral=None)
    one_of: str = choice(iter(["a", "b"]), neutral="a")
    folder: str = folder_name()


FIELDS = {f.name: f for f in fields(Example)}


@pytest.mark.parametrize(
    ("rule", "allowed", "refused"),
    [
        (POSITIVE, [1e-9, 1, 1e9], [0, -1, NAN]),
        (NOT_NEGATIVE, [0, 0.5], [-1e-9, NAN]),
        (SHARE, [0, 0.5, 0.999], [1, -0.1, NAN]),
        (FRACTION, [0.001, 0.999], [0, 1, NAN]),
        (or_null(POSITIVE), [None, 1], [0, NAN]),
        (FIELDS["one_of"].metadata["rule"], ["a", "b"], ["c", "", None]),
        (FIELDS["folder"].metadata["rule"], ["a", "a b", "..a"], ["", "a/b", ".", ".."]),
    ],
    ids=["positive", "not negative", "share", "fraction", "or null", "choice", "folder name"],
)
def test_rules(rule, allowed, refused):
    predicate, demand = rule
    assert [v for v in allowed if not predicate(v)] == []
    assert [v for v in refused if predicate(v)] == []
    assert demand.startswith("must ")


def test_demands_are_said_in_words():
    assert or_null(POSITIVE)[1] == "must be above 0, or null"
    assert FIELDS["one_of"].metadata["rule"][1] == "must be one of a, b"


def test_defaults_and_neutral_values():
    defaults = {name: f.default for name, f in FIELDS.items()}
    assert UNSET not in defaults.values()
    assert defaults.pop("with_default") == 3
    assert set(defaults.values()) == {MISSING}  # the YAML files hold the values
    neutral = {name: f.metadata.get("neutral", NO_VALUE) for name, f in FIELDS.items()}
    assert neutral == {
        "plain": NO_VALUE,
        "with_default": 1,
        "free": None,  # a value like any other
        "one_of": "a",
        "folder": NO_VALUE,
    }
