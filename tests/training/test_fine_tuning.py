"""A backbone that is trained with its head, on real digits: what moves, and what is kept."""

import copy

import numpy as np
import pytest
import torch
from lightning import Callback
from torch.nn import functional as F

from ltlight.deploy.bundle import averaged, read_bundle
from ltlight.deploy.graph import Graph
from ltlight.errors import UserError
from ltlight.models.pretrained import FeatureHead, Pretrained
from ltlight.optim.lr_schedules import cosine
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build import apply_second_stage
from ltlight.training.build_data import data_module
from ltlight.training.build_model import build_model, build_net
from ltlight.training.classifier import LongTailClassifier
from tests.commands import run_here, run_of
from tests.parts import configured, fit, quick_runs

pytest.importorskip("timm", reason="an extra: .[pretrained]")
BACKBONE = ("model=pretrained", "model.backbone=resnet10t", "model.weights=random")
HEAD = (*BACKBONE, "data=digits", "model.image_size=32", "data.ratio=0.1", "trainer=debug")
TUNED = (*HEAD, "model.train=all", "data.batch_size=16")
pytestmark = pytest.mark.filterwarnings("ignore:Found .* in eval mode")  # which are meant
WITHOUT = "dla46_c"
LAST = ("model.train=last", "model.last_blocks=1")


class Watched(Callback):
    """Keeps the batches of a training and the weights after each."""

    def __init__(self) -> None:
        self.batches, self.weights = [], []

    def on_train_batch_end(self, trainer, module, outputs, batch, index) -> None:
        self.batches.append(batch)
        self.weights.append(state_of(module.net))


def state_of(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def trained(digit_sets, *overrides: str, epochs: int = 1, **more):
    """A model before and after some steps, and what was seen of them."""
    config = configured(*TUNED, *overrides)
    data = data_module(config, digit_sets[0].subset(np.arange(0, 1200, 19)), None, digit_sets[1])
    torch.manual_seed(0)
    model, watched = build_model(config, data), Watched()
    before = copy.deepcopy(model.net)
    fit(model, data, epochs, callbacks=[watched], limit_val_batches=0, **more)
    return before, model, watched, (config, data)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_steps_are_those_of_a_loop_in_plain_torch(digit_sets, kind):
    """Two rates, weight decay, a cosine; batch norm learns."""
    net, _, watched, (config, _) = trained(
        digit_sets, f"optim={kind}", "method.warmup_epochs=0", "model.batch_norm=learning"
    )
    optim = config.optim
    groups = [
        {"params": [*net.classifier.parameters()]},
        {"params": [*net.backbone.parameters()], "lr": optim.lr * 0.1},
    ]
    told = {"lr": optim.lr, "weight_decay": optim.weight_decay}
    optimizer: torch.optim.Optimizer
    if kind == "sgd":
        optimizer = torch.optim.SGD(groups, momentum=0.9, **told)
    else:
        optimizer = torch.optim.AdamW(groups, **told)
    rates = [group["lr"] for group in optimizer.param_groups]
    net.train()
    assert len(watched.batches) == 4
    for step, ((images, labels), found) in enumerate(
        zip(watched.batches, watched.weights, strict=True)
    ):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * cosine(step, 0, 4, 2)
        optimizer.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()
        for name, wanted in net.state_dict().items():
            torch.testing.assert_close(found[name], wanted, rtol=1e-3, atol=1e-5, msg=name)


def test_the_last_blocks_move_alone(digit_sets):
    before, model, _, _ = trained(digit_sets, *LAST, "model.batch_norm=learning")
    was, now = before.state_dict(), model.net.state_dict()
    moved = {name for name in was if not torch.equal(was[name], now[name])}
    # of a batch norm the statistics, too; the head's standardisation stays
    of_last = {n for n in was if n.startswith("backbone.net.layer4.0.")}
    assert moved == of_last | {"classifier.head.weight", "classifier.head.bias"}


@pytest.mark.parametrize("kind", ["frozen", "learning"])
def test_batch_norms_statistics(digit_sets, kind):
    before, model, _, _ = trained(digit_sets, f"model.batch_norm={kind}")
    was, now = before.state_dict(), model.net.state_dict()
    statistics = [n for n in was if n.endswith(("running_mean", "running_var", "batches_tracked"))]
    assert len(statistics) > 30
    for name in statistics:
        assert torch.equal(was[name], now[name]) == (kind == "frozen"), name
    assert not torch.equal(was["backbone.net.bn1.weight"], now["backbone.net.bn1.weight"])


def test_activations_that_are_computed_again_give_the_same_gradients(digit_sets):
    kept, again = (
        trained(digit_sets, f"model.grad_checkpointing={on}")[1].net for on in ("false", "true")
    )
    assert again.backbone.net.grad_checkpointing
    for name, wanted in kept.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], wanted, rtol=1e-3, atol=1e-5)


