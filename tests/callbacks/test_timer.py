from types import SimpleNamespace

import pytest

from ltlight.callbacks.timer import Stopwatch, stopwatch_of


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = [100.0]
    monkeypatch.setattr("lightning.pytorch.callbacks.timer.time.monotonic", lambda: now[0])
    return now


def fit(watch: Stopwatch, clock: list[float], validations: list[float]) -> None:
    """Ten seconds of training before each validation of so many seconds."""
    watch.on_train_start(None, None)
    for seconds in validations:
        clock[0] += 10
        watch.on_validation_start(None, None)
        clock[0] += seconds
        watch.on_validation_end(None, None)


def test_every_validation_counts_and_none_as_training(clock):
    watch = Stopwatch()
    fit(watch, clock, [1, 2, 4])
    watch.on_train_end(None, None)
    assert watch.validation_seconds == pytest.approx(7)
    assert watch.training_seconds == pytest.approx(30)


def test_a_resumed_run_continues_counting(clock):
    first, second = Stopwatch(), Stopwatch()
    fit(first, clock, [1, 2])
    state = first.state_dict()
    clock[0] += 1000  # switched off
    second.load_state_dict(state)
    fit(second, clock, [4])
    second.on_train_end(None, None)
    assert second.validation_seconds == pytest.approx(7)
    assert second.training_seconds == pytest.approx(30)


def test_the_stopwatch_of_a_trainer_is_found_among_others():
    watch = Stopwatch()
    assert stopwatch_of(SimpleNamespace(callbacks=[object(), watch])) is watch
