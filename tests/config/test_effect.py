"""A key that changes nothing is told, and with what the message says it acts."""

import pytest
import yaml

from ltlight.config.effect import NEEDS, given, without_effect
from ltlight.config.schema import Config, neutral_values
from tests.config.test_conflicts import changed
from tests.config.test_schema import ruled_fields

# What was typed in vain, what else there is, and what gives it an effect.
VAIN = [
    ("method.focal_gamma=2", "", "method.loss=focal"),
    ("method.loss_tau=3", "method.loss=focal", "method.loss=logit_adjusted"),
    ("method.dbm_margin=0.2", "", "method.loss=dbm_bs"),
    ("method.dbm_tau=2", "", "method.loss=dbm_bs"),
    ("method.smoothing_head=0.2", "", "method.loss=label_aware_smoothing"),
    ("method.smoothing_tail=0.1", "", "method.loss=label_aware_smoothing"),
    ("method.mix_alpha=3", "", "method.mix=cutmix"),
    ("method.mix_probability=0.5", "", "method.mix=cutmix"),
    ("method.mix_off_first=2", "", "method.mix=cutmix"),
    ("method.mix_off_last=2", "", "method.mix=cutmix"),
    ("method.class_weights_from=0.5", "", "method.class_weights=effective_number"),
    ("method.weighted_mean=batch", "", "method.class_weights=effective_number"),
    ("method.warmup_epochs=3", "", "method.schedule=warmup"),
    ("model.head=linear", "method.loss=dbm_bs", "method.loss=balanced_softmax"),
    ("model.head=linear", "method.loss=ldam", "method.loss=cross_entropy"),
    ("trainer.timeout=60", "", "trainer.devices=2"),
    ("method.warmup_epochs=3", "", "method.schedule=cosine"),
    ("method.second_stage_epochs=3", "", "method.second_stage=crt"),
    ("method.second_stage_epochs=3", "method.second_stage=tau_norm", "method.second_stage=lws"),
    ("method.second_stage_batch_norm=learning", "", "method.second_stage=crt"),
    ("method.norm_tau=3", "method.second_stage=crt", "method.second_stage=tau_norm"),
    ("optim.lr=0.1", "method.lr=0.2", "method.lr=null"),
    ("optim.weight_decay=0.1", "method.weight_decay=0.2", "method.weight_decay=null"),
    ("optim.schedule=cosine", "method.schedule=steps", "method.schedule=cosine"),
    ("optim.one_pass=true", "", "trainer.accelerator=gpu"),
    ("model.views=8", "model.name=pretrained model.backbone=resnet18", "method.augment=crop_flip"),
    (
        "data.val_fraction=0.2",
        "trainer.check_val_every_n_epoch=100 trainer.max_epochs=1",
        "trainer.check_val_every_n_epoch=1",
    ),
    ("data.test_fraction=0.3", "", "data.source=folder"),
    ("data.test_fraction=0.3", "data.source=folder data.folds=5", "data.folds=null"),
    ("data.on_bad_file=skip", "", "data.source=table"),
    ("data.max_pixels=1000", "", "data.source=folder"),
    ("data.resize=pad", "data.source=cifar100", "data.root=somewhere"),
    ("data.background=black", "", "data.source=folder"),
    ("data.train_patients=[a]", "data.source=folder", "data.source=idc"),
    ("data.test_patients=[a]", "", "data.source=idc"),
]


def vain_keys(config: Config, typed: str) -> list[str]:
    return [key for key, _ in without_effect(config, [typed])]


@pytest.mark.parametrize(("typed", "beside", "mended"), VAIN)
def test_what_changes_nothing_is_told_until_it_does(typed, beside, mended):
    key = typed.partition("=")[0]
    parts = [typed, *beside.split()]
    ((found, reason),) = without_effect(changed(*parts), [typed])
    assert found == key
    assert reason.startswith(f"{key}=")
    assert "has no effect" in reason
    told = mended.replace("data.source", "data").replace("trainer.accelerator", "trainer")
    assert f"{told.partition('=')[0]}" in reason
    assert vain_keys(changed(*parts, mended), typed) == []


def test_every_line_of_the_table_is_tried():
    assert {typed.partition("=")[0] for typed, *_ in VAIN} == set(NEEDS)


def test_every_key_of_the_table_is_one_of_the_schema():
    assert set(NEEDS) <= {*ruled_fields(), "optim.one_pass", *PATIENTS}


PATIENTS = ("data.train_patients", "data.test_patients")


def test_a_value_that_says_what_holds_anyway_is_no_mistake():
    neutral = neutral_values()
    for key in NEEDS.keys() & neutral.keys():
        typed = f"{key}={yaml.safe_dump(neutral[key]).splitlines()[0]}"
        assert vain_keys(changed(), typed) == [], typed


def test_the_head_that_a_loss_has_anyway_is_no_mistake():
    assert vain_keys(changed("method.loss=dbm_bs", "model.head=cosine"), "model.head=cosine") == []
    assert vain_keys(changed("method.loss=dbm_bs"), "method.loss=dbm_bs") == []  # linear by default


def test_what_a_file_sets_is_not_asked_about():
    config = changed("method.mix_alpha=3", "method.warmup_epochs=9")
    assert list(without_effect(config, ["method=improved", "data=digits"])) == []


def test_what_was_given_is_read_by_hydras_grammar():
    typed = [
        "+method={loss_tau: 3, mix_off_last: 2}",
        "method=focal",
        "optim.lr=1e-3",
        "~data.root",
    ]
    found = given([*typed, "seed=0,1", "name='a b'"])
    assert found.pop("method") == "focal"
    assert found == {
        "method.loss_tau": 3,
        "method.mix_off_last": 2,
        "optim.lr": 1e-3,
        "name": "a b",
    }
