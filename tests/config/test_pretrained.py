"""Which keys a frozen backbone takes, which one that is fine-tuned, and which neither."""

import pytest

from ltlight.config.pretrained import is_fine_tuned, is_frozen
from ltlight.errors import UserError
from tests.parts import configured

PRETRAINED = ("model=pretrained", "model.weights=random")
ALL = (*PRETRAINED, "model.train=all")


def test_what_is_trained_is_told():
    told = [configured(), configured(*PRETRAINED), configured(*ALL)]
    assert [is_frozen(c) for c in told] == [False, True, False]
    assert [is_fine_tuned(c) for c in told] == [False, False, True]


@pytest.mark.parametrize(
    "method", ["cutmix", "cmo", "cutout", "improved", "tta", "auto_augment", "strong"]
)
def test_what_acts_on_pixels_goes_with_fine_tuning_alone(method):
    configured(*ALL, f"method={method}")
    with pytest.raises(UserError, match=r"model\.train=all|model\.views=8"):
        configured(*PRETRAINED, f"method={method}")


# What is refused, the reason given, and what that says to do instead.
REFUSED = [
    ("model.train=all", r"model\.train is of model=pretrained", "model.train=head"),
    ("model.batch_norm=learning", r"model\.batch_norm is of", "model.batch_norm=frozen"),
    ("model.grad_checkpointing=true", r"_checkpointing is of", "model.grad_checkpointing=false"),
    ("model.last_blocks=1", r"model\.last_blocks is of", "model.last_blocks=null"),
    ("optim.backbone_lr_factor=0.1", "which there isn't", "optim.backbone_lr_factor=1"),
]
IN_A_FROZEN_ONE = [
    ("model.batch_norm=learning", r"batch_norm is of a backbone that is", "model.train=all"),
    ("model.grad_checkpointing=true", "leaves it as it is", "model.train=all"),
    ("model.last_blocks=2", "leaves it as it is", "model.train=last"),
    ("optim.backbone_lr_factor=0.1", "which there isn't", "model.train=all"),
]
IN_A_TUNED_ONE = [
    ("model.views=8", r"set model\.views=1", "model.views=1"),
    ("model.train=last", r"model\.last_blocks=1", "model.last_blocks=1"),
    ("model.last_blocks=1", r"is of model\.train=last", "model.train=last"),
    ("model.lora_rank=4", r"is of model\.train=lora", "model.train=lora"),
    ("model.width=0.5", "whose structure is fixed", "model.width=1"),
]


@pytest.mark.parametrize(
    ("before", "parts", "reason", "mended"),
    [
        *[((), *case) for case in REFUSED],
        *[(PRETRAINED, *case) for case in IN_A_FROZEN_ONE],
        *[(ALL, *case) for case in IN_A_TUNED_ONE],
    ],
)
def test_contradictions_are_refused_with_a_reason_that_mends_them(before, parts, reason, mended):
    with pytest.raises(UserError, match=reason):
        configured(*before, parts)
    configured(*before, parts, mended)


def test_rates_follow_the_optimiser_and_what_is_trained():
    def rates(*overrides: str) -> tuple[float, float, float]:
        optim = configured(*overrides).optim
        return optim.lr, optim.weight_decay, optim.backbone_lr_factor

    assert rates(*PRETRAINED) == (0.01, 0.005, 1)
    assert rates(*ALL) == (0.01, 0.005, 0.1)
    assert rates(*ALL, "optim=adamw") == (0.001, 0.05, 0.1)
    assert rates(*ALL, "optim=adamw", "optim.lr=0.01") == (0.01, 0.05, 0.1)
    assert configured(*ALL).data.eval_batch_size == 64
    assert configured(*PRETRAINED).data.eval_batch_size == 500
