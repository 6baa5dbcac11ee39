"""Methods of a group that are one method under two names: only noise tells them apart."""

from typing import Any

from ltlight.report.results.group import Group
from ltlight.report.results.sweep import Member
from ltlight.runs.records import comparable

NOT_COMPARED = ("method.name", "name", "seed", "data.seed")


def same_losses(group: Group) -> list[str]:
    """A sentence for every two methods that differ in the name of their loss alone.

    The logit-adjusted loss at tau 1 is balanced softmax: log n and log pi differ by a constant.
    """
    described = [(method, members[0]) for method, members in group.methods.items()]
    said = []
    for place, (method, member) in enumerate(described):
        for other, its in described[place + 1 :]:
            if _record(member) != _record(its) and _resolved(member) == _resolved(its):
                said.append(
                    f"{method} and {other} are one method under two names (the logit-adjusted loss "
                    "at tau 1 is balanced softmax): where they differ, that is noise."
                )
    return said


def _record(member: Member) -> dict[str, Any]:
    record = comparable(member.config)
    return {key: value for key, value in record.items() if key not in NOT_COMPARED}


def _resolved(member: Member) -> dict[str, Any]:
    """The record with the plainest name of its loss, and without the tau of another loss."""
    record = _record(member)
    tau = record.pop("method.loss_tau", None)
    if record.get("method.loss") == "logit_adjusted":
        plain = {0: "cross_entropy", 1: "balanced_softmax"}.get(tau)
        record["method.loss"] = plain or f"logit_adjusted at tau {tau}"
    return record
