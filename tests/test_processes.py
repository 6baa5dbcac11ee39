"""Processes that train together: they meet, or say in a line why not; the first one goes first."""

import socket

import pytest
import torch.distributed as dist

from ltlight import processes
from ltlight.errors import UserError
from ltlight.train import FINISHED
from tests.commands import SHORT, TINY, ltlight, run_of


@pytest.fixture
def of_two(monkeypatch):
    """Says which of two processes the calling thread is."""
    monkeypatch.setattr(processes, "_store", dist.HashStore())
    monkeypatch.setattr(processes, "world_size", lambda: 2)
    turns = {"first": iter("abc"), "second": iter("abc")}

    class OwnTurns:
        """Each process counts for itself."""

        def __next__(self) -> str:
            return next(turns["first" if processes.rank() == 0 else "second"])

    monkeypatch.setattr(processes, "_turns", OwnTurns())
    monkeypatch.setattr(processes, "POLLED", 0.001)

    def choose(rank: int) -> None:
        monkeypatch.setenv("RANK", str(rank))

    return choose


def test_the_first_works_and_the_others_get_what_it_made(of_two):
    of_two(0)
    assert processes.by_first(lambda: FINISHED) == FINISHED
    assert processes.by_first(lambda: None) is None
    of_two(1)
    assert processes.by_first(pytest.fail) == FINISHED
    assert processes.by_first(pytest.fail) is None


def test_the_others_wait_for_it(of_two, monkeypatch):
    of_two(1)
    waited = []
    monkeypatch.setattr(processes.time, "sleep", waited.append)
    monkeypatch.setattr(processes, "_store", Later(3, "made done"))
    assert processes.by_first(pytest.fail) == "done"
    assert len(waited) == 2


class Later:
    """A store that has a value when it is asked for the n-th time."""

    def __init__(self, n: int, value: str) -> None:
        self.n, self.value, self.asked = n, value, 0

    def check(self, _: list[str]) -> bool:
        self.asked += 1
        return self.asked >= self.n

    def get(self, _: str) -> bytes:
        return self.value.encode()


def test_what_ends_the_first_ends_the_others_who_know_it_does(of_two):
    def fail() -> None:
        raise UserError("data.root=x isn't there")

    of_two(0)
    with pytest.raises(UserError) as first:
        processes.first_then_all(fail)
    assert not isinstance(first.value, processes.ToldByFirst)
    of_two(1)
    with pytest.raises(processes.ToldByFirst, match=r"data\.root=x isn") as second:
        processes.first_then_all(fail)
    assert processes.is_in_all(first.value)
    assert processes.is_in_all(second.value)
    assert not processes.is_in_all(UserError("of one process"))


def test_all_do_what_the_first_has_done(of_two):
    done = []
    for rank in (0, 1):
        of_two(rank)
        assert processes.first_then_all(lambda rank=rank: done.append(rank) or [rank]) == [rank]
    assert done == [0, 1]


def test_one_process_alone_waits_for_nobody():
    assert processes.first_then_all(lambda: 5) == 5
    assert processes.by_first(lambda: "text") == "text"
    assert processes.is_in_all(UserError("x"))
    assert processes.lost_peer(RuntimeError("Connection closed by peer"), 9) is None
    processes.join(1, 1, 600, "cpu")


@pytest.mark.parametrize(
    ("devices", "nodes", "started", "told"),
    [
        (2, 1, 1, "start them as torchrun --nproc-per-node=2 -m ltlight.train"),
        (1, 2, 1, "start them as torchrun --nnodes=2 --nproc-per-node=1 -m ltlight.train"),
        (1, 1, 2, "torchrun started 2 processes, and trainer.devices=1 and trainer.num_nodes=1"),
    ],
)
def test_another_number_of_processes_than_configured(monkeypatch, devices, nodes, started, told):
    monkeypatch.setenv("WORLD_SIZE", str(started))
    with pytest.raises(UserError, match=told.replace("=", ".")) as refused:
        processes.join(devices, nodes, 600, "cpu")
    assert processes.is_in_all(refused.value)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (
            RuntimeError(
                "[../third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer "
                "[127.0.0.1]:5555. This is typically caused by a remote worker hanging"
            ),
            "(Connection closed by peer [127.0.0.1]:5555)",
        ),
        (
            RuntimeError("Timed out waiting 20000ms for recv operation"),
            "(Timed out waiting 20000ms",
        ),
        (ConnectionResetError("reset"), "(reset)"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (UserError("Connection closed"), None),
    ],
)
def test_a_lost_process_is_one_line(of_two, error, detail):
    told = processes.lost_peer(error, 20)
    if detail is None:
        assert told is None
    else:
        assert detail in told
        assert "trainer.timeout=20 seconds" in told


def test_a_missing_process_ends_in_one_line(tmp_path, monkeypatch):
    """Of two nodes the second is never started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"RANK": 0, "WORLD_SIZE": 2, "LOCAL_RANK": 0, "MASTER_ADDR": "127.0.0.1"}
    for name, value in (place | {"MASTER_PORT": port}).items():
        monkeypatch.setenv(name, str(value))
    done = ltlight(*SHORT, "trainer.num_nodes=2", "trainer.timeout=1", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = [x for x in done.stderr.splitlines() if not x.startswith("[")]
    assert line.startswith("error: process 0 of 2 didn't meet the others at 127.0.0.1:")
    assert "within trainer.timeout=1 seconds" in line


def test_two_processes_make_a_sweep_and_the_first_alone_writes_and_speaks(tmp_path, digit_tree):
    """Of pictures that the first decodes; one member fails in both, the next is trained."""
    arguments = ["--standalone", "--nproc-per-node=2", "-m", "ltlight.train", "-m", *TINY[1:]]
    arguments += ["data=folder", f"data.root={digit_tree}", "data.profile=exponential"]
    arguments += ["trainer.max_epochs=2", "trainer.devices=2", "data.ratio=0.001,0.9", "name=two"]
    done = ltlight(*arguments, cwd=tmp_path, module="torch.distributed.run")
    assert done.returncode == 1  # for the first member
    folder = run_of(tmp_path, "two", "0.9", data="folder")
    assert folder.metrics()["steps"] == 2 * 2  # 115 images in batches of twice 32
    assert len(folder.predictions()["targets"]) == 60
    lines = folder.curves.read_text().splitlines()
    assert len(lines) == len({*lines})
    assert (folder.path / "train.log").read_text().count("macro-F1") == 1
    said = done.stdout + done.stderr
    assert said.count("failed: data.ratio=0.001 leaves class") == 1
    assert said.count("wrote outputs/two/report.html") == 1
