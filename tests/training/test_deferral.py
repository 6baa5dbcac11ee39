import pytest

from ltlight.training.deferral import first_epoch


@pytest.mark.parametrize(
    ("share", "epochs", "first"),
    [(0, 50, 0), (0.8, 50, 40), (0.8, 200, 160), (0.29, 100, 29), (0.8, 2, 1), (0.99, 1, 0)],
)
def test_what_is_deferred_begins_before_the_training_ends(share, epochs, first):
    assert first_epoch(share, epochs) == first
