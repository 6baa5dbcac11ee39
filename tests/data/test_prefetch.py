import threading

import pytest

from ltlight.data.prefetch import DEPTH, prefetch


@pytest.mark.parametrize("n", [0, 1, DEPTH, 7])
def test_same_batches_in_the_same_order(n):
    assert list(prefetch(iter(range(n)))) == list(range(n))


def test_made_by_another_thread_and_not_too_early():
    made, makers = [], set()

    def batches():
        for i in range(10):
            made.append(i)
            makers.add(threading.current_thread())
            yield i

    reader = prefetch(batches())
    assert next(reader) == 0
    reader.close()
    assert len(made) <= 1 + DEPTH
    assert threading.current_thread() not in makers


def test_an_error_reaches_the_reader():
    def batches():
        yield 1
        raise ValueError("the second one")

    reader = prefetch(batches())
    assert next(reader) == 1
    with pytest.raises(ValueError, match="the second one"):
        next(reader)
