"""Colours, markers and dashes that tell methods apart, on white and on near-black."""

import pytest
from matplotlib.colors import to_rgb

from ltlight.report.drawing.palette import GREY, LOOKS, looks


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour)]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [*LOOKS, GREY], ids=lambda look: look.colour)
@pytest.mark.parametrize("ground", ["#ffffff", "#14171b"])
def test_every_colour_is_readable_on_both_grounds(look, ground):
    assert contrast(look.colour, ground) >= 3


def test_looks_differ_by_more_than_colour():
    for values in zip(*[(look.colour, *look.marker) for look in (*LOOKS, GREY)], strict=True):
        assert len(set(values)) == len(LOOKS) + 1


def test_the_baseline_is_grey_and_the_others_keep_their_order():
    found = looks(["a", "baseline", "b"])
    assert found == {"a": LOOKS[0], "baseline": GREY, "b": LOOKS[1]}


def test_more_methods_than_looks_begin_again():
    names = [f"m{i}" for i in range(len(LOOKS) + 1)]
    assert looks(names)[names[-1]] == LOOKS[0]
