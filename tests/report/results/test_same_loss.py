from ltlight.report.results.group import groups
from ltlight.report.results.same_loss import same_losses
from ltlight.report.results.sweep import read_sweep
from tests.report.run_folders import write_run


def said_of(path, **methods):
    for method, keys in methods.items():
        for seed in (0, 1):
            write_run(path, method=method, seed=seed, method_keys=keys)
    [group] = groups(read_sweep(path))
    return same_losses(group)


def test_the_logit_adjusted_loss_at_tau_1_is_balanced_softmax(tmp_path):
    [sentence] = said_of(
        tmp_path,
        baseline={"loss": "cross_entropy"},
        balanced_softmax={"loss": "balanced_softmax", "loss_tau": 2.0},
        logit_adjusted={"loss": "logit_adjusted", "loss_tau": 1.0},
    )
    assert sentence.startswith("balanced_softmax and logit_adjusted are one method under two names")


def test_another_tau_or_another_part_makes_another_method(tmp_path):
    assert not said_of(
        tmp_path,
        baseline={"loss": "cross_entropy"},
        balanced_softmax={"loss": "balanced_softmax"},
        logit_adjusted={"loss": "logit_adjusted", "loss_tau": 1.5},
        adjusted_ema={"loss": "logit_adjusted", "loss_tau": 1.0, "ema": 0.99},
    )


def test_equal_records_are_not_spoken_of(tmp_path):
    """They may differ in what a record of a method doesn't hold."""
    assert not said_of(tmp_path, baseline={"loss": "focal"}, other={"loss": "focal"})
