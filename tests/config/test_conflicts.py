"""What can't go together is refused with its reason, and passes with what the reason says."""

import pytest
import yaml

from ltlight.config import choices
from ltlight.config.compose import composed
from ltlight.config.conflicts import prior_corrections, refuse_conflicts
from ltlight.config.schema import Config
from ltlight.errors import UserError
from tests.parts import configured

# What contradicts itself, the reason given, and what that says to do instead.
CONFLICTS = [
    ("data.profile=natural data.ratio=0.1", r"data\.profile=natural", "data.ratio=1"),
    ("data.profile=natural data.ratio=0.1", "no meaning", "data.profile=exponential"),
    ("data.val_from=source", "holds nothing out", "data.val_fraction=0.1"),
    ("data.folds=5", "needs the fold", "data.fold=0"),
    ("data.fold=1", "a cross-validation that there is not", "data.folds=5"),
    ("data.folds=3 data.fold=3", "numbered from 0 to 2", "data.fold=2"),
    (
        "data.near_duplicates=4 data.duplicates=ignore",
        "passes over",
        "data.duplicates=together",
    ),
    ("model.image_size=50", r"set only data\.image_size", "data.image_size=50"),
    ("data.images=x", "is of tables", "data.source=table"),
    ("data.test_root=x.csv", "is of tables", "data.source=table"),
    ("data.val_root=x.csv", "is of tables", "data.val_root=null"),
    ("data.root=x", "brings its own images", "data.source=folder"),
    ("data.archive=x", "is of CIFAR", "data.source=cifar10"),
    ("data.group=x", "is of files", "data.group=null"),
    ("data.source=cifar100 data.group=(x)", "is of files", "data.root=x"),
    (
        "data.source=cifar100 data.root=x data.archive=y",
        "both say where the images are",
        "data.root=null",
    ),
    ("optim.nesterov=true optim.momentum=0", "nesterov", "optim.momentum=0.9"),
    ("optim.momentum=null", "SGD wants a number", "optim.momentum=0"),
    ("optim.name=adamw", r"optim\.momentum=0\.9 is of SGD", "optim.momentum=null"),
    ("optim.name=adamw", r"optim\.momentum=0\.9 is of SGD", "optim.name=sgd"),
    (
        "optim.name=adamw optim.momentum=null optim.nesterov=true",
        r"optim\.nesterov=true is of SGD",
        "optim.nesterov=false",
    ),
    (
        "optim.name=adamw optim.momentum=null optim.one_pass=true",
        r"optim\.one_pass=true is of SGD",
        "optim.one_pass=false",
    ),
    (
        "trainer.sync_batchnorm=true trainer.accelerator=auto",
        "of several GPUs",
        "trainer.devices=2",
    ),
    ("trainer.sync_batchnorm=true", "CUDA only", "trainer.sync_batchnorm=false"),
    (
        "method.sam=0.05 trainer.precision=16-mixed",
        "gradient scaler",
        "trainer.precision=bf16-mixed",
    ),
    (
        "method.sam=0.05 trainer.accumulate_grad_batches=2",
        "adds the second to the first",
        "trainer.accumulate_grad_batches=1",
    ),
    (
        "method.loss=balanced_softmax method.posthoc_tau=1",
        "correct the same class prior twice",
        "method.loss=cross_entropy",
    ),
    ("method.loss=logit_adjusted method.posthoc_tau=0.5", "prior twice", "method.posthoc_tau=0"),
    (
        "method.class_weights_from=0.8",
        "defers weights that there are not",
        "method.class_weights=effective_number",
    ),
    ("method.sampler_from=0.8", "defers nothing", "method.sampler=inverse_frequency"),
    (
        "method.sampler=progressively_balanced method.sampler_from=0.5",
        "by itself",
        "method.sampler_from=0",
    ),
    (
        "method.schedule=warmup method.warmup_epochs=0",
        r"needs method\.warmup_epochs",
        "method.warmup_epochs=1",
    ),
    ("method.name=los", "takes away the second stage that method=los is", "method.name=mine"),
    ("method.name=los method.second_stage=crt", "replaces the second stage", "method.name=crt"),
    (
        "method.loss=ldam method.second_stage=tau_norm",
        "normalises away",
        "method.second_stage=none",
    ),
    ("method.loss=ldam method.second_stage=lws", "normalises away", "method.loss=focal"),
    ("method.loss=ldam method.max_norm=1", "normalises away", "method.max_norm=null"),
    ("model.head=cosine method.max_norm=1", r"model\.head=cosine normalises", "model.head=linear"),
    (
        "model.head=cosine method.second_stage=tau_norm",
        r"model\.head=cosine normalises",
        "method.second_stage=none",
    ),
]


