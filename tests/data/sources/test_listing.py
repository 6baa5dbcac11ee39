import numpy as np
import pytest

from ltlight.data.sources.listing import SPLIT_OF, Listing, images_of
from ltlight.errors import UserError
from tests.conftest import write_tree
from tests.parts import tree_config


@pytest.fixture
def root(tmp_path, digit_sets):
    return write_tree(tmp_path / "root", digit_sets[0], 2)


def listed(root, names, groups=None):
    """Both pictures of some classes, labelled in the order of the names."""
    files = [f"{name}/{n:03d}.png" for name in names for n in range(2)]
    stats = [(root / file).stat() for file in files]
    stamps = np.array([(s.st_size, s.st_mtime_ns) for s in stats])
    return Listing(files, np.arange(len(names)).repeat(2), list(names), stamps, groups)


def test_labels_are_the_trainings_and_all_share_one_array(tmp_path, root, digit_sets):
    groups = np.array(["a", "b"], dtype=object)
    listings = {"train": listed(root, "4215"), "test": listed(root, "51"), "val": listed(root, "2")}
    listings["val"] = Listing(**{**vars(listings["val"]), "groups": groups})
    found = images_of(listings, root, tree_config(tmp_path, root))
    assert found.train.class_names == found.test.class_names == tuple("4215")
    assert found.test.labels.tolist() == [3, 3, 2, 2]
    assert found.val.labels.tolist() == [1, 1]
    assert found.val.groups.tolist() == ["a", "b"]
    fives = digit_sets[0].images[digit_sets[0].labels == 5][:2]
    np.testing.assert_array_equal(found.test.images[:2], fives)
    assert len({id(part.store.base) for part in (found.train, found.test, found.val)}) == 1


def test_one_class_or_an_unknown_one_is_refused_before_anything_is_decoded(tmp_path, root):
    data = tree_config(tmp_path / "cache", root)
    with pytest.raises(UserError, match=r"holds one class \(3\): two are needed"):
        images_of({"train": listed(root, "3")}, root, data)
    with pytest.raises(UserError, match="the val split has classes that the training lacks: 3, 8"):
        images_of({"train": listed(root, "12"), "val": listed(root, "831")}, root, data)
    assert not (tmp_path / "cache").exists()


def test_a_class_whose_training_images_cannot_be_read_is_refused(tmp_path, root):
    for file in (root / "2").iterdir():
        file.write_text("no")
    data = tree_config(tmp_path, root, on_bad_file="skip")
    with pytest.raises(UserError, match="no readable training image of class 2"):
        images_of({"train": listed(root, "123")}, root, data)


def test_every_word_is_of_one_split():
    assert set(SPLIT_OF.values()) == {"train", "val", "test"}
    assert SPLIT_OF["valid"] == SPLIT_OF["dev"] == "val"
