import shutil

import pytest

from ltlight.errors import UserError
from ltlight.memory import free_disk, free_memory, refuse_beyond, size


def test_free_memory_is_what_the_kernel_says():
    free = free_memory()
    if free is None:
        pytest.skip("no /proc/meminfo here")
    with open("/proc/meminfo") as file:  # noqa: PTH123
        lines = dict(line.split(":") for line in file)
    assert free == pytest.approx(int(lines["MemAvailable"].split()[0]) * 1024, rel=0.2)


def test_free_disk_is_that_of_the_nearest_folder_there_is(tmp_path):
    free = free_disk(tmp_path / "not" / "yet")
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)


def test_sizes_are_decimal():
    assert [size(n) for n in (2_500_000, 3 * 10**9, 2 * 10**12, 5 * 10**18)] == [
        "2.5 MB",
        "3.0 GB",
        "2.0 TB",
        "5,000.0 PB",
    ]


def test_what_is_beyond_is_refused_with_both_numbers():
    with pytest.raises(UserError, match=r"^ten cats need 2\.0 GB, 1\.0 GB are free: keep fewer$"):
        refuse_beyond(10**9, 2 * 10**9, "ten cats need {needed}", "keep fewer")
    refuse_beyond(10**9, 10**9, "", "")
    refuse_beyond(None, 10**30, "", "")
