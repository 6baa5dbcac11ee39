import os
import pickle
import signal
import time

import pytest

from ltlight import interruption
from ltlight.interruption import Interrupted, defer, defer_no_more, heeding, keeping, pending


def interrupt(signum: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), signum)
    time.sleep(0.001)  # the handler runs between two of Python's own instructions


@pytest.mark.parametrize(
    ("signum", "code", "asked"), [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGINT, 130, "Ctrl-C")]
)
def test_a_signal_is_one_line_and_the_exit_status_of_a_shell(signum, code, asked, capsys):
    with pytest.raises(SystemExit) as caught, heeding("all is kept"):
        interrupt(signum)
    assert caught.value.code == code
    assert capsys.readouterr().err == f"interrupted by {asked}: all is kept\n"


def test_who_knows_best_says_what_is_kept(capsys):
    with pytest.raises(Interrupted), heeding("outside"), keeping("middle"), keeping("inside"):
        interrupt()
    with pytest.raises(Interrupted), heeding("outside"), heeding("inside"):
        interrupt()
    assert capsys.readouterr().err.splitlines() == ["interrupted by SIGTERM: inside"] * 2


def test_of_several_processes_one_tells(capsys, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(Interrupted), heeding("all is kept"):
        interrupt()
    assert capsys.readouterr().err == ""


def test_the_handlers_of_before_are_put_back():
    before = [signal.getsignal(signum) for signum in interruption.HEEDED]
    with heeding("x"):
        assert signal.getsignal(signal.SIGTERM) is interruption._heed
    assert [signal.getsignal(signum) for signum in interruption.HEEDED] == before


def test_what_is_deferred_is_noted_and_further_signals_are_the_same_wish(monkeypatch):
    with heeding("x"):
        defer()
        interrupt(signal.SIGINT)
        interrupt(signal.SIGTERM)
        assert pending() == signal.SIGINT
        monkeypatch.setattr(interruption, "PATIENCE", 0.0)
        with pytest.raises(Interrupted) as caught:
            interrupt(signal.SIGTERM)
        assert caught.value.code == 143
    with heeding("x"):
        assert pending() == 0
        defer()
        defer_no_more()
        with pytest.raises(Interrupted):
            interrupt()


def test_one_that_comes_in_a_destructor_is_not_lost(capsys):
    class Late:
        def __del__(self):
            interrupt()

    def wait() -> None:
        late = Late()
        del late  # where Python swallows what is raised
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            time.sleep(0.001)

    with pytest.raises(Interrupted), heeding("all is kept"):
        wait()
    assert capsys.readouterr().err == "interrupted by SIGTERM: all is kept\n"


def test_it_comes_out_of_another_process_whole():
    told = pickle.loads(pickle.dumps(Interrupted(signal.SIGTERM, "all is kept", told=True)))
    assert (told.code, told.line(), told.told) == (
        143,
        "interrupted by SIGTERM: all is kept",
        True,
    )
