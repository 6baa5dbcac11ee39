"""The tables of an inspection, for the terminal and the page: facts, and a row a class."""

from collections import Counter

import numpy as np

from ltlight.data.duplicates import Pair
from ltlight.data.longtail import inverse_frequency_weights
from ltlight.inspect.imbalance import expected_draws, gini, imbalance_ratio, share_seen
from ltlight.inspect.inspection import Inspection
from ltlight.inspect.originals import Originals
from ltlight.memory import size
from ltlight.metrics.scores import FEW_BELOW, MANY_ABOVE
from ltlight.report.document.table import Table

BUSY = 1.2  # load a core from which on timed steps had to wait
CLASS_NOTE = (
    "Weight of an image: N / (C n_c), which the weighted sampler draws in proportion to. Drawn: by "
    "an epoch of that sampler, expected. Times: how often each image then comes. Seen: expected "
    "share of the class's images that such an epoch draws at all."
)


def facts(found: Inspection) -> list[tuple[str, str]]:
    """Name and value, in the order of interest."""
    counts, shots = found.train.class_counts, found.shots
    ratio, root = imbalance_ratio(counts), found.config.data.root
    sizes = {"training": found.train, "held out": found.val, "test": found.test}
    listed = [f"{len(images):,} {name}" for name, images in sizes.items() if images is not None]
    rows = [
        ("data", found.config.data.name + (f", {root}" if root else "")),
        ("images", ", ".join(listed)),
        ("classes", f"{len(counts)}, of {counts.max():,} to {counts.min():,} training images"),
        ("imbalance", f"ratio {ratio:.4g}, factor {1 / ratio:.4g}, Gini {gini(counts):.2f}"),
        (
            "many-, medium-, few-shot",
            f"{shots['many']} (more than {MANY_ABOVE} training images), {shots['medium']}, "
            f"{shots['few']} (fewer than {FEW_BELOW}) classes",
        ),
    ]
    if found.groups is not None:
        rows.append(("groups", ", ".join(f"{n:,} {name}" for name, n in found.groups.items())))
    rows.append(("duplicates", duplicates_text(found.duplicates)))
    if found.originals is not None:
        rows.append(("files", files_text(found.originals)))
    return [*rows, *_costs(found)]


def _costs(found: Inspection) -> list[tuple[str, str]]:
    spent, config = found.cost, found.config
    side, epochs = found.train.store.shape[-1], config.trainer.max_epochs
    steps = f"{spent.steps:,} steps of {config.data.batch_size} in {epochs} epochs"
    if spent.hours is not None and spent.step_seconds is not None:
        each = 1000 * spent.step_seconds
        steps += f", about {duration(spent.hours)} on {spent.device} ({each:,.0f} ms a step)"
        if spent.load > BUSY:
            steps += "; the machine is busy with other work, which makes it longer"
    kept = f" with {', '.join(spent.copies[1:])}" if spent.copies[1:] else ""
    return [
        ("images as trained on", f"{side}x{side} RGB, {size(spent.image_bytes)}"),
        (
            f"{config.model.name}, width {config.model.width:g}",
            f"{spent.parameters:,} parameters, {size(spent.model_bytes)}{kept}",
        ),
        (f"a training of {config.method.name}", steps),
    ]


def duplicates_text(pairs: list[Pair]) -> str:
    """How many pairs are equal or nearly so, and how many of them tell more than they should."""
    if not pairs:
        return "none"
    exact = sum(pair.exact for pair in pairs)
    across = sum(len({*pair.splits}) > 1 for pair in pairs)
    labels = sum(len({*pair.labels}) > 1 for pair in pairs)
    told = f"{exact} equal" + (f", {len(pairs) - exact} near" if exact < len(pairs) else "")
    return f"pairs: {told}; {across} across splits, {labels} under different labels"


def files_text(files: Originals) -> str:
    """Sizes, formats and modes of picture files."""
    widths, heights = files.widths, files.heights
    same = len({*widths}) == len({*heights}) == 1
    sides = (
        f"{widths[0]}x{heights[0]}"
        if same
        else f"{widths.min()}x{heights.min()} to {widths.max()}x{heights.max()}, median "
        f"{np.median(widths):.0f}x{np.median(heights):.0f}"
    )
    looked = "" if files.looked_at == files.of else f" (of {files.looked_at:,} looked at)"
    return f"{sides} pixels, {tally(files.formats)}, {tally(files.modes)}{looked}"


def tally(found: Counter[str]) -> str:
    """The commonest first, with their numbers where there are several."""
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{name} {n:,}" for name, n in found.most_common())


def class_table(found: Inspection) -> Table:
    """A class a row, head to tail."""
    counts, order = found.train.class_counts, found.order
    weights = inverse_frequency_weights(counts)
    drawn, seen = expected_draws(counts, found.draws), share_seen(counts, found.draws)
    tests = found.test.class_counts
    held = None if found.val is None else found.val.class_counts
    header = ["class", "training", *["held out"] * (held is not None), "test", "weight", "drawn"]
    rows = []
    for c in order:
        row = [found.train.class_names[c], f"{counts[c]:,}"]
        row += [] if held is None else [f"{held[c]:,}"]
        row += [f"{tests[c]:,}", f"{weights[c]:.3g}", f"{drawn[c]:,.0f}"]
        rows.append([*row, f"{drawn[c] / counts[c]:.3g}", f"{100 * seen[c]:.0f}"])
    caption = "Counts and weights of every class"
    return Table([*header, "times", "seen %"], rows, caption=caption)


def duration(hours: float) -> str:
    """Hours in the unit that suits them."""
    if hours >= 1:
        return f"{hours:.2g} hours"
    minutes = 60 * hours
    return f"{minutes:.0f} min" if minutes >= 1 else f"{max(60 * minutes, 1):.0f} s"
