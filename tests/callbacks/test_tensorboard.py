"""A TensorBoard server started on a real sweep and asked over HTTP."""

import io
import json
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.parse import parse_qsl, urlencode
from urllib.request import Request, urlopen

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ltlight

RUN = "digits/ratio={}/method={}/seed=0/tensorboard"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Two ratios by two methods on digits; the folder TensorBoard is opened on."""
    folder = tmp_path_factory.mktemp("sweep")
    arguments = ("data=digits", "trainer=cpu", "model.width=0.05", "optim.lr=0.01", "name=tb")
    arguments += ("trainer.max_epochs=2", "trainer.check_val_every_n_epoch=1")
    done = ltlight("-m", *arguments, "data.ratio=0.1,0.02", "method=baseline,improved", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "outputs" / "tb"


@pytest.fixture(scope="module")
def ask(sweep):
    """A function that asks the server for a path and returns the parsed answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(sweep)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--load_fast=false"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path: str, body: dict | None = None, raw: bool = False, **query: str):
        url = f"http://127.0.0.1:{port}/{path}?{urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(url, data, headers), timeout=30) as answer:
            return answer.read() if raw else json.loads(answer.read())

    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if len(ask("data/runs")) >= 4:
                break
        except (URLError, ConnectionError):
            pass
        time.sleep(0.5)
    yield ask
    server.terminate()
    server.wait(10)


def test_scalars_by_epoch(ask):
    run = RUN.format(0.02, "improved")
    tags = ask("data/plugin/scalars/tags")[run]
    assert {"train/loss", "train/accuracy", "test/accuracy", "test/f1_macro"} <= set(tags)
    points = ask("data/plugin/scalars/scalars", run=run, tag="train/loss")
    assert [step for _, step, _ in points] == [1, 2]


def test_pictures_are_there(ask):
    run = RUN.format(0.1, "baseline")
    tags = ask("data/plugin/images/tags")[run]
    expected = {"data/class_distribution", "data/augmentation"}
    assert expected | {"test/confusion", "test/recall_by_count"} <= set(tags)
    (distribution,) = ask(
        "data/plugin/images/images", run=run, tag="data/class_distribution", sample="0"
    )
    query = dict(parse_qsl(distribution["query"]))
    blob = ask("data/plugin/images/individualImage", raw=True, **query)
    picture = np.asarray(Image.open(io.BytesIO(blob)).convert("L"))
    assert picture.shape[1] > 200
    assert picture.std() > 20  # bars are drawn on it


def test_members_are_compared_by_their_final_figures(ask, sweep):
    experiment = ask("data/plugin/hparams/experiment", body={"experimentName": ""})
    names = {h["name"] for h in experiment["hparamInfos"]}
    assert {"data.ratio", "method.name", "optim.lr", "seed"} <= names
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
