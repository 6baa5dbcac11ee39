"""What is taken and the sentence that says so, for rankings made by hand."""

import pytest

from ltlight.report.stats.ranking import FREE
from ltlight.report.stats.verdict import choose, headline
from tests.report.stats.rankings_by_hand import BASE, beside, entry, off, ranking


def test_a_method_that_beats_what_is_free_gains():
    found = ranking(entry("sam", 0.6, **beside(0.6)), BASE)
    assert choose(found).method == "sam"
    assert headline([found]) == "`sam` gains 20.0 points at 0.02"


def test_the_cheapest_of_those_not_behind_the_best_is_taken():
    sam = entry("sam", 0.6, seconds=20, **beside(0.6))
    cmo = entry("cmo", 0.59, seconds=12, **beside(0.59), behind=off(-0.01, "open"))
    worse = entry("drw", 0.5, seconds=8, **beside(0.5))
    assert choose(ranking(sam, cmo, worse, BASE)).method == "cmo"


@pytest.mark.parametrize("seconds", [19.0, None])
def test_a_hair_faster_or_untimed_is_not_cheaper(seconds):
    sam = entry("sam", 0.6, seconds=20, **beside(0.6))
    cmo = entry("cmo", 0.59, seconds=seconds, **beside(0.59), behind=off(-0.01, "open"))
    assert choose(ranking(sam, cmo, BASE)).method == "sam"


def test_where_a_machine_was_shared_steps_count_and_not_seconds():
    sam = entry("sam", 0.6, seconds=20, steps=300, **beside(0.6))
    near = {"behind": off(-0.01, "open")} | beside(0.59)
    shared = entry("cmo", 0.59, seconds=5, steps=300, alone=False, **near)
    assert choose(ranking(sam, shared, BASE)).method == "sam"
    fewer = entry("cmo", 0.59, seconds=90, steps=100, alone=False, **near)
    assert choose(ranking(sam, fewer, BASE)).method == "cmo"


def test_what_is_free_is_taken_where_nothing_is_shown_to_beat_it():
    found = ranking(entry("sam", 0.46, **beside(0.46, free="open")), BASE)
    assert choose(found).method == FREE
    assert headline([found]) == (
        "Nothing is shown to beat the free logit adjustment: +5.0 points at 0.02"
    )


def test_a_method_that_gains_is_taken_where_what_is_free_is_not_known_to():
    sam = entry("sam", 0.46, **beside(0.46, free="open"))
    assert choose(ranking(sam, BASE, free_gain="open")).method == "sam"


def test_a_large_gain_that_is_undecided_is_no_advice_to_keep_the_baseline():
    found = ranking(entry("sam", 0.591, **beside(0.591, "open", "open")), BASE, free_gain="open")
    assert choose(found).method is None
    assert headline([found]) == "Undecided with 3 seeds: `sam` stands at +19 points at 0.02"


def test_where_the_baseline_leads_no_method_is_ahead():
    worse = entry("sam", 0.3, **beside(0.3))
    found = ranking(BASE, worse, free=0.39)
    assert choose(found).method == "baseline"
    assert headline([found]) == "No method is ahead of the baseline at 0.02"


def test_one_sentence_is_of_all_ratios_and_what_is_decided_comes_first():
    gains = ranking(entry("sam", 0.6, **beside(0.6)), BASE, imbalance="0.005")
    same = ranking(entry("sam", 0.55, **beside(0.55)), BASE, imbalance="0.01")
    free = ranking(entry("sam", 0.46, **beside(0.46, free="open")), BASE, imbalance="0.1")
    assert headline([free, gains, same]) == (
        "`sam` gains 20.0 points at 0.005 and 15.0 at 0.01; nothing is shown to beat the free "
        "logit adjustment: +5.0 points at 0.1"
    )


def test_data_as_they_are_have_no_ratio_and_several_have_names():
    found = ranking(entry("sam", 0.6, **beside(0.6)), BASE, imbalance="natural")
    assert headline([found]) == "`sam` gains 20.0 points"
    other = ranking(entry("sam", 0.6, **beside(0.6)), BASE)
    other.group.data = "others"
    assert headline([found, other]) == ("`sam` gains 20.0 points on toy and 20.0 on others at 0.02")


def test_without_a_baseline_the_first_is_ahead_or_undecided():
    ahead = ranking(entry("a", 0.6), entry("b", 0.5), free=None)
    assert headline([ahead]) == "`a` is ahead of others at 0.02"
    level = ranking(entry("a", 0.6), entry("b", 0.5, behind=off(-0.1, "open")), free=None)
    assert headline([level]) == "Undecided with 3 seeds which method is best at 0.02"


def test_a_sweep_without_a_finished_run_says_so():
    assert headline([]) == "No finished run to compare"
