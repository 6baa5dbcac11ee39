import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from ltlight import cpu
from ltlight.models.cnn_cifar import CNNCifar
from tests.commands import REPOSITORY


@pytest.fixture
def threads(monkeypatch):
    """Whatever a test sets is put back."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(("weights", "cores", "wanted"), [(1e5, 8, 1), (2e6, 8, 4), (1e8, 2, 2)])
def test_threads_follow_the_network(monkeypatch, weights, cores, wanted):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(cores), raising=False)
    with torch.device("meta"):
        net = nn.Linear(1000, int(weights / 1000), bias=False)
    cpu.limit_threads(net)
    assert torch.get_num_threads() == wanted


@pytest.mark.usefixtures("threads")
def test_the_user_has_the_last_word(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    cpu.limit_threads(CNNCifar(10, width=0.25))
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(("width", "last"), [(0.0625, False), (0.125, True)])
def test_layout_changes_nothing_but_the_order_in_memory(width, last):
    torch.manual_seed(0)
    net, images = CNNCifar(10, width=width).eval(), torch.randn(4, 3, 32, 32)
    before = net(images)
    cpu.use_channels_last(net)
    weight = net.feature[4].weight
    assert weight.is_contiguous(memory_format=torch.channels_last) == last
    torch.testing.assert_close(net(images), before, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc is Linux's")
def test_freed_memory_is_kept():
    """Page faults of ten large blocks in turn, after twenty others, in a process of its own."""
    script = """
import resource, torch
from ltlight.cpu import keep_freed_memory

def faults():
    for _ in range(20):
        torch.ones(1 << 24)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(1 << 24)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

as_is = faults()
keep_freed_memory()
print(as_is, faults())
"""
    answer = subprocess.check_output([sys.executable, "-c", script], cwd=REPOSITORY, text=True)
    as_is, kept = map(int, answer.split())
    assert kept < as_is / 5
