"""The section on provenance: times, commands, code, versions, hardware and seeds of every run."""

import json
from typing import Any

from ltlight.report.document.blocks import Block, Heading, Section, TableBlock, Text
from ltlight.report.document.table import Table
from ltlight.report.results.sweep import Member, Sweep

UNKNOWN = "–"

TITLE = "Every run: time and speed"


def provenance_section(sweep: Sweep) -> Section:
    """What made the runs, then a line for each run."""
    origins: dict[str, list[Member]] = {}
    every = [run for member in sweep.finished for run in member.runs]
    for member in every:
        origins.setdefault(json.dumps(_origin(member)), []).append(member)
    letters = {key: _letter(i) for i, key in enumerate(origins)}
    made = [_made(letters[key], members) for key, members in origins.items()]
    runs = [_run(m, letters[json.dumps(_origin(m))]) for m in every]
    seconds = ("training s", "validation s", "test s", "setup s", "images/s")
    origin = ["made by", "command", "commit", "hardware", "versions", "runs"]
    made_by = ("made by", "finished (UTC)")
    blocks: list[Block] = [
        TableBlock(Table(origin, made, 6, "How the runs were made", 1)),
        Heading(TITLE),
        TableBlock(
            Table(["run", "seed", *made_by, "epochs", *seconds], runs, 4, TITLE, 2),
            folded=f"{len(runs)} runs" if len(runs) > 12 else "",
        ),
        Text("Images a second: training alone, without validation and test.", "note"),
        *[Text(sentence, "note") for sentence in backbones(every)],
    ]
    return Section("provenance", "Time and provenance", blocks)


def backbones(members: list[Member]) -> list[str]:
    """A sentence a pretrained backbone: whose weights, and under which licence."""
    found = {
        (m.metrics["backbone"], m.metrics.get("backbone_digest"), m.metrics.get("backbone_license"))
        for m in members
        if m.metrics.get("backbone")
    }
    return [
        f"Pretrained backbone: {name}, weights {digest}, licence {license or 'unknown'}. Where its "
        "training data hold the classes of the test, its scores are flattered."
        for name, digest, license in sorted(found, key=str)
    ]


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else f"A{index}"


def _origin(member: Member) -> list[Any]:
    m = member.metrics
    keys = ("command", "git_commit", "device", "threads")
    return [*(m.get(key) for key in keys), m.get("versions") or {}]


def _made(letter: str, members: list[Member]) -> list[str]:
    command, commit, device, threads, versions = _origin(members[0])
    commit = (commit or UNKNOWN)[:10] + ("+changes" if "+" in (commit or "") else "")
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    hardware = f"{device or UNKNOWN}, {threads} thread{'s' * (threads != 1)}"
    seeds = ", ".join(map(str, sorted({m.seed for m in members})))
    count = f"{len(members)}, seed{'s' * (', ' in seeds)} {seeds}"
    return [letter, command or UNKNOWN, commit, hardware, named or UNKNOWN, count]


def _run(member: Member, letter: str) -> list[str]:
    m = member.metrics
    name = f"{member.data}, {member.imbalance}, {member.method}"
    name += "" if member.fold is None else f", fold {member.fold}"
    times = [m.get(f"seconds/{part}") for part in ("train", "validate", "test", "setup")]
    cells = [name, str(member.seed), letter, str(m.get("finished_at", UNKNOWN))[:16]]
    cells += [str(m.get("epochs", UNKNOWN))]
    cells += [UNKNOWN if t is None else f"{t:.1f}" for t in times]
    speed = m.get("images_per_second")
    return [*cells, UNKNOWN if speed is None else f"{speed:,.0f}"]
