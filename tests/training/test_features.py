"""A head on a frozen backbone: what is trained is what the features of the pixels would give."""

import numpy as np
import pytest
import torch

from ltlight.config.compose import composed
from ltlight.data.augment import presets
from ltlight.errors import UserError
from ltlight.models.pretrained import Pretrained
from ltlight.training.build_data import build_data
from ltlight.training.build_model import build_model
from ltlight.training.features import Embedder, backbone_of, drawn_view, plain_view
from tests.commands import run_here, run_of
from tests.parts import configured, quiet_trainer

pytest.importorskip("timm", reason="an extra: .[pretrained]")
BACKBONE = ("model=pretrained", "model.backbone=resnet10t", "model.weights=random")
SMALL = (*BACKBONE, "model.image_size=32", "data.ratio=0.05")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return f"data.cache={tmp_path_factory.mktemp('cache')}"


def built(*overrides):
    config = configured(*SMALL, *overrides)
    data = build_data(config)
    data.trainer = quiet_trainer(1)
    return config, data


def test_the_defaults_are_those_of_the_model():
    config = configured(*SMALL)
    assert (config.optim.lr, config.optim.weight_decay) == (0.01, 0.005)
    assert (config.method.schedule, config.trainer.max_epochs) == ("cosine", 30)
    assert (config.data.batch_size, config.data.image_size) == (64, 32)
    assert configured(*SMALL, "trainer=debug").trainer.max_epochs == 2
    assert configured(*SMALL, "method=warmup").method.schedule == "warmup"
    assert configured().method.schedule == "constant"


def test_files_are_stored_at_the_backbones_size():
    folder = ("data=folder", "data.root=somewhere")
    assert composed([*folder, *BACKBONE]).data.image_size == 224
    assert composed([*folder, *BACKBONE, "model.image_size=160"]).data.image_size == 160


def test_features_are_the_backbones_of_the_pixels(cache):
    config, data = built(cache)
    backbone = backbone_of(config)
    pixels = presets.none(torch.from_numpy(data.pictures.train.images[:8]))
    with torch.inference_mode():
        wanted = backbone(pixels)
    found = torch.from_numpy(data.train_set.images[:8, 0]).float()
    torch.testing.assert_close(found, wanted, rtol=2e-3, atol=1e-3)  # float16
    assert data.train_set.class_counts.tolist() == data.pictures.train.class_counts.tolist()


def test_the_head_sees_standardised_training_features(cache):
    config, data = built(cache)
    model = build_model(config, data)
    features = torch.from_numpy(data.train_set.images[:, 0]).double()
    torch.testing.assert_close(model.net.mean.double(), features.mean(0), rtol=1e-4, atol=1e-5)
    wanted = features.std(0, correction=0)
    varies = wanted > 1e-3
    torch.testing.assert_close(
        model.net.deviation.double()[varies], wanted[varies], rtol=1e-3, atol=1e-5
    )


def test_views_are_drawn_by_the_methods_augmentation_and_don_t_depend_on_others(cache):
    config, data = built(cache, "model.views=3", "method=augment")
    assert data.train_set.store.shape[1] == 3
    assert data.test_set.store.shape[1] == 1
    embed = Embedder(config, backbone_of(config), torch.device("cpu"))
    images, rows = data.pictures.train.images, data.pictures.train.rows
    alone = embed(images[5:6], rows[5:6], 2)
    np.testing.assert_allclose(data.train_set.images[5, 2], alone[0], rtol=4e-3, atol=2e-3)
    different = np.abs(data.train_set.images[:, 1] - data.train_set.images[:, 0]).max(1) > 1e-3
    assert different.mean() > 0.5  # each transform comes with p 0.3, one or more with 0.76


def test_an_epoch_draws_one_view_of_each_and_a_test_the_plain_one():
    features = (torch.arange(4000) % 4).view(1000, 4, 1).half()
    generator = torch.Generator().manual_seed(0)
    drawn = drawn_view(features, generator)
    assert drawn.shape == (1000, 1)
    counts = torch.bincount(drawn[:, 0].long(), minlength=4)
    assert (counts - 250).abs().max() < 4 * (1000 * 0.25 * 0.75) ** 0.5
    assert (plain_view(features, generator) == 0).all()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["method=cutmix"], "method.mix=cutmix pastes pixels"),
        (["method=cutout"], "method.cutout=0.25 blanks pixels"),
        (["method=improved"], "set model.views=8"),
        (["method=tta"], "method.tta=ten_crop asks for several views"),
        (["model.width=0.5"], "model.width=0.5 can't be had of a pretrained backbone"),
        (["model.backbone=null"], "model.backbone is not set"),
    ],
)
def test_what_features_cannot_have_is_refused(overrides, said):
    with pytest.raises(UserError, match=said.replace(".", r"\.")):
        configured(*SMALL, *overrides)


def test_a_backbones_keys_are_refused_elsewhere():
    with pytest.raises(UserError, match=r"model\.weights is of model=pretrained"):
        configured("model.weights=random")


def test_a_run_is_trained_reported_and_used(tmp_path, lite0_weights):
    """The head alone is kept; pictures go through the backbone again and give the same."""
    told = ("model=pretrained", f"model.weights={lite0_weights}", "model.image_size=32")
    rest = ("data=digits", "data.ratio=0.1", "trainer=cpu", "trainer.max_epochs=3")
    cache = f"data.cache={tmp_path / 'cache'}"
    done = run_here("-m", *told, *rest, cache, "method=baseline,mixup,crt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = run_of(tmp_path, "sweep", "0.1")
    metrics = run.metrics()
    assert (metrics["backbone"], metrics["backbone_license"]) == (
        "tf_efficientnet_lite0",
        "apache-2.0",
    )
    assert metrics["test/accuracy"] > 0.5  # chance is 0.1
    assert metrics["parameters"] == 1280 * 10 + 10
    assert run.model_checkpoint.stat().st_size < 1 << 20
    assert "licence apache-2.0" in (tmp_path / "outputs" / "sweep" / "report.html").read_text()
    import ltlight

    classifier = ltlight.load(run.path)
    assert isinstance(classifier.bundles[0].net, Pretrained)
    pictures = run.pictures()
    images = pictures["test_images"][:20].transpose(0, 2, 3, 1)
    wanted = run.predictions()["logits"][pictures["test_indices"][:20]]
    np.testing.assert_allclose(classifier.logits(images).numpy(), wanted, rtol=0.02, atol=0.1)
