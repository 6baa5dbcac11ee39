from dataclasses import replace

import numpy as np

from ltlight.data.image_set import ImageSet, SourceImages

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


def test_a_subset_keeps_files_and_groups_beside_their_images():
    files, groups = (np.array(list(letters), dtype=object) for letters in ("vwxyz", "pqqpr"))
    whole = replace(WHOLE, files=files, groups=groups)
    part = whole.subset(np.array([3, 1]))
    assert (part.files.tolist(), part.groups.tolist()) == (["y", "w"], ["p", "q"])
    assert WHOLE.subset(np.array([0])).files is None


def test_a_change_is_made_to_every_part_there_is():
    found = SourceImages(WHOLE, val=WHOLE).map(lambda images: images.subset(np.array([2])))
    assert (len(found.train), found.test, len(found.val)) == (1, None, 1)
