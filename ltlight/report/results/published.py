"""The scores of the report that ltlight reproduces, to stand beside ours on the same data.

"Long-tailed classification by weighted sampler combined with data augmentation" (EE 443 capstone
report, 2021): full width, 50 epochs, batch 32, SGD at 0.0001, one seed.

Whether the data are the report's is told by what a run recorded, not by what it is called: any 50
classes can be read as ``data=cifar50 data.root=…``, and any patients as ``data=idc``.
"""

from collections.abc import Sequence

import numpy as np

from ltlight.report.results.sweep import Member

# (data, ratio, method): (macro-F1, accuracy)
REPORT: dict[tuple[str, float, str], tuple[float, float]] = {
    ("cifar50", 1.0, "baseline"): (0.657, 0.6576),
    ("cifar50", 0.1, "baseline"): (0.425, 0.4612),
    ("cifar50", 0.1, "improved"): (0.503, 0.5156),
    ("cifar50", 0.02, "baseline"): (0.2677, 0.3298),
    ("cifar50", 0.02, "improved"): (0.3714, 0.3940),
    ("cifar50", 0.005, "baseline"): (0.1717, 0.2434),
    ("cifar50", 0.005, "improved"): (0.3389, 0.3838),
    ("idc", 1.0, "baseline"): (0.6673, 0.6965),  # of a test set of 145 images it does not describe
    ("idc", 1.0, "improved"): (0.7382, 0.7448),
}
# The first 50 fine labels of CIFAR-100, in their order.
CIFAR50 = (
    "apple",
    "aquarium_fish",
    "baby",
    "bear",
    "beaver",
    "bed",
    "bee",
    "beetle",
    "bicycle",
    "bottle",
    "bowl",
    "boy",
    "bridge",
    "bus",
    "butterfly",
    "camel",
    "can",
    "castle",
    "caterpillar",
    "cattle",
    "chair",
    "chimpanzee",
    "clock",
    "cloud",
    "cockroach",
    "couch",
    "crab",
    "crocodile",
    "cup",
    "dinosaur",
    "dolphin",
    "elephant",
    "flatfish",
    "forest",
    "fox",
    "girl",
    "hamster",
    "house",
    "kangaroo",
    "keyboard",
    "lamp",
    "lawn_mower",
    "leopard",
    "lion",
    "lizard",
    "lobster",
    "man",
    "maple_tree",
    "motorcycle",
    "mountain",
)
CIFAR_TRAIN, CIFAR_TEST = 500, 100  # images a class has
IDC_TRAIN, IDC_TEST = (772, 76), (479, 70)  # IDC(-), IDC(+) of patient 10254; of 10253


def published(members: Sequence[Member], method: str) -> tuple[float, float] | None:
    """The report's (macro-F1, accuracy) of a method, for runs of one data set and ratio.

    Args:
        members: runs that the report's scores would stand beside, one or more.
        method: a name of `REPORT`; another has no scores.

    Returns:
        None where the report has no such scores, or any of the runs had other data.
    """
    data = {reports_data(member) for member in members}
    if len(data) != 1 or None in data:
        return None
    return REPORT.get((str(*data), members[0].ratio, method))


def reports_data(member: Member) -> str | None:
    """``cifar50`` or ``idc`` where a run had the report's classes, training and test images.

    By their names and numbers: of CIFAR-50 the 50 names in order, int(500 u^(x/50)) training images
    of class x and 100 test images each; of IDC the numbers of the report's patients.
    """
    counts = member.predictions.class_counts.tolist()
    tested = np.bincount(member.predictions.targets, minlength=len(counts)).tolist()
    if (counts, tested) == ([*IDC_TRAIN], [*IDC_TEST]):
        return "idc"
    num = len(CIFAR50)
    wanted = [int(CIFAR_TRAIN * member.ratio ** (x / num)) for x in range(num)]
    named = tuple(member.metrics["class_names"]) == CIFAR50
    return "cifar50" if named and counts == wanted and tested == [CIFAR_TEST] * num else None
