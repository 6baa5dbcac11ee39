"""Every `ltlight train` command that is written down composes; listed choices are there."""

import re
import shlex
from collections.abc import Iterator

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from ltlight.config.command_line import home_expanded, overrides_first
from ltlight.config.compose import composed
from ltlight.config.schema import CONF
from tests.commands import REPOSITORY

COMMAND = re.compile(r"(?:ltlight train|-m ltlight\.train)\b[^\n`#;]*")
PAGES = ["README.md", "conf/README.md", "ltlight/README.md", "outputs/reference/README.md"]
FILES = [*PAGES, *(str(f.relative_to(REPOSITORY)) for f in (REPOSITORY / "conf").rglob("*.yaml"))]
CUT_SHORT = ("…", "<yours>")  # what the reader puts something else in the place of


def commands(file: str) -> Iterator[str]:
    """Those of a page or of the comments of a file, continued lines joined."""
    text = (REPOSITORY / file).read_text()
    if file.endswith(".yaml"):
        text = "\n".join(x.lstrip("# ") for x in text.splitlines() if x.startswith("#"))
    text = re.sub(r"\\\n\s*", "", text)
    for fenced in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if file in PAGES else [text]:
        yield from COMMAND.findall(fenced)
    if file in PAGES:
        for inline in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            yield from COMMAND.findall(" ".join(inline.split()))


def overrides_of(command: str) -> list[str]:
    """What follows `ltlight train`, but for Hydra's own."""
    words = shlex.split(command)
    words = words[words.index("train" if words[0] == "ltlight" else "ltlight.train") + 1 :]
    words = home_expanded(overrides_first(words))
    return [word for word in words if "=" in word and not word.startswith("hydra")]


def choices(word: str) -> tuple[str, list[str]]:
    """The key of an override and its values: several of a list that is swept over."""
    (override,) = OverridesParser.create().parse_overrides([word])
    if override.is_sweep_override() and override.is_choice_sweep():
        return override.get_key_element(), list(override.sweep_string_iterator())
    return override.get_key_element(), [word.partition("=")[2]]


WRITTEN = sorted(
    {(f, c.strip()) for f in FILES for c in commands(f) if not any(word in c for word in CUT_SHORT)}
)


def test_there_are_commands():
    assert len(WRITTEN) > 80
    assert {"README.md", "conf/method/strong.yaml", "conf/model/pretrained.yaml"} <= {
        file for file, _ in WRITTEN
    }


@pytest.mark.parametrize(("file", "command"), WRITTEN)
def test_it_composes(file, command, monkeypatch, tmp_path):
    if "search_strong" in command:
        pytest.skip("a trial is named by its number in a search: tests/conf/test_experiments.py")
    monkeypatch.chdir(tmp_path)
    first = []
    for word in overrides_of(command):
        key, values = choices(word)
        first.append(f"{key}={values[0]}")
        if (CONF / key).is_dir():  # a group: its other choices are files
            assert all((CONF / key / f"{v}.yaml").is_file() for v in values[1:])
    composed(first)
