"""Who is called positive, against scikit-learn's confusion matrices."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, precision_score, recall_score

from ltlight.metrics.binary import fit_threshold
from ltlight.metrics.binary_curves import roc_curve
from ltlight.report.results.sweep import read_sweep
from ltlight.report.results.two_class import (
    AT_SPECIFICITY,
    BALANCED,
    LARGER,
    RULES,
    Decision,
    TwoClassMember,
    read_two_class,
)
from tests.report.run_folders import write_run

TWO = {"num_classes": 2, "pictures": False, "skill": 1.0}  # classes that overlap


def only(folder):
    [member] = read_sweep(folder).finished
    return member, read_two_class(member)


def counts(decision: Decision) -> list[int]:
    """As scikit-learn orders them."""
    return [decision.left, decision.alarms, decision.missed, decision.found]


def test_the_larger_probability_is_all_that_runs_without_held_out_images_have(tmp_path):
    write_run(tmp_path, **TWO)
    member, found = only(tmp_path)
    [(rule, decision)] = found.decisions.items()
    assert (rule, decision.threshold) == (LARGER, None)
    truth = member.predictions.targets == 1  # the rarer class
    called = member.predictions.labels == 1
    assert counts(decision) == confusion_matrix(truth, called).ravel().tolist()
    assert decision.sensitivity == recall_score(truth, called)
    assert decision.specificity == recall_score(~truth, ~called)
    assert decision.precision == precision_score(truth, called)


def test_thresholds_are_chosen_on_held_out_images_and_counted_on_test_images(tmp_path):
    run = write_run(tmp_path, held_out=50, **TWO)
    _, found = only(tmp_path)
    assert [*found.decisions] == [*RULES]
    arrays = run.predictions()
    held, truth = arrays["held_out_targets"] == 1, arrays["targets"] == 1

    def probability(logits, temperature):
        return expit((logits[:, 1] - logits[:, 0]).astype(float) / temperature)

    chosen = fit_threshold(arrays["held_out_logits"], arrays["held_out_targets"], 1)
    there = probability(arrays["held_out_logits"], chosen.temperature)
    here = probability(arrays["logits"], chosen.temperature)
    for rule, decision in found.decisions.items():
        if rule != LARGER:
            called = here >= decision.threshold
            assert counts(decision) == confusion_matrix(truth, called).ravel().tolist()
    best = max(balanced_accuracy_score(held, there >= t) for t in there)
    assert balanced_accuracy_score(
        held, there >= found.decisions[BALANCED].threshold
    ) == pytest.approx(best)
    for rule, specificity in AT_SPECIFICITY.items():
        reached = recall_score(~held, there < found.decisions[rule].threshold)
        assert specificity <= reached < specificity + 0.03  # 50 images


def test_an_older_run_that_kept_no_held_out_logits_has_the_threshold_it_recorded(tmp_path):
    write_run(tmp_path, metrics={"threshold": 0.25, "temperature": 2.0}, **TWO)
    member, found = only(tmp_path)
    assert [*found.decisions] == [LARGER, BALANCED]
    logits = member.logits()
    called = expit((logits[:, 1] - logits[:, 0]).astype(float) / 2) >= 0.25
    expected = confusion_matrix(member.predictions.targets == 1, called).ravel().tolist()
    assert counts(found.decisions[BALANCED]) == expected
    assert found.decisions[BALANCED].threshold == pytest.approx(0.25)


def test_folds_count_together_each_by_its_own_threshold(tmp_path):
    for fold in range(3):
        write_run(tmp_path, fold=fold, held_out=20, **TWO)
    member, found = only(tmp_path)
    single = [read_two_class(run) for run in member.folds]
    for rule in RULES:
        assert (
            counts(found.decisions[rule])
            == np.sum([counts(fold.decisions[rule]) for fold in single], axis=0).tolist()
        )
        assert found.decisions[rule].threshold is None
    assert len(found.margin) == len(found.is_positive) == 3 * 40


def test_a_curve_of_folds_is_the_mean_of_theirs_whatever_the_scale_of_each(tmp_path):
    for fold in range(3):
        write_run(tmp_path, fold=fold, **TWO)
    member, read = only(tmp_path)
    single = [read_two_class(run) for run in member.folds]
    expected = np.mean([roc_curve(m.is_positive, m.margin) for m in single], axis=0)
    assert read.mean_of_folds(roc_curve) == pytest.approx(expected)
    shifted = replace(read, margin=read.margin + 100 * read.fold)
    assert shifted.mean_of_folds(roc_curve) == pytest.approx(expected)
    assert roc_curve(shifted.is_positive, shifted.margin) != pytest.approx(expected)


def test_a_fold_with_images_of_one_kind_has_no_curve():
    kinds, fold = np.array([True, False, True, True]), np.array([0, 0, 1, 1])
    m = TwoClassMember(kinds, np.array([1.0, 0.0, 2.0, 3.0]), fold=fold)
    assert m.has_curves
    assert m.mean_of_folds(roc_curve) == pytest.approx(roc_curve(kinds[:2], m.margin[:2]))
    assert not replace(m, is_positive=fold == 1).has_curves


def test_the_positive_class_is_the_one_that_was_named(tmp_path):
    write_run(tmp_path, data_keys={"positive_class": "class_name_00"}, **TWO)
    member, found = only(tmp_path)
    truth, called = member.predictions.targets == 0, member.predictions.labels == 0
    assert counts(found.decisions[LARGER]) == confusion_matrix(truth, called).ravel().tolist()


def test_without_test_images_of_both_classes_there_is_no_curve_and_no_share(tmp_path):
    write_run(tmp_path, untested=(1,), **TWO)
    _, found = only(tmp_path)
    assert not found.has_curves
    assert np.isnan(found.decisions[LARGER].sensitivity)
    assert np.isnan(Decision(0, 5, 0, 5).precision)
