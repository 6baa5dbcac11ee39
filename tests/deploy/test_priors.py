"""The prior of every method, against Bayes-optimal logits of a simulated training."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from ltlight.deploy.priors import known_prior, target_prior
from ltlight.errors import UserError
from tests.parts import configured

COUNTS = np.array([400, 120, 37, 9])
NAMES = ("ant", "bee", "cat", "dog")
# Inputs x take 6 values; p(x | class) is all that a classifier can know of a class.
LIKELIHOOD = np.random.default_rng(0).dirichlet(np.ones(6), size=4).T  # [X, C]


def posterior(frequencies: np.ndarray) -> np.ndarray:
    """Bayes' p(class | x) where classes are so frequent, [X, C]."""
    joint = LIKELIHOOD * frequencies
    return joint / joint.sum(1, keepdims=True)


def trained_logits(draws: np.ndarray, weights: np.ndarray, loss) -> np.ndarray:
    """Logits [X, C] that minimise the expected weighted loss, found by an optimiser.

    Args:
        draws: how often each class is drawn.
        weights: of each class's losses.
        loss: logits [X, C] to the loss of every x and label [X, C].
    """
    joint = LIKELIHOOD * (draws / draws.sum()) * weights

    def risk(flat: np.ndarray) -> float:
        return (joint * loss(flat.reshape(joint.shape))).sum()

    found = minimize(risk, np.zeros(joint.size), method="L-BFGS-B", tol=1e-14)
    return found.x.reshape(joint.shape)


def cross_entropy(added: np.ndarray):
    return lambda z: -log_softmax(z + added, axis=1)


