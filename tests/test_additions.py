"""What it takes to add a part: the files that are touched, counted, in a copy of the checkout.

All are added to one copy, and one run of the real command uses them together.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from tests.conftest import REPOSITORY

Edit = Callable[[str], str]  # the text of a file, empty for a new one, to the changed text


def appended(text: str) -> Edit:
    return lambda old: old + text


def after(anchor: str, text: str) -> Edit:
    def edit(old: str) -> str:
        assert old.count(anchor) == 1, anchor
        return old.replace(anchor, anchor + text)

    return edit


CHOICES = "ltlight/config/choices.py"
LOSS = '''

def squared_hinge(logits: Tensor, labels: Tensor, prior: Tensor) -> Tensor:
    """A margin at every label, wider where the prior is small."""
    at_label = logits.gather(1, labels[:, None]).squeeze(1)
    return (1 - prior[labels].log() - at_label).clamp(min=0) ** 2
'''
SAMPLER = '''

class ReversedSampler(WeightedSampler):
    """The rarest class most often."""

    def weights(self) -> Tensor:
        """The inverse frequency's, squared."""
        return torch.from_numpy(inverse_frequency_weights(self.class_counts)[self.labels]) ** 2
'''
NETWORK = '''"""A network of one layer."""

from torch import Tensor, nn


class Linear(nn.Module):
    """Pixels to logits."""

    def __init__(self, num_classes: int, image_size: int, width: float) -> None:
        super().__init__()
        self.head = nn.Linear(3 * image_size**2, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(images.flatten(1))
'''
SOURCE = '''"""Two classes of flat pictures."""

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet, SourceImages


def flat(data: DataConfig) -> SourceImages:
    """Dark and light ones."""
    labels = np.repeat([0, 1], 40)
    grey = np.where(labels == 0, 60, 200).astype(np.uint8)[:, None, None, None]
    images = grey * np.ones((1, 3, data.image_size, data.image_size), np.uint8)
    found = ImageSet(images, labels, ("dark", "light"))
    return SourceImages(found, found)
'''
FIGURE = '''"""Test images of every class."""

import plotly.graph_objects as go

from ltlight.report.document.blocks import Charts, Panel, Picture, Section
from ltlight.report.drawing import mpl_axes
from ltlight.report.results.group import Group


def support_section(found: list[Group]) -> Section:
    """A bar a class."""
    panels = [Panel(f"support_{g.slug}", g.title, interactive(g)) for g in found]
    pictures = [Picture(f"support_{g.slug}", g.title, lambda g=g: drawn(g)) for g in found]
    return Section("support", "Test images", [Charts("Test images", panels, pictures)])


def interactive(g: Group) -> go.Figure:
    return go.Figure(go.Bar(x=g.names, y=[1] * len(g.names)))


def drawn(g: Group):
    figure = mpl_axes.new_figure(4, 3)
    mpl_axes.new_axes(figure, 0.5, 0.5).bar(g.names, [1] * len(g.names))
    return figure
'''
METHOD = """# What it is.
#   python -m ltlight.train method={name}
defaults: [base, _self_]
name: {name}
"""
ADDITIONS: dict[str, dict[str, Edit]] = {
    "loss": {
        "ltlight/losses/functional.py": appended(LOSS),
        CHOICES: after(
            "LOSSES = {\n", '    "squared_hinge": "ltlight.losses.functional:squared_hinge",\n'
        ),
        "conf/method/squared_hinge.yaml": appended(
            METHOD.format(name="squared_hinge") + "loss: squared_hinge\n"
        ),
    },
    "sampler": {
        "ltlight/data/samplers.py": appended(SAMPLER),
        CHOICES: after(
            "SAMPLERS = {\n", '    "reversed": "ltlight.data.samplers:ReversedSampler",\n'
        ),
        "conf/method/reversed.yaml": appended(
            METHOD.format(name="reversed") + "sampler: reversed\n"
        ),
    },
    "network": {
        "ltlight/models/linear.py": appended(NETWORK),
        CHOICES: after("NETWORKS = {\n", '    "linear": "ltlight.models.linear:Linear",\n'),
        "conf/model/linear.yaml": appended(
            "name: linear\nimage_size: ${data.image_size}\nwidth: 1.0\ncheckpoint: null\n"
        ),
    },
    "source": {
        "ltlight/data/sources/flat.py": appended(SOURCE),
        CHOICES: after("SOURCES = {\n", '    "flat": "ltlight.data.sources.flat:flat",\n'),
        "conf/data/flat.yaml": appended("defaults: [base, _self_]\nname: flat\nsource: flat\n"),
    },
    "score": {
        "ltlight/metrics/scores.py": after(
            '        "recall_worst": float(values.min()),\n',
            '        "recall_best": float(values.max()),\n',
        ),
    },
    "figure": {
        "ltlight/report/sections/support.py": appended(FIGURE),
        "ltlight/report/sections/contents.py": lambda old: after(
            "        provenance_section(sweep),\n", "        support_section(every),\n"
        )(
            after(
                "from ltlight.report.sections.recall import recall_section\n",
                "from ltlight.report.sections.support import support_section\n",
            )(old)
        ),
    },
}


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with every addition, and a run in it that uses them together."""
    copy = tmp_path_factory.mktemp("extended")
    for name in ("ltlight", "conf"):
        shutil.copytree(REPOSITORY / name, copy / name)
    for edits in ADDITIONS.values():
        for file, edit in edits.items():
            path = copy / file
            path.write_text(edit(path.read_text() if path.exists() else ""))
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    for arguments in (
        "-m ltlight.train -m data=flat data.ratio=0.5 model=linear trainer=debug name=new "
        "method=baseline,squared_hinge,reversed",
        "-m ltlight.train --help",
    ):
        done = subprocess.run(
            [sys.executable, *arguments.split()],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (copy / "help.txt").write_text(done.stdout)
    return copy


def folder(copy: Path, method: str) -> RunFolder:
    return RunFolder(copy / f"outputs/new/flat/ratio=0.5/method={method}/seed=0")


@pytest.mark.parametrize(
    ("part", "files"),
    [("loss", 3), ("sampler", 3), ("network", 3), ("source", 3), ("score", 1), ("figure", 2)],
)
def test_so_many_files_are_touched(part, files):
    assert len(ADDITIONS[part]) == files


@pytest.mark.xdist_group("additions")
def test_a_run_uses_them_together(extended):
    found = {m: folder(extended, m).metrics() for m in ("baseline", "squared_hinge", "reversed")}
    for member in found.values():
        assert member["class_names"] == ["dark", "light"]  # the source
        assert member["class_counts"] == [40, 28]
        assert member["parameters"] == 2 * (3 * 32**2 + 1)  # the network
        assert member["test/recall_best"] >= member["test/recall_worst"]  # the score
    # Another loss and another order give other training losses.
    losses = {m: read_curves(folder(extended, m))[1]["train/loss"] for m in found}
    assert len(set(losses.values())) == 3


@pytest.mark.xdist_group("additions")
def test_the_page_shows_the_figure(extended):
    page = (extended / "outputs/new/report.html").read_text()
    assert 'id="support"' in page
    assert (extended / "outputs/new/figures/support_flat_ratio0.5.png").stat().st_size > 1000


@pytest.mark.xdist_group("additions")
def test_help_lists_them(extended):
    listed = (extended / "help.txt").read_text()
    for line in ("data: ", "model: ", "method: "):
        assert line in listed
    assert "flat" in listed
    assert "squared_hinge" in listed
