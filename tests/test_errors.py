"""What the user can mend is one line; a fault of ours keeps its traceback."""

import logging

import pytest

from ltlight.errors import UserError, one_line, shown, some
from ltlight.training import run
from tests.commands import TINY, run_here, run_of


@pytest.fixture
def failing(monkeypatch):
    """A command whose run fails with the given error."""

    def failing(error: Exception, tmp_path):
        def fail(config, folder):
            raise error

        monkeypatch.setattr(run, "run_experiment", fail)
        return run_here(*TINY, "name=failing", cwd=tmp_path)

    return failing


def test_a_users_error_is_one_line(failing, tmp_path):
    done = failing(UserError("data.x=1 is wrong: take 2"), tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == "error: data.x=1 is wrong: take 2"
    assert run_of(tmp_path, "failing").error == "data.x=1 is wrong: take 2"


@pytest.mark.parametrize("error", [ValueError("why"), RuntimeError("why"), KeyError("why")])
def test_any_other_keeps_its_traceback(failing, tmp_path, error):
    """`UserError` derives from none of these: an ``except ValueError`` of ours lets it pass."""
    done = failing(error, tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert type(error).__name__ in run_of(tmp_path, "failing").error
    assert not issubclass(UserError, type(error))


def test_a_value_is_shown_in_one_line_without_control_characters():
    assert shown("a\nb\x1b[31m\x9b\u202e") == "a\\nb\\x1b[31m\\x9b\\u202e"
    assert one_line("crème 日本 – 0") == "crème 日本 – 0"
    assert one_line("a\nb\udce9é") == "a\\nb\\udce9é"  # a name that is not UTF-8
    assert shown("a" * 300) == "a" * 80 + "… (300 characters)"


def test_many_names_are_counted():
    assert some(["a", "b"]) == "a, b"
    assert some(iter("abc"), 2) == "a, b and 1 more"


def test_nothing_that_is_said_or_logged_commands_the_terminal(failing, tmp_path, monkeypatch):
    done = failing(UserError("file \x1b[31mred\x1b]0;title\x07.png: no picture"), tmp_path)
    (line,) = done.stderr.strip().splitlines()
    assert line == "error: file \\x1b[31mred\\x1b]0;title\\x07.png: no picture"

    def log(config, folder):
        logging.getLogger("ltlight").warning("passed over: %s", "\x1b[2J\nb\x9b.png")

    monkeypatch.setattr(run, "run_experiment", log)
    done = run_here(*TINY, "name=logging", cwd=tmp_path)
    assert "passed over: \\x1b[2J\nb\\x9b.png" in done.stdout + done.stderr
