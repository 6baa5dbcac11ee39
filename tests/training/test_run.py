"""What a run says before it begins."""

import logging

import pytest

from ltlight.training.run import warn_of_no_mixing
from tests.parts import configured


@pytest.mark.parametrize(
    ("method", "epochs", "said"),
    [("cmo", 7, 1), ("cmo", 8, 0), ("bs_cmo", 2, 1), ("cmo", 0, 0), ("mixup", 1, 0)],
)
def test_a_training_too_short_to_be_mixed_says_so_once(caplog, method, epochs, said):
    config = configured(f"method={method}", f"trainer.max_epochs={epochs}")
    with caplog.at_level(logging.WARNING):
        warn_of_no_mixing(config)
    assert len(caplog.records) == said
    assert all(f"mixes nothing in {epochs} epochs" in text for text in caplog.messages)


def test_what_is_not_mixed_needs_no_word(caplog):
    warn_of_no_mixing(configured("method=baseline", "trainer.max_epochs=1"))
    assert not caplog.records
