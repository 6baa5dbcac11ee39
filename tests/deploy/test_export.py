"""Exported files say what the run was tested to say, without ltlight."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from ltlight.deploy.bundle import averaged, read_bundle
from ltlight.deploy.check import LARGEST_DIFFERENCE, largest_difference
from ltlight.deploy.graph import Graph, exported_program
from ltlight.deploy.network import Averaged, Calibrated
from ltlight.deploy.onnx_file import OnnxRun, write_onnx
from ltlight.deploy.torch_file import TorchRun, write_torch
from ltlight.errors import UserError
from ltlight.models.wide_linear import WideLinear
from ltlight.training.build_model import build_net, build_predictor
from tests.commands import Done, run_here
from tests.deploy.conftest import change_config, softmax
from tests.parts import configured

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
needs_onnx = pytest.mark.skipif(
    any(find_spec(name) is None for name in PACKAGES),
    reason="onnx, onnxscript and onnxruntime are the extra export",
)


def export(cwd: Path, *arguments: str) -> Done:
    return run_here("export", *arguments, cwd=cwd, module="ltlight")


def session(file: Path):
    import onnxruntime

    return onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])


@needs_onnx
def test_onnx_of_any_batch_size(run, digit_sets, tmp_path):
    done = export(tmp_path, "run", "--to", "onnx")
    assert done.returncode == 0, done.stderr
    assert "equal to" in done.stdout
    assert "pictures (of the run's test pictures)" in done.stdout
    assert "model.onnx: " in done.stdout
    ready = session(tmp_path / "model.onnx")
    (given,) = ready.get_inputs()
    assert (given.name, given.type, given.shape) == (
        "images",
        "tensor(uint8)",
        ["batch", 3, 32, 32],
    )
    z = run.predictions()["logits"] / run.metrics()["temperature"]
    for number in (1, 2, 9):
        probabilities, logits = ready.run(None, {"images": digit_sets[1].images[:number]})
        np.testing.assert_allclose(probabilities, softmax(z[:number]), atol=1e-5)
        np.testing.assert_allclose(logits, z[:number], atol=1e-4)
    about = ready.get_modelmeta().custom_metadata_map
    assert json.loads(about["class_names"]) == [str(c) for c in range(10)]
    assert (about["image_size"], about["resize"]) == ("32", "squash")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["model.onnx", "run"]


@needs_onnx
def test_int8_tells_the_accuracy_that_it_costs(run, digit_sets, tmp_path):
    done = export(tmp_path, "run", "--to", "onnx", "--int8", "--output", "small.onnx")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "by int8" in line]
    kept = run.pictures()["test_indices"]
    targets, ready = run.predictions()["targets"][kept], session(tmp_path / "small.onnx")
    float32 = run.predictions()["logits"][kept].argmax(1)
    int8 = ready.run(["probabilities"], {"images": digit_sets[1].images[kept]})[0].argmax(1)
    before, after = (100 * (found == targets).mean() for found in (float32, int8))
    assert line.startswith(f"accuracy {before:.1f} → {after:.1f} % by int8 on {len(kept)} pictures")
    assert "int8" in ready.get_modelmeta().custom_metadata_map["quantisation"]
    export(tmp_path, "run", "--to", "onnx")
    assert (tmp_path / "small.onnx").stat().st_size < 0.5 * (tmp_path / "model.onnx").stat().st_size


@needs_onnx
def test_views_prior_and_several_runs_are_in_the_graph(run, second, digit_sets, tmp_path):
    for each in (run, second):
        change_config(each, tta="ten_crop")
    done = export(tmp_path, "run", "second", "--to", "onnx", "--prior", "uniform")
    assert done.returncode == 0, done.stderr
    images = digit_sets[1].images[:5]
    with torch.inference_mode():
        net = averaged([read_bundle(run), read_bundle(second)], "uniform")
        expected = net(torch.from_numpy(images)).softmax(1).numpy()
    found = session(tmp_path / "model.onnx").run(["probabilities"], {"images": images})[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_torch_export_with_its_metadata(run, digit_sets, tmp_path):
    done = export(tmp_path, "run", "--to", "torch", "--output", "m.pt2")
    assert done.returncode == 0, done.stderr
    extra = {"ltlight.json": ""}
    program = torch.export.load(tmp_path / "m.pt2", extra_files=extra).module()
    assert json.loads(extra["ltlight.json"])["class_names"][9] == "9"
    z = run.predictions()["logits"] / run.metrics()["temperature"]
    for number in (1, 7):
        found = program(torch.from_numpy(digit_sets[1].images[:number]))
        np.testing.assert_allclose(found[0].numpy(), softmax(z[:number]), atol=1e-5)


def test_the_graph_has_plain_layers_and_leaves_the_run_its_own(run):
    net = averaged([read_bundle(run)], None)
    graph = Graph(net)
    assert not [m for m in graph.modules() if isinstance(m, WideLinear)]
    assert [m for m in net.modules() if isinstance(m, WideLinear)]
    images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    with torch.inference_mode():
        torch.testing.assert_close(graph(images)[1], net(images))


@needs_onnx
@pytest.mark.parametrize(
    "overrides",
    [
        ["model=resnet32", "model.width=0.25", "method=ldam", "data.image_size=20"],
        ["model.width=0.02", "method=dbm_bs"],
        ["model.width=0.02", "method.posthoc_tau=1", "method.tta=flip", "data.mirror=true"],
    ],
)
def test_every_network_and_head_can_be_exported(overrides, tmp_path):
    config = configured(*overrides)
    counts = [30, 20, 10, 5]
    torch.manual_seed(0)
    net = build_net(config, len(counts)).eval()
    shift = torch.tensor([0.5, 0.0, -0.5, 1.0])
    ours = Averaged([Calibrated(net, build_predictor(config, counts), 1.7, shift)]).eval()
    side = config.data.image_size
    images = np.random.default_rng(0).integers(0, 256, (5, 3, side, side), dtype=np.uint8)
    with torch.inference_mode():
        expected = ours(torch.from_numpy(images)).softmax(1).numpy()
    program = exported_program(ours, side)
    write_onnx(program, tmp_path / "m.onnx", {"resize": "squash"})
    write_torch(program, tmp_path / "m.pt2", {"resize": "squash"})
    for ready in (OnnxRun(tmp_path / "m.onnx", 1), TorchRun(tmp_path / "m.pt2", 1)):
        for number in (1, 5):
            np.testing.assert_allclose(ready(images[:number]), expected[:number], atol=1e-5)


def test_another_network_is_found_out():
    images = np.zeros((4, 3, 2, 2), dtype=np.uint8)
    expected = np.full((4, 2), 0.5)
    assert largest_difference(lambda x: expected[: len(x)], expected, images) == 0
    with pytest.raises(UserError, match="isn't the run's"):
        largest_difference(lambda x: expected[: len(x)] + 2e-4, expected, images)
    assert LARGEST_DIFFERENCE < 2e-4

    def of_one_size(x: np.ndarray) -> np.ndarray:
        return expected[: len(x)] if len(x) > 1 else np.array([[1.0, 0.0]])

    with pytest.raises(UserError, match="isn't the run's"):
        largest_difference(of_one_size, expected, images)


@needs_onnx
@pytest.mark.parametrize("missing", PACKAGES)
def test_without_the_extra_it_is_one_line(run, tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    done = export(tmp_path, "run", "--to", "onnx")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: --to onnx needs {missing}: pip install ")
    assert done.stderr.count("\n") == 1


BAD = {
    "int8 of torch": (["run", "--to", "torch", "--int8"], "--int8 is of --to onnx"),
    "suffix": (["run", "--to", "torch", "--output", "m.pt"], "must end in .pt2"),
    "folder": (["run", "--to", "torch", "--output", "no/m.pt2"], "can't be written"),
    "run": (["nowhere", "--to", "torch"], "nowhere is not a run folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(run, tmp_path, case):
    arguments, told = BAD[case]
    done = export(tmp_path, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
