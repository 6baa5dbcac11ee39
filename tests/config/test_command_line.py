"""The order of Hydra's command line."""

import pytest

from ltlight.config.command_line import overrides_first


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("data=digits seed=0,1", "data=digits seed=0,1"),
        ("-m data=digits", "data=digits -m"),
        ("data=digits -m seed=0,1 ~logger +a=1", "data=digits seed=0,1 ~logger +a=1 -m"),
        ("--cfg job a=1 -cd x b=2 --resolve", "a=1 b=2 --cfg job -cd x --resolve"),
        ("a=1 --nope b=2", "a=1 b=2 --nope"),
        ("", ""),
    ],
)
def test_overrides_come_first(given, expected):
    assert overrides_first(given.split()) == expected.split()
