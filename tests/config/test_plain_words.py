"""Hydra's errors in one line; what each bad command gets is in tests/test_bad_input_table.py."""

from dataclasses import dataclass
from typing import Any

import pytest

from ltlight.config.compose import composed
from ltlight.config.plain_words import kind_of, leaf_types, plain_words, unknown_key, unknown_keys

JARGON = ("full_key", "object_type", "DataConfig", "ConfigKey", "http", "append to your config")


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("data.ratio=abc", "data.ratio=abc must be a number"),
        ("seed=1.5", "seed=1.5 must be a whole number"),
        ("overwrite=maybe", "overwrite=maybe must be true or false"),
        ("data.folds=x", "data.folds=x must be a whole number, or null"),
        ("data.train_patients=5", "data.train_patients=5 must be a list, as [a,b]"),
        ("name=[a]", "name=[a] must be a text"),
        ("data.ratoi=1", "there is no key data.ratoi: did you mean data.ratio?"),
        ("ratio=1", "there is no key ratio: did you mean data.ratio?"),
        ("method=improvd", "method=improvd: did you mean improved? choose from "),
    ],
)
def test_what_is_wrong_is_told_without_jargon(override, line):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any class of Hydra's
        composed([override])
    told = plain_words(caught.value, [override])
    assert told is not None
    assert told.startswith(line)
    assert not any(word in told for word in JARGON)
    assert "\n" not in told


def test_other_errors_are_not_its_business():
    assert plain_words(ValueError("why")) is None
    assert plain_words(KeyError("why")) is None


def test_every_key_has_a_kind_in_words():
    assert all(kind_of(key) for key in leaf_types())
    assert kind_of("data") == "several keys, not a value"
    assert kind_of("data.nothing") is None


@pytest.mark.parametrize("value", ["2.5", "1e3", "nan", "true", "[1]", "0", "-5", "all"])
def test_a_key_of_several_kinds_says_its_choices(value):
    """Whether Hydra refuses the value or the rule does: in the same words."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of Hydra's classes, or a UserError
        composed([f"method.draws={value}"])
    assert (plain_words(caught.value, [f"method.draws={value}"]) or str(caught.value)) == (
        f"method.draws={value} must be null, a whole number above 0 and at most 1000000000, or "
        "balanced"
    )


def test_keys_that_the_schema_lacks_are_found_at_any_depth():
    @dataclass
    class Inner:
        known: Any = None

    @dataclass
    class Outer:
        inner: Inner
        value: int = 0

    tree = {"inner": {"known": {"x": 1}, "new": 1}, "value": 0, "more": {"a": 1}}
    assert list(unknown_keys(tree, Outer)) == ["inner.new", "more"]


def test_the_nearest_key_is_named():
    assert unknown_key("method.foacl_gamma").endswith("did you mean method.focal_gamma?")
    assert unknown_key("xyzzy").endswith("conf/README.md has them all")
