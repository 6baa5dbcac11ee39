"""Linear or cosine: who says so, and that what a message advises is accepted."""

import pytest

from ltlight.config import choices
from ltlight.config.heads import COSINE_LOSSES, cosine_from, other_head
from ltlight.errors import UserError
from tests.config.test_conflicts import changed
from tests.parts import configured


def test_the_losses_of_cosines_are_those_that_bring_a_scale():
    brings = [k for k in choices.LOSSES if hasattr(choices.load(choices.LOSSES, k), "cosine_scale")]
    assert tuple(brings) == COSINE_LOSSES


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([], None),
        (["method.loss=balanced_softmax"], None),
        (["model.head=cosine"], ("model.head=cosine", "set model.head=linear")),
        *(
            (
                [f"method.loss={loss}", f"model.head={head}"],
                (f"method.loss={loss}", "take a method.loss other than ldam and dbm_bs"),
            )
            for loss in COSINE_LOSSES
            for head in ("linear", "cosine")
        ),
    ],
)
def test_what_gives_a_cosine_head_is_named(parts, found):
    assert cosine_from(changed(*parts)) == found


def test_a_head_of_the_other_kind_is_told_with_what_asks_for_this_one():
    assert other_head(changed()).startswith(
        "has a cosine head, and model.head=linear asks for a linear one: "
    )
    for key in ("model.head=cosine", "method.loss=dbm_bs"):
        told = f"has a linear head, and {key} asks for a cosine one: "
        assert other_head(changed(key)).startswith(told)


@pytest.mark.parametrize("method", ["lws", "tau_norm", "weight_balancing"])
@pytest.mark.parametrize(
    ("key", "mended"), [("model.head=cosine", []), ("method.loss=ldam", ["method.loss=focal"])]
)
def test_a_method_of_lengths_is_left_out_as_a_whole(method, key, mended):
    """Its second stage can't be: `tests/config/test_conflicts.py`."""
    with pytest.raises(UserError, match=rf"normalises away: .*, or leave out method={method}$"):
        configured(f"method={method}", key)
    configured(key)
    configured(f"method={method}", *mended)
