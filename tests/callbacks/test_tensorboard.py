"""A TensorBoard server started on a real sweep and asked over HTTP."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from urllib.request import Request, urlopen

import numpy as np
import pytest
from PIL import Image
from tensorboard.program import TensorBoard

from ltlight.callbacks.tensorboard import confusion_matrix
from tests.commands import TINY, run_here

RUN = "digits/ratio={}/method={}/seed=0/tensorboard"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> Path:
    """Two ratios by two methods on digits; the folder TensorBoard is opened on."""
    folder = tmp_path_factory.mktemp("sweep")
    arguments = [*TINY, "name=tb", "trainer.max_epochs=2", "trainer.limit_batches=2"]
    arguments += ["data.ratio=0.1,0.02", "method=baseline,improved"]
    done = run_here("-m", *arguments, "trainer.check_val_every_n_epoch=1", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "outputs" / "tb"


@pytest.fixture(scope="module")
def ask(sweep) -> Callable[..., Any]:
    """A function that asks the server for a path and returns the parsed answer."""
    server = TensorBoard()
    options = ["--host", "127.0.0.1", "--port", "0", "--load_fast=false", "--reload_interval=0"]
    server.configure(argv=["tensorboard", "--logdir", str(sweep), *options])
    address = server.launch()  # a daemon thread, which reads the runs once

    def ask(path: str, body: dict | None = None, raw: bool = False, **query: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        url = f"{address}{path}?{urlencode(query)}"
        with urlopen(Request(url, data, headers), timeout=30) as answer:
            return answer.read() if raw else json.loads(answer.read())

    deadline = time.monotonic() + 60
    while len(ask("data/runs")) < 4:
        assert time.monotonic() < deadline, "TensorBoard doesn't find four runs"
        time.sleep(0.1)
    return ask


def test_scalars_by_epoch(ask):
    run = RUN.format(0.02, "improved")
    tags = ask("data/plugin/scalars/tags")[run]
    assert {"train/loss", "train/accuracy", "test/accuracy", "test/f1_macro"} <= set(tags)
    assert len(ask("data/plugin/scalars/scalars", run=run, tag="train/lr")) == 2
    points = ask("data/plugin/scalars/scalars", run=run, tag="train/loss")
    assert [step for _, step, _ in points] == [1, 2]


def picture(ask, run: str, tag: str) -> np.ndarray:
    """The first picture of a tag, in grey."""
    found, *_ = ask("data/plugin/images/images", run=run, tag=tag, sample="0")
    query = dict(parse_qsl(found["query"]))
    blob = ask("data/plugin/images/individualImage", raw=True, **query)
    return np.asarray(Image.open(io.BytesIO(blob)).convert("L"))


def test_pictures_are_there(ask):
    run = RUN.format(0.1, "baseline")
    tags = ask("data/plugin/images/tags")[run]
    expected = {"data/class_distribution", "data/augmentation"}
    assert expected | {"test/confusion", "test/recall_by_count"} <= set(tags)
    distribution = picture(ask, run, "data/class_distribution")
    assert distribution.shape[1] > 200
    assert distribution.std() > 20  # bars are drawn on it


def test_without_an_augmentation_a_row_of_pictures_shows_all_there_is(ask):
    plain = picture(ask, RUN.format(0.1, "baseline"), "data/augmentation")
    drawn = picture(ask, RUN.format(0.1, "improved"), "data/augmentation")
    assert plain.shape == (32, 320)
    assert drawn.shape == (5 * 32, 320)
    assert (drawn[:32] == plain).all()


def test_members_are_compared_by_their_final_figures(ask, sweep):
    experiment = ask("data/plugin/hparams/experiment", body={"experimentName": ""})
    names = [h["name"] for h in experiment["hparamInfos"]]
    assert names == ["data.ratio", "method.name"]  # what was swept, and it is ticked
    shown = [m["name"]["tag"] for m in experiment["metricInfos"]][:5]
    wanted = ("balanced_accuracy", "accuracy", "f1_macro", "recall_many", "recall_few")
    assert shown == [f"final/{name}" for name in wanted]
    request = {
        "allowedStatuses": ["STATUS_SUCCESS", "STATUS_RUNNING", "STATUS_UNKNOWN"],
        "colParams": [],
        "experimentName": "",
        "sliceSize": 10,
        "startIndex": 0,
    }
    groups = ask("data/plugin/hparams/session_groups", body=request)["sessionGroups"]
    found = {
        (g["hparams"]["data.ratio"], g["hparams"]["method.name"]): m["value"]
        for g in groups
        for m in g["metricValues"]
        if m["name"]["tag"] == "final/accuracy"
    }
    assert len(found) == 4
    metrics = sweep / "digits/ratio=0.02/method=improved/seed=0/metrics.json"
    recorded = json.loads(metrics.read_text())["test/accuracy"]
    assert found[0.02, "improved"] == pytest.approx(recorded)


def test_curves_of_the_methods_are_overlaid(ask):
    layout = ask("data/plugin/custom_scalars/layout")
    titles = {c["title"] for category in layout["category"] for c in category["chart"]}
    assert {"accuracy", "macro-F1", "few-shot recall", "loss"} <= titles


def test_a_dollar_in_a_class_name_begins_no_formula(tmp_path):
    figure = confusion_matrix(np.eye(2, dtype=int), (r"$\frac{$ b", "c"))
    figure.savefig(tmp_path / "confusion.png")
    assert figure.axes[0].get_yticklabels()[0].get_text() == r"$\frac{$ b"
