import stat

import pytest

from ltlight.data.cache_folder import made_cache
from ltlight.errors import UserError


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_its_owners_alone(tmp_path):
    above = tmp_path.stat().st_mode
    made = made_cache(tmp_path / "a" / "cache", "trees")
    assert made == tmp_path / "a" / "cache" / "trees"
    assert [mode(p) for p in (made, *list(made.parents)[:2])] == [0o700] * 3
    assert tmp_path.stat().st_mode == above


def test_what_is_there_stays_as_it_is(tmp_path):
    shared = tmp_path / "cache"
    shared.mkdir()
    shared.chmod(0o775)
    assert made_cache(shared) == shared
    assert mode(shared) == 0o775


@pytest.mark.parametrize("cache", ["/etc/passwd", "/proc/x", "/dev/null/x"])
def test_what_can_not_be_a_folder_is_named(cache, tmp_path):
    from pathlib import Path

    with pytest.raises(UserError, match=f"^data.cache={cache} can't be a folder to write to"):
        made_cache(Path(cache), "trees")
