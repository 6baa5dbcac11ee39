"""What can't go together is refused, and the line says which key and what to do."""

import pytest

from ltlight.errors import UserError
from tests.parts import configured


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["method.mix_probability=0.5"], r"mix_probability=0\.5 is of a mixing .*probability=1"),
        (["method.mix_off_first=4"], "mix_off_first=4 is of a mixing .*off_first=0"),
        (["method=cmo", "method.mix=none"], "mix_off_first=4 is of a mixing that there is not"),
        (["method.mix_off_last=3"], "mix_off_last=3 is of a mixing that there is not"),
        (["method.weighted_mean=batch"], "is of class weights that there are not"),
        (["method.smoothing_tail=0.4"], r"smoothing_tail=0\.4 .*smoothing_head=0\.3"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_contradictions_are_refused_with_a_reason(overrides, reason):
    with pytest.raises(UserError, match=reason):
        configured(*overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        ["method=cmo", "trainer.max_epochs=5"],  # warned of: nothing is mixed in so few
        ["method=mixup", "method.mix_probability=1", "method.mix_off_last=10"],
        ["method=drw", "method.weighted_mean=batch"],
        ["method.smoothing_head=0.2", "method.smoothing_tail=0.2"],
    ],
    ids=" ".join,
)
def test_what_makes_sense_passes(overrides):
    configured(*overrides)
