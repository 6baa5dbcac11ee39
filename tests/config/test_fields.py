from dataclasses import MISSING as UNSET
from dataclasses import dataclass, fields

import pytest
from omegaconf import MISSING

from ltlight.config.fields import (
    FRACTION,
    NO_VALUE,
    SHARE,
    between,
    choice,
    folder_name,
    from_zero,
    key,
    or_null,
    positive,
    ruled,
)

NAN, INF = float("nan"), float("inf")


@dataclass
class Example:
    """Each kind of field once."""

    plain: int = ruled(positive(9))
    with_default: int = ruled(positive(9), 3, neutral=1)
    free: bool = key(neutral=None)
    one_of: str = choice(iter(["a", "b"]), neutral="a")
    folder: str = folder_name("taken")


NO_NAMES = ("", "a/b", ".", "..", "a\nb", "a\x1b[31m", "a\0", " a", "a ", "ä" * 101, "taken")
FIELDS = {f.name: f for f in fields(Example)}


@pytest.mark.parametrize(
    ("rule", "allowed", "refused"),
    [
        (positive(9), [1e-9, 1, 9], [0, -1, 9.1, 10**30, NAN, INF]),
        (from_zero(9), [0, 0.5, 9], [-1e-9, 9.1, NAN, INF, -INF]),
        (between(2, 9), [2, 9], [1.9, 9.1, NAN, INF]),
        (SHARE, [0, 0.5, 0.999], [1, -0.1, NAN]),
        (FRACTION, [0.001, 0.999], [0, 1, NAN]),
        (or_null(positive(9)), [None, 1], [0, NAN, INF]),
        (FIELDS["one_of"].metadata["rule"], ["a", "b"], ["c", "", None]),
        (FIELDS["folder"].metadata["rule"], ["a", "a b", "..a", "ä" * 100], [*NO_NAMES]),
    ],
    ids=[
        "positive",
        "from zero",
        "between",
        "share",
        "fraction",
        "or null",
        "choice",
        "folder name",
    ],
)
def test_rules(rule, allowed, refused):
    predicate, demand = rule
    assert [v for v in allowed if not predicate(v)] == []
    assert [v for v in refused if predicate(v)] == []
    assert demand.startswith("must ")


def test_demands_are_said_in_words():
    assert or_null(positive(9))[1] == "must be above 0 and at most 9, or null"
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
