import pytest

from ltlight.config.switches import refuse_numbers_as_switches
from ltlight.errors import UserError


@pytest.mark.parametrize("word", ["overwrite=2", "data.mirror=0.5", "optim={nesterov:-1}"])
def test_a_number_is_neither_true_nor_false(word):
    with pytest.raises(UserError, match=r"^\S+=-?[\d.]+ must be true or false$"):
        refuse_numbers_as_switches([word])


def test_what_says_yes_or_no_passes():
    words = ["overwrite=true", "overwrite=1", "data.mirror=0", "optim.nesterov=no", "seed=2"]
    refuse_numbers_as_switches([*words, "overwrite=true,false", "~data.root"])