def test_recomputation_is_refused_by_name_where_there_is_none():
    config = configured(*TUNED, f"model.backbone={WITHOUT}", "model.grad_checkpointing=true")
    with pytest.raises(UserError, match=f"doesn't have it for model.backbone={WITHOUT}"):
        build_net(config, 10)


def test_bf16(digit_sets):
    before, model, watched, _ = trained(digit_sets, precision="bf16-mixed")
    assert len(watched.weights) == 4
    now = model.net.state_dict()
    assert all(t.dtype != torch.bfloat16 and t.isfinite().all() for t in now.values())
    assert not torch.equal(now["backbone.net.conv1.0.weight"], before.backbone.net.conv1[0].weight)


@pytest.mark.parametrize("stage", ["crt", "lws", "weight_balancing", "tau_norm", "nearest_mean"])
def test_a_second_stage_is_the_heads(digit_sets, stage):
    _, model, _, (config, data) = trained(digit_sets, *LAST)
    config.method.second_stage, config.method.second_stage_epochs = stage, 1
    was = state_of(model.net)
    apply_second_stage(config, model, data)
    now = model.net.state_dict()
    moved = {name for name in was if not torch.equal(was[name], now[name])}
    assert moved
    assert moved <= {"classifier.head.weight", "classifier.head.bias"}


@pytest.fixture(scope="module")
def head(tmp_path_factory) -> RunFolder:
    """A head on the features of the frozen backbone."""
    root = tmp_path_factory.mktemp("head")
    with quick_runs():
        done = run_here(*HEAD, "name=head", cwd=root)
    assert done.returncode == 0, done.stderr
    return run_of(root, "head", "0.1")


def test_the_head_first_then_all(head):
    """What begins is the network that the head was tested in, its standardisation with it.

    But for features that hardly vary there, which are not blown up.
    """
    start = f"model.checkpoint='{head.model_checkpoint}'"
    net = build_net(configured(*TUNED, start), 10).eval()
    assert isinstance(net, Pretrained)
    wanted = read_bundle(head).net
    deviation = wanted.classifier.deviation
    floor = 0.1 * deviation.median()
    assert (deviation < floor).any()
    assert torch.equal(net.classifier.deviation, deviation.maximum(floor))
    deviation.clamp_(min=floor)
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        assert torch.equal(net(images), wanted(images))


def test_a_head_of_other_features_is_refused(head):
    config = configured(*TUNED, "model.backbone=resnet18")
    config.model.checkpoint = str(head.model_checkpoint)
    with pytest.raises(UserError, match=r"features of resnet10t, and this is .*=resnet18"):
        build_net(config, 10)


@pytest.mark.parametrize("words", [HEAD, TUNED])
def test_a_head_of_the_other_kind_is_told_so(head, words):
    start = f"model.checkpoint='{head.model_checkpoint}'"
    with pytest.raises(
        UserError, match=r"a linear head, and method\.loss=dbm_bs asks for a cosine"
    ):
        build_net(configured(*words, "method=dbm_bs", start), 10)


