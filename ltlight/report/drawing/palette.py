"""One colour, marker and dash a method, the same in every figure of a report."""

from dataclasses import dataclass

from ltlight.report.results.sweep import BASELINE


@dataclass(frozen=True)
class Look:
    """Told apart by more than colour: also in grey print and by colour-blind readers.

    Attributes:
        colour: readable on white and on near-black.
        marker: (Plotly's, Matplotlib's) name.
        dash: (Plotly's, Matplotlib's) name.
    """

    colour: str
    marker: tuple[str, str]
    dash: tuple[str, str]


GREY = Look("#868e99", ("circle-open", "+"), ("dash", "--"))
# After Okabe and Ito (2008), lightened until each has a contrast of 3 on both grounds.
LOOKS = (
    Look("#d9692b", ("circle", "o"), ("solid", "-")),
    Look("#3b8ac4", ("square", "s"), ("solid", "-")),
    Look("#2a9d74", ("diamond", "D"), ("dashdot", "-.")),
    Look("#b565a7", ("triangle-up", "^"), ("dot", ":")),
    Look("#b08a1a", ("x", "x"), ("longdash", "--")),
    Look("#6b7fd7", ("star", "*"), ("longdashdot", "-.")),
)
GAIN, LOSS = "#2a9d74", "#d9692b"


def looks(methods: list[str]) -> dict[str, Look]:
    """Method to look, in the order given; the baseline is grey."""
    others = [m for m in methods if m != BASELINE]
    found = {m: LOOKS[i % len(LOOKS)] for i, m in enumerate(others)}
    return {m: found.get(m, GREY) for m in methods}
