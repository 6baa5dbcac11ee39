import logging

from lightning.pytorch.loggers.logger import DummyLogger

from ltlight.callbacks.tracker import Tracker


class Server(DummyLogger):
    """Takes two calls and is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = []

    def log_metrics(self, metrics, step=None) -> None:
        if len(self.taken) == 2:
            raise ConnectionError("refused\nwith details")
        self.taken.append((step, metrics))


def test_metrics_are_passed_on_but_for_what_is_no_number():
    server = Server()
    Tracker(server, "logger=x").log_metrics({"a": 1.0, "b": float("nan"), "epoch": 3}, 4)
    assert server.taken == [(4, {"a": 1.0})]


def test_a_failure_is_said_once_and_ends_nothing(caplog):
    server, ended = Server(), []
    tracker = Tracker(server, "logger=x", lambda: ended.append(True))
    with caplog.at_level(logging.WARNING):
        for step in range(5):
            tracker.log_metrics({"a": 1.0}, step)
        tracker.finalize("success")
        tracker.close()
    (record,) = caplog.records
    assert record.getMessage().startswith("logger=x failed (refused): the training goes on")
    assert [step for step, _ in server.taken] == [0, 1]
    assert not ended  # it isn't asked again


def test_it_is_closed():
    ended = []
    Tracker(Server(), "logger=x", lambda: ended.append(True)).close()
    assert ended
