"""What the switch chooses from, and what the page opens with."""

from types import SimpleNamespace

from ltlight.report.document.blocks import Setting, Text
from ltlight.report.results.group import groups
from ltlight.report.sections import switched
from ltlight.report.sections.switched import by_comparison, by_group, opening, settings
from ltlight.report.stats.verdict import AS_GOOD, GAINS, OPEN

ALL = [Setting("d", ratio, method) for ratio in ("0.1", "0.02") for method in ("a", "b")]


def choices(monkeypatch, *told):
    """Rankings whose choice is (ratio, kind, method)."""
    made = []
    for ratio, kind, method in told:
        group = SimpleNamespace(data="d", first=SimpleNamespace(imbalance=ratio))
        entry = SimpleNamespace(method=method)
        made.append(SimpleNamespace(ranking=SimpleNamespace(group=group), kind=kind, entry=entry))
    monkeypatch.setattr(switched, "choose", lambda choice: choice)
    return made


def test_the_page_opens_with_the_last_that_gains(monkeypatch):
    told = choices(monkeypatch, ("0.1", GAINS, "b"), ("0.02", OPEN, "a"))
    assert opening(ALL, told) == Setting("d", "0.1", "b")
    told = choices(monkeypatch, ("0.1", GAINS, "b"), ("0.02", GAINS, "b"))
    assert opening(ALL, told) == Setting("d", "0.02", "b")


def test_where_none_gains_it_opens_with_the_strongest_imbalance(monkeypatch):
    told = choices(monkeypatch, ("0.1", OPEN, "b"), ("0.02", OPEN, "b"))
    assert opening(ALL, told) == Setting("d", "0.02", "b")
    told = choices(monkeypatch, ("0.1", OPEN, "b"), ("0.02", AS_GOOD, "baseline, adjusted"))
    assert opening(ALL, told) == Setting("d", "0.02", "a")  # what is free has no setting


def test_there_is_a_variant_for_every_setting(toy, comparisons):
    assert settings(comparisons) == [Setting("toy", r, "improved") for r in ("0.1", "0.02")]
    found = groups(toy)
    by_method = by_comparison(found, comparisons, lambda g, c: [Text(g.title + c.method)])
    assert [v.of for v in by_method.variants] == settings(comparisons)
    assert [b.text for v in by_method.variants for b in v.blocks] == [
        f"{g.title}improved" for g in found
    ]
    for setting in settings(comparisons):
        shown = [v for v in by_group(found, lambda g: []).variants if v.stands_for(setting)]
        assert [v.of for v in shown] == [Setting("toy", setting.ratio, "")]