RUN = (
    *TUNED,
    "model.batch_norm=learning",
    "trainer.max_epochs=3",
    "trainer.limit_batches=null",
    "data.batch_size=32",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("tuned")
    with quick_runs():
        done = run_here("-m", *RUN, "name=one", cwd=root)
    assert done.returncode == 0, done.stderr
    return root


def test_a_run_learns_is_recorded_and_used_from_its_folder_alone(finished):
    run = run_of(finished, "one", "0.1")
    metrics = run.metrics()
    assert metrics["test/accuracy"] > 0.3  # chance is 0.1
    assert metrics["backbone"] == "resnet10t"
    assert metrics["parameters"] > 4e6
    config = (run.path / "config.yaml").read_text()
    assert "train: all" in config
    (run.path / "config.yaml").write_text(
        config.replace("weights: random", "weights: /gone/since.pth")
    )
    bundle = read_bundle(run)
    pictures = run.pictures()
    images = torch.from_numpy(pictures["test_images"][:20]).float() / 127.5 - 1
    with torch.no_grad():
        logits = bundle.net(images)
    wanted = run.predictions()["logits"][pictures["test_indices"][:20]]
    np.testing.assert_allclose(logits.numpy(), wanted, rtol=1e-3, atol=1e-3)
    again = LongTailClassifier.load_from_checkpoint(run.model_checkpoint)
    with torch.no_grad():
        np.testing.assert_allclose(again(images).numpy(), wanted, rtol=1e-3, atol=1e-3)
    (run.path / "config.yaml").write_text(config)


def test_it_predicts_and_exports(finished, digit_sets, tmp_path):
    from PIL import Image

    (tmp_path / "photos").mkdir()
    for number, image in enumerate(digit_sets[1].images[:5]):
        Image.fromarray(image.transpose(1, 2, 0)).save(tmp_path / f"photos/{number}.png")
    run = run_of(finished, "one", "0.1")
    done = run_here("predict", str(run.path), "photos", cwd=tmp_path, module="ltlight")
    assert done.returncode == 0, done.stderr
    done = run_here("export", str(run.path), "--to", "torch", cwd=tmp_path, module="ltlight")
    assert done.returncode == 0, done.stderr
    assert "equal to" in done.stdout


def test_an_interrupted_run_ends_the_same_to_the_bit(finished, monkeypatch):
    arguments = ("-m", *RUN, "name=cut", "trainer.checkpoint_every_n_epochs=1")
    original = LongTailClassifier.on_train_epoch_start

    def power_cut(self) -> None:
        if self.current_epoch == 2:
            raise RuntimeError("power cut")
        original(self)

    with quick_runs():
        with monkeypatch.context() as patch:
            patch.setattr(LongTailClassifier, "on_train_epoch_start", power_cut)
            run_here(*arguments, cwd=finished)
        cut = run_of(finished, "cut", "0.1")
        assert cut.last_checkpoint.exists()
        assert not cut.is_finished
        done = run_here(*arguments, cwd=finished)
    assert done.returncode == 0, done.stderr
    whole = run_of(finished, "one", "0.1")
    np.testing.assert_array_equal(whole.predictions()["logits"], cut.predictions()["logits"])


def test_a_fine_tuned_network_is_no_head(finished):
    config = configured(*HEAD)
    config.model.checkpoint = str(run_of(finished, "one", "0.1").model_checkpoint)
    with pytest.raises(UserError, match=r"model\.train=all"):
        build_net(config, 10)


def test_a_frozen_run_builds_a_head_alone():
    assert isinstance(build_net(configured(*HEAD), 10), FeatureHead)


def test_low_rank_terms_are_trained_kept_and_folded(digit_sets, tmp_path):
    pytest.importorskip("peft", reason="an extra: .[adapters]")
    told = ("model=pretrained", "model.backbone=vit_tiny_patch16_224", "model.weights=random")
    rest = ("model.image_size=32", "model.train=lora", "model.lora_rank=2", "data=digits")
    with quick_runs():
        done = run_here(*told, *rest, "data.ratio=0.1", "trainer=debug", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = run_of(tmp_path, "debug", "0.1")
    bundle = read_bundle(run)
    kept = {name: p for name, p in bundle.net.named_parameters() if "lora_B" in name}
    assert len(kept) == 12 * 4
    assert all(p.abs().max() > 0 for p in kept.values())  # they start at 0
    images = torch.from_numpy(digit_sets[1].images[:8])
    net = averaged([bundle], None)
    graph = Graph(net)
    assert not any("lora" in name for name, _ in graph.named_parameters())
    torch.testing.assert_close(graph(images)[1], net(images), rtol=1e-4, atol=1e-4)
    wanted = torch.from_numpy(run.predictions()["logits"][:8])
    torch.testing.assert_close(net(images), wanted, rtol=1e-3, atol=1e-3)
