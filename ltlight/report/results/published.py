"""The scores of the report that ltlight reproduces, to stand beside ours.

"Long-tailed classification by weighted sampler combined with data augmentation" (EE 443 capstone
report, 2021): full width, 50 epochs, batch 32, SGD at 0.0001, one seed.
"""

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