N = COUNTS / COUNTS.sum()
LOG_N, ONES, NONE = np.log(N), np.ones(4), np.zeros(4)
INVERSE = COUNTS.sum() / (4 * COUNTS)
EFFECTIVE = (1 - 0.9999) / (1 - 0.9999**COUNTS)
# Overrides of the method; what it draws, weighs and adds to the logits; what it subtracts at test.
RULES = {
    "cross-entropy": ([], N, ONES, NONE, 0.0),
    "mixup": (["method=mixup"], N, ONES, NONE, 0.0),
    "balanced sampling": (["method=sampler"], ONES, ONES, NONE, 0.0),
    "class-aware sampling": (["method=class_aware"], ONES, ONES, NONE, 0.0),
    "square-root sampling": (["method=square_root"], COUNTS**0.5, ONES, NONE, 0.0),
    "inverse-frequency weights": (["method=reweight"], N, INVERSE, NONE, 0.0),
    "effective number": (["method=class_balanced"], N, EFFECTIVE, NONE, 0.0),
    "sampler and weights": (["method=improved_reweight"], ONES, INVERSE, NONE, 0.0),
    "balanced softmax": (["method=balanced_softmax"], N, ONES, LOG_N, 0.0),
    "logit-adjusted": (["method=logit_adjusted"], N, ONES, LOG_N, 0.0),
    "logit-adjusted, tau 0.4": (
        ["method=logit_adjusted", "method.loss_tau=0.4"],
        *(N, ONES, 0.4 * LOG_N, 0.0),
    ),
    "post-hoc": (["method=logit_adjustment"], N, ONES, NONE, 1.0),
    "post-hoc, tau 0.3": (["method.posthoc_tau=0.3"], N, ONES, NONE, 0.3),
    "cRT": (["method=crt"], ONES, ONES, NONE, 0.0),
    "cRT of a reweighted trunk": (
        ["method=crt", "method.class_weights=effective_number"],
        *(ONES, ONES, NONE, 0.0),
    ),
    "square root and balanced softmax": (
        ["method=square_root", "method.loss=balanced_softmax"],
        *(COUNTS**0.5, ONES, LOG_N, 0.0),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_prior_of_a_method_turns_its_logits_into_any_posterior(rule):
    overrides, draws, weights, added, tau = RULES[rule]
    z = trained_logits(draws, weights, cross_entropy(added)) - tau * LOG_N
    fitted = known_prior(configured(*overrides), COUNTS.tolist())
    assert fitted is not None
    assert fitted.sum() == pytest.approx(1)
    for target in (N, ONES / 4, np.array([0.1, 0.2, 0.3, 0.4])):
        found = np.exp(log_softmax(z + np.log(target) - np.log(fitted), axis=1))
        np.testing.assert_allclose(found, posterior(target), atol=2e-3)


def test_focal_loss_counts_as_cross_entropy():
    fitted = known_prior(configured("method=focal"), COUNTS.tolist())
    np.testing.assert_allclose(fitted, N)


@pytest.mark.parametrize(
    "overrides",
    [
        *(["method=ldam"], ["method=tau_norm"], ["method=drw"], ["method=drs"], ["method=lws"]),
        *(["method=progressively_balanced"], ["method=remix"], ["method=cmo"], ["method=dbm_bs"]),
        *(["method=label_aware_smoothing"], ["method=los"], ["method=weight_balancing"]),
        ["method=crt", "method.loss=label_aware_smoothing"],
        ["trainer.max_epochs=0"],
    ],
)
def test_what_no_formula_knows_has_to_be_fitted(overrides):
    assert known_prior(configured(*overrides), COUNTS.tolist()) is None


def test_a_class_without_images_has_no_prior():
    fitted = known_prior(configured(), [5, 0, 15])
    np.testing.assert_allclose(fitted, [0.25, 0, 0.75])


def test_targets():
    np.testing.assert_allclose(target_prior("train", NAMES, COUNTS), N)
    np.testing.assert_allclose(target_prior("uniform", NAMES, COUNTS), [0.25] * 4)


FILES = {
    "with a header.csv": "class,weight\nbee,1\nant,2\ncat,4\ndog,1\n",
    "without one.csv": "ant, 2\nbee, 1\n\ncat, 4\ndog, 1\n",
    "shares.json": '{"dog": 0.125, "ant": 0.25, "cat": 0.5, "bee": 0.125}',
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_weights_in_any_order(tmp_path, name):
    (tmp_path / name).write_text(FILES[name])
    found = target_prior(str(tmp_path / name), NAMES, COUNTS)
    np.testing.assert_allclose(found, [0.25, 0.125, 0.5, 0.125])


BAD_FILES = {
    "a.csv": ("ant,1\nbee,1\ncat,1\n", "doesn't know class dog"),
    "b.csv": ("ant,1\nbee,1\ncat,1\ndog,1\nelk,1\n", "has a class elk"),
    "c.csv": ("ant,1\nant,1\nbee,1\ncat,1\ndog,1\n", "names class ant twice"),
    "d.csv": ("ant,0\nbee,1\ncat,1\ndog,1\n", "class ant has weight 0"),
    "e.csv": ("ant,nan\nbee,1\ncat,1\ndog,1\n", "class ant has weight nan"),
    "f.csv": ("ant,many\nbee,1\ncat,1\ndog,1\n", "class ant has weight many"),
    "g.csv": ("ant\n", "ant isn't class,weight"),
    "h.json": ("[1, 2]", "not an object of class and weight"),
    "i.json": ('{"ant": 1', "can't be read"),
    "j.json": (json.dumps({"ant": None, "bee": 1, "cat": 1, "dog": 1}), "has weight None"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_of_weights_is_named(tmp_path, name):
    text, told = BAD_FILES[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError) as caught:
        target_prior(str(tmp_path / name), NAMES, COUNTS)
    assert told in str(caught.value)
    assert name in str(caught.value)


def test_an_absent_file_is_told_with_what_may_be_given():
    with pytest.raises(UserError, match="give train, uniform or a CSV or JSON file"):
        target_prior("unifrom", NAMES, COUNTS)
