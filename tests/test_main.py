"""The command: what it lists, refuses and hands on."""

import json
import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest

from ltlight.__main__ import COMMANDS, entry, main
from tests.conftest import ltlight

# What the console script that pip writes does.
SCRIPT = "import sys; from ltlight.__main__ import main; sys.exit(main())"


def modules_after(*arguments: str) -> set[str]:
    """The modules that a process has imported when the command returns or exits."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('modules:', *sys.modules))\n"
        "from ltlight.__main__ import main\n"
        "sys.exit(main())"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("modules:")[2].split())


def test_help_has_a_sentence_and_an_example_of_every_command(capsys):
    assert main(["--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for name, command in COMMANDS.items():
        i = lines.index(f"{name:12}{command.sentence}")
        assert lines[i + 1] == command.example
        assert f"ltlight {name}" in command.example


def test_without_a_command_the_help_is_an_error(capsys):
    assert main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("usage: ltlight COMMAND")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("trian", "error: ltlight has no command trian: did you mean train?"),
        ("xyz", "error: ltlight has no command xyz: choose from train, inspect, "),
        ("seed=1", "error: ltlight wants a command first: ltlight train seed=1 …"),
    ],
)
def test_an_unknown_command_is_one_line(name, told, capsys):
    assert main([name, "data=digits"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(told)
    assert printed.err.count("\n") == 1


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ltlight {version('ltlight')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_entry_is_there(name):
    assert callable(entry(COMMANDS[name].entry))


def test_the_console_script_is_this_function():
    (script,) = entry_points(group="console_scripts", name="ltlight")
    assert script.load() is main


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("doctor", "--help")])
def test_the_help_waits_for_no_package(arguments):
    assert not modules_after(*arguments) & {"torch", "hydra", "numpy", "rich"}


def test_the_help_of_train_waits_for_no_torch():
    modules = modules_after("train", "--help")
    assert "hydra" in modules
    assert "torch" not in modules


def test_train_is_the_module_of_that_name(tmp_path):
    for arguments in (("--cfg", "job", "data=digits"), ("data.ratio=abc",), ("--nope",)):
        ours = ltlight("train", *arguments, cwd=tmp_path, module="ltlight")
        module = ltlight(*arguments, cwd=tmp_path)
        assert (ours.returncode, ours.stdout) == (module.returncode, module.stdout)
        assert "Traceback" not in ours.stderr


def test_a_run_by_the_console_script(tmp_path):
    overrides = ["data=digits", "model.width=0.05", "trainer=debug", "seed=3"]
    arguments = [*overrides[:2], "--run", *overrides[2:]]  # on both sides of an option
    command = [sys.executable, "-c", SCRIPT, "train", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (metrics,) = tmp_path.glob("outputs/debug/digits/*/*/seed=3/metrics.json")
    recorded = json.loads(metrics.read_text())["command"]
    assert recorded == " ".join(["python -m ltlight.train", *overrides, "--run"])
