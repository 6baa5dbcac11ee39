"""Who gains, who may be the best, and what hides more, for rankings made by hand."""

from ltlight.report.stats.details import details
from ltlight.report.stats.ranking import Entry
from tests.report.stats.rankings_by_hand import BASE, beside, entry, off, ranking


def test_who_gains_who_loses_and_who_may_be_the_best():
    sam = entry("sam", 0.6, **beside(0.6))
    cmo = entry("cmo", 0.59, **beside(0.59), behind=off(-0.01, "open"))
    drw = entry("drw", 0.43, **beside(0.43))
    bad = entry("bad", 0.3, **beside(0.3))
    text = details(ranking(sam, cmo, drw, BASE, bad))
    assert text[:4] == [
        "Not shown to be behind the best: sam, cmo.",
        "Better than the free logit adjustment: sam, cmo.",
        "Better than the baseline: sam, cmo, drw.",
        "Worse than the baseline: bad.",
    ]
    assert text[4].startswith("A gain must exceed about ")


def test_few_seeds_and_different_ones_are_told():
    alone = [entry("sam", 0.6, seeds=1, **beside(0.6)), entry("baseline", 0.4, seeds=1)]
    assert any("**Few seeds**: one seed of every method" in s for s in details(ranking(*alone)))
    mixed = details(ranking(entry("sam", 0.6, **beside(0.6)), alone[1]))
    assert any("**Few seeds**: one seed of baseline." in s for s in mixed)
    assert any("compared on those that they share" in s for s in mixed)
    enough = " ".join(details(ranking(entry("sam", 0.6, **beside(0.6)), BASE)))
    assert "Few seeds" not in enough


def test_a_method_that_makes_the_noise_is_named_unless_chance_would_make_one():
    calm = [entry(n, 0.5, **beside(0.5)) for n in "abcdefgh"]
    wild = entry("sam", 0.6, spread=0.3, **beside(0.6))
    text = " ".join(details(ranking(wild, *calm)))
    assert "**sam alone makes 99 % of the noise between seeds**" in text
    tame = Entry(**vars(wild) | {"scores": entry("sam", 0.6, spread=0.02).scores})
    assert "alone makes" not in " ".join(details(ranking(tame, *calm[:2])))
