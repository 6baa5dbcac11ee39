import pytest
from omegaconf import OmegaConf

from ltlight.config import schema  # noqa: F401 - registers them
from ltlight.config.resolvers import chosen_by, fold_folder, stored_size


def test_folds_have_a_level_of_their_own():
    assert (fold_folder(None), fold_folder(0), fold_folder(4)) == ("", "fold=0/", "fold=4/")


@pytest.mark.parametrize(
    ("source", "image_size", "stored"),
    [("cifar100", 160, 32), ("digits", None, 32), ("folder", 160, 160), ("table", None, 224)],
)
def test_small_images_stay_as_they_are_and_files_are_stored_at_the_backbones_size(
    source, image_size, stored
):
    assert stored_size(source, image_size) == stored


def test_what_belongs_to_a_name():
    assert chosen_by("b", {"a": 1, "b": 2}) == 2
    assert chosen_by("unknown", {"a": 1, "b": 2}) == 1


def test_configurations_reach_them_by_their_names():
    cfg = OmegaConf.create({"fold": 3, "at": "x/${fold_folder:${fold}}y"})
    assert cfg.at == "x/fold=3/y"
