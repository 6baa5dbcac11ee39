"""Tab completion, in the shells themselves."""

import os
import pty
import select
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from ltlight.__main__ import COMMANDS
from ltlight.completion import candidates, main


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ltlight tr", ["train "]),
        ("ltlight doctor ", ["--json "]),
        ("ltlight nothing ", []),
        ("ltlight report outputs/", []),  # files: the shell's
        ("ltlight predict ", []),
        ("ltlight predict outputs/run photos --to", ["--top "]),
        ("ltlight train method=improved_c", ["method=improved_corrected"]),
        ("bin/ltlight train method=improved_c", ["method=improved_corrected"]),
        ("ltlight train -m seed=0,1 data=idc,di", ["data=idc,digits"]),
        ("ltlight train data=digits,cifar10,cifar10", ["data=digits,cifar10,cifar100"]),
        ("ltlight train data=digits -m method=baseline,improved data.ra", ["data.ratio="]),
        ("ltlight train --cfg job experi", ["experiment="]),
        ("ltlight train --cfg j", ["job "]),
        ("ltlight train --multi", ["--multirun "]),
        ("ltlight train --config-dir ", []),
        ("ltlight train data.root=/u", []),
    ],
)
def test_candidates(line, expected):
    assert candidates(line) == expected


def test_candidates_are_groups_choices_and_keys():
    assert candidates("ltlight ") == [f"{name} " for name in (*COMMANDS, "--help", "--version")]
    assert {"method=", "method.", "data=", "seed=", "experiment="} <= set(
        candidates("ltlight train ")
    )
    assert {"method=improved", "method=improved_corrected"} <= set(
        candidates("ltlight train method=imp")
    )


def script(shell: str, capsys: pytest.CaptureFixture, folder: Path) -> Path:
    """What ``ltlight completion SHELL`` prints, as a file."""
    main([shell])
    file = folder / f"completion.{shell}"
    file.write_text(capsys.readouterr().out)
    return file


def reply(line: str, file: Path, before: str = "") -> list[str]:
    """Bash's COMPREPLY for a line with the cursor at its end."""
    commands = f"""
        source {shlex.quote(str(file))}; {before}
        COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}
        _ltlight ltlight
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    command = ["bash", "--norc", "-c", commands]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=file.parent)
    return done.stdout.splitlines()


def test_bash_gets_what_it_will_put_behind_the_last_break_of_a_word(tmp_path, capsys):
    file = script("bash", capsys, tmp_path)
    found = reply("ltlight train method=imp", file)
    assert {"improved", "improved_corrected"} <= set(found)
    assert not [name for name in found if "=" in name]
    whole = reply("ltlight train method=balanced_s", file, "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}")
    assert whole == ["method=balanced_softmax"]
    assert reply("ltlight tr", file) == ["train "]


def typed(shell: list[str], file: Path, lines: list[str]) -> list[str]:
    """What `ltlight` is called with by a shell at a terminal, of lines with tabs."""
    shadow = "ltlight() { printf '<%s>\\n' \"$*\" >> called; }"
    keyboard, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "HOME": str(file.parent)}
    child = subprocess.Popen(
        shell,
        cwd=file.parent,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    called, deadline = file.parent / "called", time.monotonic() + 120
    setup = f"source {shlex.quote(str(file))}; {shadow}; echo >> called"
    try:
        for n, line in enumerate([setup, *lines], 1):
            os.write(keyboard, line.encode() + b"\n")
            while not called.exists() or called.read_text().count("\n") < n:
                assert time.monotonic() < deadline, f"{line!r} was not answered"
                if select.select([keyboard], [], [], 0.1)[0]:  # a full screen would block the shell
                    os.read(keyboard, 4096)
    finally:
        child.kill()
        child.wait()
        os.close(keyboard)
    return called.read_text().splitlines()[1:]


@pytest.mark.parametrize("shell", ["bash --norc -i", "zsh -f -i"])
def test_at_a_terminal(shell, tmp_path, capsys):
    name = shell.split()[0]
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    (tmp_path / "outputs" / "demo").mkdir(parents=True)
    lines = {
        "ltlight rep\toutputs/de\t": "<report outputs/demo",
        "ltlight train method=balanced_s\t": "<train method=balanced_softmax>",
        "ltlight train data.root=outp\tx": "<train data.root=outputs/x>",
        "ltlight train -m data=idc,dig\t": "<train -m data=idc,digits>",
    }
    calls = typed(shell.split(), script(name, capsys, tmp_path), list(lines))
    for call, expected in zip(calls, lines.values(), strict=True):
        assert call.startswith(expected)
