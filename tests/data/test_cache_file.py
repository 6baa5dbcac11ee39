import errno
import os
import resource

import numpy as np
import pytest

from ltlight.data.cache_file import new_array
from ltlight.errors import UserError


def test_the_bytes_are_there_before_they_are_mapped(tmp_path):
    new_array(tmp_path / "a.npy", np.uint8, (100, 3, 32, 32))
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= 100 * 3 * 32 * 32
    array = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert array.shape == (100, 3, 32, 32)
    assert not array.any()


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    told = rf"the disk of {tmp_path} has no room for 0\.3 MB \(No space left on device\): make room"
    with pytest.raises(UserError, match=told):
        new_array(tmp_path / "a.npy", np.uint8, (100, 3, 32, 32))
    assert not list(tmp_path.iterdir())


def test_so_is_a_quota(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(UserError, match="File too large"):
            new_array(tmp_path / "a.npy", np.uint8, (100, 3, 32, 32))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())
