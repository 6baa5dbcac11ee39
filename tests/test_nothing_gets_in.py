"""Files that others made are data: what is in them is not run, whatever it says.

A configuration: tests/config/test_targets.py; names on a page and on the terminal:
tests/report/document/test_page.py, tests/test_errors.py.
"""

import io
import stat
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from ltlight.data.sources import cifar
from ltlight.data.sources.decode import decode
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError
from ltlight.models.checkpoint import load_weights
from ltlight.report.build import report
from ltlight.report.results.member import read_member
from ltlight.runs.run_folder import RunFolder
from tests.commands import REPOSITORY
from tests.report.conftest import sweep_folder as sweep_folder
from tests.report.conftest import written_sweep as written_sweep


class Code:
    """What runs when it is unpickled: it leaves a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return Path.touch, (self.trace,)


@pytest.fixture
def trace(tmp_path) -> Path:
    return tmp_path / "trace"


def objects(trace: Path) -> np.ndarray:
    return np.array([Code(trace)], dtype=object)


def test_the_trap_works(trace, tmp_path):
    np.save(tmp_path / "a.npy", objects(trace))
    np.load(tmp_path / "a.npy", allow_pickle=True)
    assert trace.exists()


def test_predictions_hold_numbers_and_no_objects(sweep_folder, trace):
    file = next(sweep_folder.glob("**/predictions.npz"))
    np.savez(file, **{**np.load(file), "logits": objects(trace)})
    with pytest.raises(UserError, match="overwrite=true"):
        read_member(RunFolder(file.parent))
    report(sweep_folder, Console(quiet=True))  # of the others
    assert not trace.exists()


def test_a_checkpoint_holds_weights_and_no_objects(trace, tmp_path):
    file = tmp_path / "model.ckpt"
    torch.save({"state_dict": {"net.weight": Code(trace)}}, file)
    with pytest.raises(UserError, match="is not a checkpoint of ltlight") as caught:
        load_weights(torch.nn.Linear(1, 1), file)
    assert "weights_only=False" not in str(caught.value)
    assert not trace.exists()


def test_a_cache_holds_pixels_and_no_objects(digit_tree, trace, tmp_path):
    files = [str(file) for file in sorted((digit_tree / "train").rglob("*.png"))[:4]]
    stamps = np.zeros((4, 2), dtype=np.int64)
    cache = tmp_path / "cache"
    decode(files, stamps, Preprocessing(8), cache, skip_bad=False)
    (entry,) = (cache / "trees").glob("*.npy")
    for folder in (cache, cache / "trees"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    whole = np.load(entry)
    for sums in (True, False):  # without any, an older version's
        np.save(entry, objects(trace))
        if not sums:
            entry.with_suffix(".sums.json").unlink()
        images, _ = decode(files, stamps, Preprocessing(8), cache, skip_bad=False)
        np.testing.assert_array_equal(images, whole)
    assert not trace.exists()


def test_an_archive_that_is_not_the_published_one_is_not_unpacked(tmp_path):
    """The checksum stands before unpacking: no other archive comes so far."""
    archive, cache = tmp_path / "cifar-10-python.tar.gz", tmp_path / "a" / "cache"
    with tarfile.open(archive, "w:gz") as packed:
        entry = tarfile.TarInfo("../../escaped")
        entry.size = 4
        packed.addfile(entry, io.BytesIO(b"evil"))
    with pytest.raises(UserError, match="is not the published"):
        cifar.read("cifar10", cache, str(archive))
    cache.mkdir(parents=True)
    archive.rename(cache / archive.name)
    with pytest.raises(UserError, match="could not be had"):  # put there by hand: nor is that
        cifar.read("cifar10", cache, "http://127.0.0.1:9/nothing")
    assert not (tmp_path / "escaped").exists()
    assert not list(tmp_path.rglob("escaped"))


def test_dashboards_are_for_this_machine_only():
    assert "--host localhost" in (REPOSITORY / "Makefile").read_text()