def changed(*assignments: str) -> Config:
    """The digits' configuration with other values, set without composing it anew."""
    config = configured()
    for assignment in assignments:
        key, _, value = assignment.partition("=")
        group, _, last = key.partition(".")
        assert hasattr(getattr(config, group), last)
        setattr(getattr(config, group), last, yaml.safe_load(value))
    return config


@pytest.mark.parametrize(("parts", "reason", "mended"), CONFLICTS)
def test_contradictions_are_refused_with_a_reason_that_mends_them(parts, reason, mended):
    with pytest.raises(UserError, match=reason):
        refuse_conflicts(changed(*parts.split()))
    refuse_conflicts(changed(*parts.split(), mended))


@pytest.mark.parametrize(
    "parts",
    [
        "method.loss=ldam method.second_stage=crt",
        "method.schedule=cosine method.warmup_epochs=0",
        "method.sam=0.05 trainer.precision=bf16-mixed",
        "method.sampler=inverse_frequency method.loss=balanced_softmax",
        "method.name=none method.second_stage=crt",
    ],
)
def test_what_goes_together_passes(parts):
    refuse_conflicts(changed(*parts.split()))


@pytest.mark.parametrize("stage", [stage for stage in choices.SECOND_STAGES if stage != "none"])
def test_a_method_that_is_its_second_stage_is_not_had_without_it(stage):
    method = f"method={stage}"
    told = rf"takes away the second stage that {method} is: .* method=baseline"
    with pytest.raises(UserError, match=told):
        configured(method, "method.second_stage=none")
    assert configured(method).method.second_stage == stage
    configured("method=baseline", "method.second_stage=none")
    configured(method, "method.second_stage=none", "method.name=mine")


def test_data_that_are_kept_as_they_are_take_no_ratio():
    with pytest.raises(UserError, match=r"data\.profile=natural"):
        composed(["data=idc", "data.ratio=0.1"])


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ("method.mix=mixup", []),
        ("method.sampler=square_root", []),
        (
            "method.sampler=inverse_frequency method.loss=balanced_softmax",
            ["method.sampler=inverse_frequency", "method.loss=balanced_softmax"],
        ),
        (
            "method.sampler=inverse_frequency method.second_stage=tau_norm method.posthoc_tau=1",
            [
                "method.sampler=inverse_frequency",
                "method.second_stage=tau_norm",
                "method.posthoc_tau=1",
            ],
        ),
        # A fresh head knows nothing of what the trunk was trained with.
        (
            "method.second_stage=crt method.class_weights=effective_number",
            ["method.second_stage=crt"],
        ),
    ],
)
def test_what_corrects_the_prior_is_known(parts, found):
    assert prior_corrections(changed(*parts.split()).method) == found


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["method.mix_probability=0.5"], r"mix_probability=0\.5 is of a mixing .*probability=1"),
        (["method.mix_off_first=4"], "mix_off_first=4 is of a mixing .*off_first=0"),
        (["method=cmo", "method.mix=none"], "mix_off_first=4 is of a mixing that there is not"),
        (["method.mix_off_last=3"], "mix_off_last=3 is of a mixing that there is not"),
        (["method.weighted_mean=batch"], "is of class weights that there are not"),
        (["data.columns.label=species"], r"data\.columns are of tables"),
        (
            ["data=table", "data.root=t.csv", "data.group=a", "data.columns.group=b"],
            r"data\.group=a and data\.columns\.group=b name the same column",
        ),
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
        ["data=table", "data.root=t.csv", "data.columns.label=species", "data.group=patient"],
    ],
    ids=" ".join,
)
def test_what_makes_sense_passes(overrides):
    configured(*overrides)
