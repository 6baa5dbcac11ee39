"""What a sweep varies, as its members see it."""

from ltlight.runs.swept import VARIABLE, swept, tell_swept

FLAT = {"data.name": "digits", "data.ratio": 0.1, "method.name": "sam", "seed": 2, "optim.lr": 0.1}


def test_keys_are_themselves_and_groups_their_names(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    tell_swept(["data.ratio", "method", "seed", "method"])
    assert swept(FLAT) == {"data.ratio": 0.1, "method.name": "sam", "seed": 2}


def test_what_the_configuration_has_no_value_for_is_passed_over(monkeypatch):
    monkeypatch.setenv(VARIABLE, "experiment,seed")
    assert swept(FLAT) == {"seed": 2}


def test_a_run_by_itself_has_none(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert swept(FLAT) == {}
