import numpy as np

from ltlight.data.image_set import ImageSet

STORE = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 3, 2, 2), np.uint8)
WHOLE = ImageSet(STORE, np.array([0, 1, 1, 0, 2]), ("a", "b", "c"))


def test_a_subset_of_a_subset_points_into_the_same_store():
    part = WHOLE.subset(np.array([4, 2, 1])).subset(np.array([0, 2]))
    assert part.store is STORE
    assert part.images[:, 0, 0, 0].tolist() == [4, 1]
    assert part.labels.tolist() == [2, 1]
    assert (len(part), part.nbytes) == (2, 2 * 12)


def test_a_class_without_images_is_counted():
    assert WHOLE.class_counts.tolist() == [2, 2, 1]
    assert WHOLE.subset(np.array([0, 1])).class_counts.tolist() == [1, 1, 0]
