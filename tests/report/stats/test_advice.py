"""What follows from the verdict, for rankings made by hand."""

import numpy as np
import pytest

from ltlight.report.stats.advice import advice
from ltlight.report.stats.difference import Difference, Family
from ltlight.report.stats.ranking import RANKED_BY
from tests.report.stats.rankings_by_hand import BASE, beside, entry, off, ranking


def test_what_to_take_and_at_what_price():
    sam = entry("sam", 0.6, seconds=15, recalled=(7, 6), **beside(0.6))
    take, price = advice([ranking(sam, BASE)])
    assert take == "Take **sam**. It trains 1.5 times as long as the baseline."
    assert price == (
        "Price of sam: head (classes of more than 100 training images) -10.0 points of recall at "
        "0.02; tail (fewer than 20) +40.0 at 0.02."
    )


def test_where_a_machine_was_shared_the_cost_is_in_steps():
    sam = entry("sam", 0.6, steps=300, alone=False, **beside(0.6))
    take, _ = advice([ranking(sam, BASE)])
    assert take.endswith(
        "It trains 3.0 times the steps of the baseline (seconds were not measured alone)."
    )


def test_steps_of_more_work_than_the_baselines_are_no_like_steps():
    keys = {"method": {"mix": "regmixup"}}
    mixed = entry("regmixup", 0.6, steps=100, alone=False, keys=keys, **beside(0.6))
    take, _ = advice([ranking(mixed, BASE)])
    assert "It trains as many steps as the baseline, each 2 times the work (" in take


def test_who_may_be_as_good_as_what_is_taken():
    sam = entry("sam", 0.6, seconds=10, **beside(0.6))
    cmo = entry("cmo", 0.59, **beside(0.59), behind=off(-0.01, "open"))
    take, *_ = advice([ranking(sam, cmo, BASE)])
    assert take.startswith("Take **sam**. Not shown to be behind it at 0.02: cmo. It trains")


def test_what_is_free_costs_nothing_and_what_is_open_is_said():
    sam = entry("sam", 0.46, **beside(0.46, free="open"))
    take, _, undecided = advice([ranking(sam, BASE)])
    assert take == "Take **baseline with post-hoc logit adjustment**, which costs nothing."
    assert undecided.startswith("Undecided whether sam beats the free logit adjustment: ")


def test_how_many_seeds_would_settle_it():
    gain = Difference(0.05, 3, 1e-5, 0.002, 8, Family(3))
    sam = entry("sam", 0.45, gains={RANKED_BY: gain}, over_free=off(0, "open"))
    *_, undecided = advice([ranking(sam, BASE, free=0.41, free_gain="open")])
    assert undecided == "Undecided whether sam gains: about 5 seeds would tell at 0.02."


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (Difference(0.05, 1, 1e-5, None, np.inf, Family(3)), "run 3 or more of each"),
        (
            Difference(0.05, 3, 0.01, 0.002, 8, Family(3)),
            "too small a difference for 30 test images",
        ),
        (Difference(0.01, 3, 1e-6, 0.002, 8, Family(3)), "more than 30 seeds would be needed"),
    ],
)
def test_what_seeds_cannot_settle(gain, told):
    sam = entry("sam", 0.4 + gain.mean, gains={RANKED_BY: gain}, over_free=off(0, "open"))
    *_, undecided = advice([ranking(sam, BASE, free=0.4, free_gain="open")])
    assert told in undecided


def test_nothing_is_kept_or_taken_where_nothing_is_known():
    sam = entry("sam", 0.59, **beside(0.59, "open", "open"))
    said = " ".join(advice([ranking(sam, BASE, free_gain="open")]))
    assert "Take" not in said
    assert "Keep" not in said
