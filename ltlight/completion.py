"""Tab completion for bash and zsh: commands, and the groups, choices and keys of `train`.

    eval "$(ltlight completion bash)"    # in ~/.bashrc; or zsh, in ~/.zshrc

Hydra's own completion expects ``python file.py`` or a command of one word. Here the shell hands
the line to ``ltlight completion candidates``, which asks Hydra about what follows ``train`` and
answers without torch. Where there is nothing to offer, the shell completes files.
"""

import argparse
import shlex
import sys
from pathlib import PurePath

from ltlight.__main__ import COMMANDS

# Readline counts = and : among its word breaks and replaces only what follows the last of them, so
# that much is cut from every candidate. A candidate that ends a word brings its own space.
BASH = """\
_ltlight() {
    local typed=${COMP_LINE:0:COMP_POINT} IFS=$'\\n'
    local word=${typed##*[[:space:]]}
    local before=${word%"${word##*["$COMP_WORDBREAKS"]}"}
    COMPREPLY=($(set -f; COMMAND candidates "$typed" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
complete -o nospace -o default -F _ltlight ltlight
"""
ZSH = """\
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_ltlight() {
    local -a found
    found=("${(@f)$(COMMAND candidates "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}")
    if [[ -z $found ]]; then
        compset -P '*='
        _files
    else
        compadd -- ${${(M)found:#* }% }
        compadd -S '' -- ${found:#* }
    fi
}
compdef _ltlight ltlight
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH}


def main(arguments: list[str] | None = None) -> None:
    """Print a shell's script, or for that script the candidates for a line."""
    parser = argparse.ArgumentParser(
        prog="ltlight completion",
        description='Print a shell\'s tab completion, for eval "$(ltlight completion bash)".',
    )
    parser.add_argument("shell", choices=[*SCRIPTS, "candidates"], metavar="{bash,zsh}")
    parser.add_argument("line", nargs="?", default="", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.shell == "candidates":
        print("\n".join(candidates(args.line)))
    else:  # by the interpreter's path: it answers where ltlight is not on the PATH, too
        command = shlex.join([sys.executable, "-P", "-m", "ltlight", "completion"])
        print(SCRIPTS[args.shell].replace("COMMAND", command), end="")


def candidates(line: str) -> list[str]:
    """What the last word of a command line may become.

    Args:
        line: up to the cursor, beginning with the name or the path of `ltlight`; a space at its end
            begins a new word.

    Returns:
        Whole words, with a space where nothing can follow; none where files are to be completed.
    """
    words = line.split()
    word = words.pop() if words and not line[-1].isspace() else ""
    while words and PurePath(words[0]).name != "ltlight":
        del words[0]
    if len(words) < 2:
        offered = [f"{name} " for name in (*COMMANDS, "--help", "--version")]
    else:
        command = COMMANDS.get(words[1])
        offered = [f"{name} " for name in command.words] if command else []
        if command and word.startswith("-"):
            offered += [f"{name} " for name in command.options]
        if command and command.overrides:
            return _of_hydra(words[2:], word)
    return [name for name in offered if name.startswith(word)]


def _of_hydra(words: list[str], word: str) -> list[str]:
    """Hydra's options, groups, choices and keys; of a sweep, the choice after the last comma.

    No space follows an override: a comma may.
    """
    from hydra._internal.utils import get_args_parser

    from ltlight.config.command_line import overrides_of

    options = get_args_parser()._option_string_actions
    before = options.get(words[-1]) if words else None
    if before and (before.choices or before.nargs is None):  # its value
        return [f"{name} " for name in before.choices or () if name.startswith(word)]
    if word.startswith("-"):
        return [f"{option} " for option in options if option.startswith(word)]
    key, equals, value = word.partition("=")
    if value.startswith((".", "/", "~")):  # a path, which the shell knows better
        return []
    chosen, comma, begun = value.rpartition(",")
    found = _query([_first_choice(given) for given in overrides_of(words)], key + equals + begun)
    if comma:
        left = {f.partition("=")[2] for f in found} - set(chosen.split(","))
        found = [f"{key}={chosen},{name}" for name in sorted(left)]
    return found


def _query(overrides: list[str], word: str) -> list[str]:
    """What Hydra makes of a word after other overrides."""
    from hydra import initialize_config_dir
    from hydra._internal.core_plugins.bash_completion import BashCompletion
    from hydra.core.global_hydra import GlobalHydra

    from ltlight.config.schema import CONF

    with initialize_config_dir(str(CONF), version_base="1.3"):
        plugin = BashCompletion(GlobalHydra.instance().config_loader())
        return plugin._query("config", " ".join([*overrides, word]))


def _first_choice(given: str) -> str:
    """One member of a sweep, as ``a=1,2``: a sweep itself can't be composed. A list can."""
    return given if any(c in given for c in "[{('\"") else given.partition(",")[0]
