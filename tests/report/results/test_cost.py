"""What training costs: seconds where they can be compared, steps of all stages."""

from dataclasses import replace

import pytest

from ltlight.report.results.cost import cost, timed_alone
from ltlight.report.results.member import read_member
from tests.report.run_folders import write_run


@pytest.fixture
def members(tmp_path):
    return [
        read_member(write_run(tmp_path, seed=s, seconds=10.0 + s, metrics={"steps": 100}))
        for s in (0, 1)
    ]


def test_means_over_seeds(members):
    assert cost(members) == (10.5, 100, 1)


def test_steps_are_of_all_stages_and_unknown_ones_unknown(members):
    second = replace(members[0], metrics=members[0].metrics | {"second_stage/steps": 40})
    assert cost([second]).steps == 140
    unknown = replace(members[0], metrics=members[0].metrics | {"steps": None})
    assert cost([members[0], unknown]).steps is None


@pytest.mark.parametrize(
    ("keys", "work"),
    [({"sam": 0.05}, 2), ({"mix": "regmixup"}, 2), ({"mix": "mixup"}, 1), ({"sam": 0.0}, 1)],
)
def test_the_work_of_a_step(tmp_path, keys, work):
    assert cost([read_member(write_run(tmp_path, method_keys=keys))]).work == work


def test_seconds_beside_other_work_are_not_compared(members):
    assert timed_alone(members[0])  # nothing is recorded
    busy = {"threads": 2, "load": 2.9}  # itself, and what makes its batches
    assert timed_alone(replace(members[0], metrics=members[0].metrics | busy))
    shared = replace(members[0], metrics=members[0].metrics | {"threads": 1, "load": 2.4})
    assert not timed_alone(shared)
    assert cost([shared, members[1]]) == (None, 100, 1)
    joint = replace(members[0], metrics=members[0].metrics | {"trained_together": 9})
    assert cost([joint]) == (None, 100, 1)
