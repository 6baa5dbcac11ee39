"""A panel has the methods that are not refused for its model."""

import pytest

from ltlight.config.compose import composed
from ltlight.config.panel import left_out, panel_methods
from ltlight.config.schema import CONF
from ltlight.errors import UserError

METHODS = sorted(p.stem for p in (CONF / "method").glob("*.yaml") if p.stem != "base")


def test_on_pixels_it_has_every_method():
    assert panel_methods("cnn_cifar", "head", 1).split(",") == METHODS
    assert panel_methods("pretrained", "all", 1).split(",") == METHODS


@pytest.mark.parametrize("views", [1, 4])
def test_on_features_it_leaves_out_those_that_are_refused_and_no_others(views):
    refused = []
    for method in METHODS:
        try:
            composed(
                ["data=digits", "model=pretrained", f"model.views={views}", f"method={method}"]
            )
        except UserError:
            refused.append(method)
    assert "cutmix" in refused
    assert ("augment" in refused) == (views == 1)
    assert left_out("pretrained", "head", views) == refused
    assert set(panel_methods("pretrained", "head", views).split(",")) == {*METHODS} - {*refused}
