import dataclasses
import logging

import numpy as np
import pytest

from ltlight.inspect.inspection import inspection, kept_warnings
from ltlight.training.net_memory import copies_kept
from tests.conftest import write_tree
from tests.parts import configured, small


@pytest.fixture(scope="module")
def found():
    return inspection(small("data.val_fraction=0.2", "method=class_aware"), timed_steps=1)


def test_it_is_of_the_images_that_a_training_would_have(found):
    assert found.train.class_counts.tolist() == [96, 76, 60, 48, 38, 30, 24, 19, 16, 12]
    assert found.val.class_counts.sum() == 102
    assert (len(found.test), found.groups, found.originals) == (540, None, None)
    assert found.order.tolist() == list(range(10))
    assert found.shots == {"many": 0, "medium": 7, "few": 3}


def test_draws_are_those_of_the_method(found):
    assert found.draws == 10 * 96


def test_costs_are_of_the_very_training(found):
    spent, trainer = found.cost, found.config.trainer
    assert spent.image_bytes == (len(found.train) + len(found.val) + 540) * 3 * 32 * 32
    assert spent.steps == trainer.max_epochs * (960 // 32)
    assert spent.model_bytes == 8 * spent.parameters  # and their momentum
    adam = dataclasses.replace(spent, copies=tuple(copies_kept(configured("optim=adamw"))))
    assert adam.model_bytes == 16 * spent.parameters  # gradients and two averages
    assert spent.step_seconds > 0
    assert spent.hours == pytest.approx(spent.steps * spent.step_seconds / 3600)


def test_files_are_looked_at_where_there_are_some(tmp_path, digit_sets):
    root = write_tree(tmp_path / "all", digit_sets[0], 12)
    overrides = (f"data.root={root}", f"data.cache={tmp_path}", "model.width=0.03")
    found = inspection(configured("data=folder", *overrides), timed_steps=0)
    assert found.originals.of == len(found.train)
    np.testing.assert_array_equal(found.originals.widths, 32)
    assert found.cost.step_seconds is found.cost.hours is None


def test_a_tables_files_are_beside_it_or_where_data_images_says(tmp_path, digit_sets):
    root = write_tree(tmp_path / "all", digit_sets[0], 12)
    listed = "".join(
        f"{f.relative_to(root)} {f.parent.name}\n" for f in sorted(root.rglob("*.png"))
    )
    told = ["data=table", f"data.cache={tmp_path / 'cache'}", "model.width=0.03"]
    (root / "beside.txt").write_text(listed)
    (tmp_path / "elsewhere.txt").write_text(listed)
    beside = configured(*told, f"data.root={root / 'beside.txt'}")
    elsewhere = configured(*told, f"data.root={tmp_path / 'elsewhere.txt'}", f"data.images={root}")
    for config in (beside, elsewhere):
        found = inspection(config, timed_steps=0)
        assert found.originals.looked_at == found.originals.of == len(found.train)


def test_warnings_are_kept_while_images_are_read():
    with kept_warnings() as said:
        logging.getLogger("ltlight.data.splits").warning("passed over: %d", 3)
        logging.getLogger("elsewhere").warning("of no interest")
    logging.getLogger("ltlight.data.splits").warning("too late")
    assert said == ["passed over: 3"]
