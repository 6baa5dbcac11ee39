"""Two processes with batches of 16 against one with batches of 32."""

import pytest
import torch

from tests.commands import ltlight
from tests.training.two_processes import CASES, trained


@pytest.fixture(scope="module")
def of_two(tmp_path_factory) -> dict[str, dict]:
    """What two processes make of every case."""
    folder = tmp_path_factory.mktemp("two")
    arguments = ["--standalone", "--nproc-per-node=2", "-m", "tests.training.two_processes"]
    done = ltlight(*arguments, str(folder / "done.pt"), cwd=folder, module="torch.distributed.run")
    assert done.returncode == 0, done.stderr
    return torch.load(folder / "done.pt", weights_only=True)


@pytest.mark.parametrize("case", CASES)
def test_two_processes_train_as_one_with_the_whole_batch(of_two, case):
    """To rounding in float64; stored gradients averaged by torch, and factors gathered by us."""
    one, two = trained(*CASES[case]), of_two[case]
    assert one["factored"] == two["factored"] == (case != "stored")
    assert two["logged"] == pytest.approx(one["logged"], rel=1e-5)  # summed in float32
    for name, weights in one["weights"].items():
        torch.testing.assert_close(two["weights"][name], weights, rtol=1e-8, atol=1e-10)
