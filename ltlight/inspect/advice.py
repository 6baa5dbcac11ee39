"""What a set's numbers mean, in plain words."""

import numpy as np

from ltlight.errors import some
from ltlight.inspect.imbalance import imbalance_ratio
from ltlight.inspect.inspection import Inspection
from ltlight.inspect.resolution import DISAGREEMENT, smallest_difference
from ltlight.metrics.scores import FEW_BELOW

BALANCED_TO, MILD_TO = 1.5, 5  # imbalance factors
NAMED = 5  # classes named in a sentence


def advice(found: Inspection) -> list[str]:
    """Sentences, the one on the imbalance first; ``**…**`` is bold."""
    said = [_imbalance(found), *_few_shot(found), *_test(found), *_one_answer(found)]
    return said + _groups(found)


def _imbalance(found: Inspection) -> str:
    """Whether it is likely to matter: a rule of thumb by the factor and the smallest classes."""
    factor = 1 / imbalance_ratio(found.train.class_counts)
    if factor <= BALANCED_TO:
        return (
            f"**As good as balanced** (largest over smallest class: {factor:.2g}): a remedy "
            "against imbalance has nothing to mend."
        )
    if factor <= MILD_TO and not found.shots["few"]:
        return (
            f"**Mildly imbalanced** (largest over smallest class: {factor:.2g}): expect little "
            "of remedies; post-hoc logit adjustment costs nothing and is in every report."
        )
    return (
        f"**The imbalance is likely to matter** (largest over smallest class: {factor:,.0f}): a "
        "plain network will favour the large classes. Compare at least `baseline`, "
        "`balanced_softmax` and `improved`, with three seeds."
    )


def _few_shot(found: Inspection) -> list[str]:
    few = found.shots["few"]
    if not few:
        return []
    # outputs/reference/cifar50_width0.125/results.md: recall of many-, medium-, few-shot classes.
    return [
        f"{few} of {len(found.train.class_names)} classes have fewer than {FEW_BELOW} training "
        "images. On CIFAR-50 at one to fifty a plain network recognised 44 % of the images of "
        "many-shot classes (more than 100), 19 % of medium-shot and 6 % of few-shot ones."
    ]


def _test(found: Inspection) -> list[str]:
    """What the test images can tell."""
    counts = found.test.class_counts
    tested = counts[counts > 0]
    points = 100 * smallest_difference(counts)
    said = [
        f"Two methods must differ by about **{points:.1f} points** of balanced accuracy for these "
        f"{counts.sum():,} test images to tell it from noise (95 % level, four times of five, "
        f"where they disagree on {100 * DISAGREEMENT:.0f} % of the images); the noise between "
        "trainings comes on top, so take several seeds."
    ]
    if tested.min() < 20:
        names = [found.test.class_names[c] for c in np.flatnonzero(counts == tested.min())]
        step = 100 / tested.min()
        said.append(
            f"The smallest test class ({some(names, NAMED)}) has {tested.min()} images: its recall "
            f"moves in steps of {step:.0f} points."
        )
    untested = [found.test.class_names[c] for c in np.flatnonzero(counts == 0)]
    if untested:
        said.append(
            f"Without a test image, so nothing will be known of them: {some(untested, NAMED)}."
        )
    return said


def _one_answer(found: Inspection) -> list[str]:
    """What always giving the commonest answer would score, where the test is imbalanced."""
    counts = found.test.class_counts
    share, tested = counts.max() / counts.sum(), int((counts > 0).sum())
    if share < 1.5 / tested:
        return []
    name = found.test.class_names[int(counts.argmax())]
    return [
        f"Always answering “{name}” would score {100 * share:.0f} % accuracy on this test set and "
        f"{100 / tested:.0f} % balanced accuracy: go by the latter."
    ]


def _groups(found: Inspection) -> list[str]:
    groups = found.groups
    if groups is None or groups.get("test", 2) > 1:
        return []
    return ["The test images are of **one group**: the scores will say nothing of other groups."]
