"""Pictures read some at a time, in their order, never all."""

import threading

import numpy as np
import pytest

from ltlight.data.sources.picture import Preprocessing, UnreadablePicture
from ltlight.deploy.find_pictures import Picture
from ltlight.deploy.pictures import read_chunks


class Counting(Preprocessing):
    """Reads numbers instead of files, and counts them."""

    started = 0
    lock = threading.Lock()

    def read(self, file):
        with self.lock:
            Counting.started += 1
        if int(file) % 10 == 7:
            raise UnreadablePicture("seven")
        return np.full((3, self.image_size, self.image_size), int(file), dtype=np.uint8)


@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_keep_their_order_and_name_what_fails(threads):
    pictures = [Picture(f"n{n}", str(n)) for n in range(25)]
    chunks = list(read_chunks(pictures, Counting(4), 4, threads))
    assert [len(c.names) + len(c.unreadable) for c in chunks] == [4, 4, 4, 4, 4, 4, 1]
    names = [name for c in chunks for name in c.names]
    assert names == [f"n{n}" for n in range(25) if n % 10 != 7]
    values = np.concatenate([c.images for c in chunks])[:, 0, 0, 0]
    assert [f"n{v}" for v in values] == names
    assert [bad for c in chunks for bad in c.unreadable] == [("n7", "seven"), ("n17", "seven")]


def test_only_a_few_chunks_are_read_ahead():
    Counting.started = 0
    pictures = [Picture(str(n), "1") for n in range(1000)]
    reader = read_chunks(pictures, Counting(4), 10, 2)
    next(reader)
    reader.close()
    assert Counting.started <= 50


def test_large_pictures_come_fewer_at_a_time():
    pictures = [Picture(str(n), "1") for n in range(9)]
    (first, *_) = read_chunks(pictures, Counting(2048), 500, 1)
    assert len(first.names) == 1


def test_a_chunk_of_which_nothing_can_be_read():
    (chunk,) = read_chunks([Picture("a", "7")], Counting(4), 4, 1)
    assert chunk.images.shape == (0, 3, 4, 4)
    assert chunk.names == []
