"""Backbones of timm, without their weights but where the file of EfficientNet-Lite0 is there."""

import numpy as np
import pytest
import torch
from PIL import Image

from ltlight.errors import UserError
from ltlight.models.backbones import Backbone, Input, build_backbone

timm = pytest.importorskip("timm", reason="an extra: .[pretrained]")


def test_images_are_scaled_and_normalised_as_pillow_and_timm_would():
    """Of the seen input: bicubic with antialiasing, to one and a half grey levels."""
    seen = []

    class Probe(torch.nn.Module):
        num_features = 3

        def forward(self, images):
            seen.append(images)
            return images.mean((2, 3))

    mean, std = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
    backbone = Backbone(Probe(), Input(48, mean, std, "bicubic"))
    picture = np.random.default_rng(0).integers(60, 190, (32, 32, 3), dtype=np.uint8)
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    backbone(pixels)
    large = Image.fromarray(picture).resize((48, 48), Image.Resampling.BICUBIC)
    wanted = (np.asarray(large) / 255 - mean) / std
    off = seen[0][0].permute(1, 2, 0).numpy() - wanted
    assert np.abs(off * std * 255).max() < 1.5  # Pillow rounds after each of its two passes
    backbone(torch.zeros(1, 3, 48, 48))  # of its own size: as it is
    np.testing.assert_allclose(seen[1][0, :, 0, 0], (0.5 - np.array(mean)) / std, rtol=1e-5)


def test_its_own_size_is_timms_and_can_be_another():
    assert build_backbone("resnet18", "random", None).input.image_size == 224
    small = build_backbone("vit_tiny_patch16_224", "random", 64)
    assert small.input.image_size == 64
    with torch.no_grad():
        assert small(torch.zeros(2, 3, 32, 32)).shape == (2, small.num_features)


def test_features_are_timms(lite0_weights):
    backbone = build_backbone("tf_efficientnet_lite0", str(lite0_weights), 64)
    state = torch.load(lite0_weights, weights_only=True)
    whole = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    whole.load_state_dict(dict(zip(whole.state_dict(), state.values(), strict=True)))
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        features = backbone(images)
        wanted = whole.forward_head(whole.forward_features(images), pre_logits=True)
    torch.testing.assert_close(features, wanted)
    assert (backbone.num_features, backbone.license) == (1280, "apache-2.0")


def test_the_digest_tells_weights_and_input_apart():
    torch.manual_seed(0)
    first = build_backbone("resnet10t", "random", 64)
    assert first.digest() == first.digest()
    again = Backbone(first.net, Input(32, *list(vars(first.input).values())[1:]))
    assert again.digest() != first.digest()
    with torch.no_grad():
        next(first.net.parameters()).view(-1)[0] += 1
    assert Backbone(first.net, first.input).digest() != again.digest()


def test_what_cannot_be_had_is_refused_by_name(tmp_path, lite0_weights):
    with pytest.raises(
        UserError, match=r"tf_efficientnet_lite is no network.*did you mean tf_efficientnet_lite\d"
    ):
        build_backbone("tf_efficientnet_lite", None, None)
    with pytest.raises(UserError, match="other architecture than"):
        build_backbone("resnet18", str(lite0_weights), None)
    with pytest.raises(UserError, match=r"model\.weights=.*nowhere\.pth is not a file"):
        build_backbone("resnet18", str(tmp_path / "nowhere.pth"), None)
    with pytest.raises(UserError, match=r"model\.image_size=8.*can't take images of that size"):
        build_backbone("vit_tiny_patch16_224", "random", 8)


def test_without_a_network_the_file_is_asked_for(monkeypatch):
    def offline(*a, **k):
        raise OSError("no route to host")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(
        UserError, match=r"could not be had \(no route to host\).*model\.weights=FILE"
    ):
        build_backbone("resnet18", None, None)


def test_building_one_moves_no_stream_and_random_weights_are_the_same_each_time():
    before = torch.get_rng_state()
    first, second = (build_backbone("resnet10t", "random", 32) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert first.digest() == second.digest()
