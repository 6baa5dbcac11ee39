import pytest
import torch

from ltlight.errors import UserError
from ltlight.training import net_memory
from ltlight.training.build_model import build_net
from ltlight.training.net_memory import copies_kept, device_of, free_bytes, refuse_net_beyond_memory
from tests.parts import configured

CPU = torch.device("cpu")


def needed(monkeypatch, *overrides: str) -> str:
    """What is said where nothing is free."""
    monkeypatch.setattr(net_memory, "free_memory", lambda: 0)
    with pytest.raises(UserError) as caught:
        refuse_net_beyond_memory(configured(*overrides), CPU)
    return str(caught.value)


def test_the_full_network_at_224_pixels_is_told_in_numbers(monkeypatch):
    said = needed(monkeypatch, "data.image_size=224")
    # 1.64e9 weights in one layer of 128 * 28 * 28 inputs
    assert "million weights: they and their momentum take" in said
    weights = float(said.split("has ")[1].split(" million")[0].replace(",", ""))
    assert weights > 1640
    assert f"take {8e6 * weights / 1e9:.1f} GB of memory, 0.0 MB are free" in said
    assert said.endswith("lower model.width=1 or data.image_size=224, or take model=resnet32")


@pytest.mark.parametrize("model", ["cnn_cifar", "resnet32"])
def test_the_bytes_are_those_of_the_network(monkeypatch, model):
    config = configured(f"model={model}", "model.width=0.25")
    weights = sum(p.numel() for p in build_net(config, 2).parameters())
    copies = len(copies_kept(config))
    monkeypatch.setattr(net_memory, "free_memory", lambda: 4 * weights * copies)
    refuse_net_beyond_memory(config, CPU)
    monkeypatch.setattr(net_memory, "free_memory", lambda: 4 * weights * copies - 1)
    with pytest.raises(UserError, match=r"are free: lower model\.width"):
        refuse_net_beyond_memory(config, CPU)


def test_what_a_training_keeps_is_counted():
    assert copies_kept(configured()) == ["they", "their momentum"]
    assert copies_kept(configured("optim.momentum=0")) == ["they"]
    assert copies_kept(configured("method=ema")) == ["they", "their momentum", "their average"]
    assert copies_kept(configured("method=ema", "trainer.max_epochs=0")) == ["they"]


def test_adamw_keeps_gradients_and_two_averages():
    kept = ["they", "their gradient", "its mean", "its mean square"]
    assert copies_kept(configured("optim=adamw")) == kept


def test_a_backbone_that_is_fine_tuned_is_counted(monkeypatch):
    pytest.importorskip("timm", reason="an extra: .[pretrained]")
    told = ("model=pretrained", "model.backbone=resnet10t", "model.weights=random")
    said = needed(monkeypatch, *told, "model.train=all")
    assert said.startswith("the network has 5 million weights: they and their momentum take 39.")
    assert said.endswith("take a smaller model.backbone than resnet10t")
    refuse_net_beyond_memory(configured(*told), CPU)  # the head alone


@pytest.mark.parametrize("width", ["1e6", "1e12", "inf"])
@pytest.mark.parametrize("model", ["cnn_cifar", "resnet32"])
def test_widths_beyond_number_are_refused(model, width):
    config = configured(f"model={model}")
    config.model.width = float(width)  # past the schema, which refuses it, too
    with pytest.raises(UserError, match=r"lower model\.width="):
        refuse_net_beyond_memory(config, CPU)


def test_looking_draws_no_random_number():
    before = torch.get_rng_state()
    refuse_net_beyond_memory(configured("model.width=0.1"), CPU)
    assert torch.equal(before, torch.get_rng_state())


def test_the_device_is_the_trainers():
    assert device_of(configured("trainer=cpu").trainer) == CPU
    found = device_of(configured("trainer=auto").trainer)
    assert found.type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_free_memory_is_the_devices():
    assert free_bytes(CPU) is None or free_bytes(CPU) > 0
    if not torch.cuda.is_available():
        pytest.skip("the rest is of a GPU")
    _, total = torch.cuda.mem_get_info(0)
    assert 0 < free_bytes(torch.device("cuda", 0)) <= total
