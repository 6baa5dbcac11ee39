"""The strip of facts: what was recorded, and what was not."""

from dataclasses import replace

import pytest

from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.facts import facts


def told(sweep) -> dict[str, str]:
    return dict(facts(sweep))


def with_records(sweep, config=None, **metrics):
    members = [
        replace(m, metrics=m.metrics | metrics, config=m.config | (config or {}))
        for m in sweep.finished
    ]
    return Sweep(sweep.path, members, [])


def test_data_and_machine(toy):
    found = told(toy)
    group = toy.finished[0].predictions.class_counts
    assert found["data"].startswith(f"toy, 5 classes; training images {group.sum():,} (200 to ")
    assert " at 0.1, " in found["data"]
    assert found["data"].endswith("; test images 100")
    assert found["machine"] == "a processor, 2 threads"
    assert found["time"] == "48 s in all"
    assert found["repeat"] == "`python -m ltlight.train -m`"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ({"name": "cnn_cifar", "width": 0.125}, "cnn_cifar of width 0.125"),
        ({"name": "resnet32", "width": 1.0}, "resnet32"),
    ],
)
def test_network_and_training(toy, model, name):
    config = {"model": model, "optim": {"lr": 0.01}}
    found = told(with_records(toy, config, parameters=1234))
    assert found["network"] == f"{name}, 1,234 trained parameters"
    assert found["training"] == "10 epochs, learning rate 0.01"


@pytest.mark.parametrize(("train", "how"), [("head", "frozen, a head"), ("all", "fine-tuned")])
def test_a_backbone_is_named_with_what_is_trained(toy, train, how):
    config = {"model": {"name": "pretrained", "train": train}}
    found = told(with_records(toy, config, backbone="resnet50"))
    assert found["network"] == f"resnet50, {how}"


def test_a_machine_is_named_once_whatever_the_threads(toy):
    numbers = [2, 1, 1, *[2] * len(toy.finished)]
    members = [
        replace(m, metrics=m.metrics | {"threads": n, "device": "a processor"})
        for m, n in zip(toy.finished, numbers, strict=False)
    ]
    assert told(Sweep(toy.path, members, []))["machine"] == "a processor, 1 or 2 threads"
    members[0] = replace(members[0], metrics=members[0].metrics | {"device": "another"})
    found = told(Sweep(toy.path, members, []))["machine"]
    assert found == "another, 2 threads; a processor, 1 or 2 threads"


def test_what_was_not_recorded_is_said(toy):
    found = told(with_records(toy, command=None, device=None, threads=None))
    assert (found["repeat"], found["machine"]) == ("not recorded", "not recorded")
