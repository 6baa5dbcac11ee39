import logging

import pytest

from ltlight.training.doubts import say_doubts
from tests.parts import configured


def test_overcorrection_is_warned_of_once(caplog):
    with caplog.at_level(logging.WARNING):
        say_doubts(configured("method=improved"))
        assert not caplog.records
        say_doubts(configured("method=improved", "method.loss=balanced_softmax"))
    assert [r.getMessage() for r in caplog.records] == [
        "method.sampler=inverse_frequency and method.loss=balanced_softmax each make up for the "
        "rarity of classes: together they may overdo it"
    ]


@pytest.mark.parametrize(
    ("method", "epochs", "said"),
    [("cmo", 7, 1), ("cmo", 8, 0), ("bs_cmo", 2, 1), ("cmo", 0, 0), ("mixup", 1, 0)],
)
def test_a_training_too_short_to_be_mixed_says_so_once(caplog, method, epochs, said):
    config = configured(f"method={method}", f"trainer.max_epochs={epochs}")
    with caplog.at_level(logging.WARNING):
        say_doubts(config)
    assert len(caplog.records) == said
    assert all(f"mixes nothing in {epochs} epochs" in text for text in caplog.messages)


def test_what_is_not_mixed_needs_no_word(caplog):
    say_doubts(configured("method=baseline", "trainer.max_epochs=1"))
    assert not caplog.records
