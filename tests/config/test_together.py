import pytest

from ltlight.config.together import (
    in_groups,
    same_batches,
    same_steps,
    same_training,
    trains_with_others,
)
from tests.parts import configured

FROZEN = ("model=pretrained",)


def frozen(*overrides):
    return configured(*FROZEN, *overrides)


def test_heads_on_cached_features_train_with_others():
    assert trains_with_others(frozen())
    assert trains_with_others(frozen("method=sam"))


@pytest.mark.parametrize(
    "other",
    [
        ("model=cnn_cifar",),
        ("model=pretrained", "model.train=all"),
        ("model=pretrained", "trainer.precision=bf16-mixed"),
        ("model=pretrained", "trainer.accumulate_grad_batches=2"),
        ("model=pretrained", "trainer.max_epochs=0"),
        ("model=pretrained", "logger=mlflow"),
    ],
)
def test_others_are_trained_one_by_one(other):
    assert not trains_with_others(configured(*other))


def groups(*runs, at_once=12):
    named = [(same_steps(c), c, f"{c.method.name}{c.seed}") for c in runs]
    return [[[*training] for training in group] for group in in_groups(named, at_once)]


def test_runs_that_differ_in_what_follows_the_training_share_it():
    methods = ("baseline", "crt", "tau_norm", "nearest_mean", "logit_adjustment", "cosine")
    assert groups(*(frozen(f"method={m}") for m in methods)) == [[[f"{m}0" for m in methods]]]
    assert same_training(frozen()) != same_training(frozen("seed=1"))
    assert same_training(frozen()) != same_training(frozen("method=focal"))
    # Where it is smoothed, the second stage takes the loss over.
    smoothed = ("method=label_aware_smoothing",)
    assert same_training(frozen(*smoothed)) != same_training(
        frozen(*smoothed, "method.second_stage=crt")
    )


def test_those_on_the_same_batches_are_a_group_where_there_are_enough():
    losses = ("baseline", "focal", "balanced_softmax", "class_balanced", "logit_adjusted")
    others = ("mixup", "sampler")
    found = groups(*(frozen(f"method={m}") for m in (*others, *losses)))
    assert found == [[[f"{m}0"] for m in losses], [[f"{m}0"] for m in others]]
    assert same_batches(frozen()) == same_batches(frozen("method=focal"))
    assert same_batches(frozen()) != same_batches(frozen("method=mixup"))


def test_a_group_has_no_more_than_may_be_trained_at_once_and_none_is_lost():
    runs = [frozen("method=mixup", f"seed={seed}") for seed in range(7)]
    found = groups(*runs, at_once=3)
    assert [len(group) for group in found] == [2, 2, 3]
    assert sorted(name for g in found for t in g for name in t) == [f"mixup{s}" for s in range(7)]


def test_a_step_that_looks_at_all_weights_goes_alone():
    sam = [frozen("method=sam", f"seed={seed}") for seed in (0, 1)]
    clipped = [frozen("trainer.gradient_clip_val=1", f"seed={seed}") for seed in (0, 1)]
    assert groups(*sam, *clipped) == [[["sam0"]], [["sam1"]], [["baseline0"]], [["baseline1"]]]


def test_other_steps_are_other_groups():
    runs = [frozen(f"method={m}") for m in ("baseline", "drw", "regmixup", "class_aware", "ldam")]
    assert len(groups(*runs)) == 5
