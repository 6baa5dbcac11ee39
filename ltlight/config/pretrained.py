"""What goes together with a pretrained backbone, frozen or fine-tuned. No torch here."""

from collections.abc import Iterator
from dataclasses import fields

from ltlight.config.schema import Config, MethodConfig, ModelConfig

PRETRAINED = "pretrained"
NO_WEIGHTS = "random"  # of a backbone, in the place of a file
TUNING = (
    "train",
    "last_blocks",
    "lora_rank",
    "batch_norm",
    "grad_checkpointing",
)  # keys of fine-tuning
RANK = ModelConfig.lora_rank
PIXEL_MIXINGS = ("cutmix", "cmo")  # a patch of pixels, which features don't have
Conflict = tuple[bool, str]  # whether it is there, and what to say then


def is_frozen(config: Config) -> bool:
    """Whether a head is trained on features of a frozen backbone."""
    return is_frozen_model(config.model)


def is_frozen_model(model: ModelConfig) -> bool:
    """Whether a model is a head on features of a frozen backbone."""
    return model.name == PRETRAINED and model.train == "head"


def is_fine_tuned(config: Config) -> bool:
    """Whether a pretrained backbone is trained with its head, on pixels."""
    return config.model.name == PRETRAINED and config.model.train != "head"


def conflicts_of_backbones(config: Config) -> Iterator[Conflict]:
    """What a backbone can't have, frozen or fine-tuned, and what only a backbone can."""
    model, m = config.model, config.method
    if model.name != PRETRAINED:
        given = [k for k in ("backbone", "weights") if getattr(model, k) is not None]
        given += ["views"] * (model.views != 1) + _given_of_tuning(model)
        yield (
            bool(given),
            f"model.{''.join(given[:1])} is of model=pretrained, this is model={model.name}: take "
            "that, or leave it out",
        )
        return
    yield (
        model.backbone is None,
        "model.backbone is not set: name a network of timm, e.g. tf_efficientnet_lite0",
    )
    yield (
        model.width != 1,
        f"model.width={model.width} can't be had of a pretrained backbone, whose structure is "
        "fixed: leave it at 1 (experiment=cpu sets it), or name a smaller model.backbone",
    )
    yield from conflicts_of_features(model, m) if model.train == "head" else _of_tuning(model)


def _given_of_tuning(model: ModelConfig) -> list[str]:
    """The keys of fine-tuning that are set."""
    tuning = {f.name: f.default for f in fields(ModelConfig) if f.name in TUNING}
    return [name for name in TUNING if getattr(model, name) != tuning[name]]


def _of_tuning(model: ModelConfig) -> Iterator[Conflict]:
    """What a backbone that is fine-tuned can't have: it sees pixels."""
    yield (
        model.views > 1,
        f"model.views={model.views} are of cached features, and model.train={model.train} has a "
        "fresh draw of method.augment in every epoch: set model.views=1",
    )
    yield (
        model.train == "last" and model.last_blocks is None,
        "model.train=last needs the number of blocks that move: set e.g. model.last_blocks=1",
    )
    yield (
        model.train != "last" and model.last_blocks is not None,
        f"model.last_blocks={model.last_blocks} is of model.train=last, this is "
        f"model.train={model.train}: take that, or leave it out",
    )
    yield (
        model.train != "lora" and model.lora_rank != RANK,
        f"model.lora_rank={model.lora_rank} is of model.train=lora, this is "
        f"model.train={model.train}: take that, or leave it out",
    )


def conflicts_of_features(model: ModelConfig, m: MethodConfig) -> Iterator[Conflict]:
    """What the features of a frozen backbone can't have."""
    given = _given_of_tuning(model)
    yield (
        bool(given),
        f"model.{''.join(given[:1])} is of a backbone that is fine-tuned, and model.train=head "
        "leaves it as it is: set model.train=all (or last, or lora), or leave it out",
    )
    yield (
        m.mix in PIXEL_MIXINGS,
        f"method.mix={m.mix} pastes pixels, and model=pretrained trains on features: take "
        "method.mix=mixup or remix, or model.train=all",
    )
    yield (
        m.cutout > 0,
        f"method.cutout={m.cutout} blanks pixels, and model=pretrained trains on features: set "
        "method.cutout=0, or model.train=all",
    )
    yield (
        m.augment != "none" and model.views == 1,
        f"method.augment={m.augment} acts on pixels, and model=pretrained trains on features that "
        "are cached: set model.views=8, so that each image is cached under as many draws of it, "
        "or method.augment=none, or model.train=all",
    )
    yield (
        m.tta != "none",
        f"method.tta={m.tta} asks for several views of a test image, of which model=pretrained "
        "caches one: set method.tta=none, or model.train=all",
    )
