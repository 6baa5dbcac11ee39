"""A pretrained backbone that is trained with its head: model.train=all, last or lora."""

import copy
import pickle
from pathlib import Path
from typing import Any

import torch

from ltlight.config.heads import other_head
from ltlight.config.pretrained import PRETRAINED
from ltlight.config.schema import Config, ModelConfig
from ltlight.errors import UserError
from ltlight.models.backbones import Backbone
from ltlight.models.blocks import freeze_all_but_last
from ltlight.models.checkpoint import load_weights
from ltlight.models.lora import add_adapters
from ltlight.models.pretrained import FeatureHead, Pretrained
from ltlight.training.classifier import RECORD
from ltlight.training.features import backbone_of

# Of the median deviation: a feature that hardly varies under the frozen backbone does once that
# moves, and divided by its deviation it would drown the others.
SMALLEST_SHARE = 0.1


def fine_tuned_net(config: Config, num_classes: int) -> Pretrained:
    """Backbone and a fresh head, in training mode; what doesn't move is frozen.

    The head takes features as they are, unless a checkpoint brings their standardisation: they
    change while the backbone learns.

    Raises:
        UserError: for a backbone that can't be had, or not be trained as the configuration says.
    """
    model = config.model
    backbone = copy.deepcopy(backbone_of(config))  # members of a sweep share that one
    backbone.requires_grad_(True)
    if model.train == "last":
        assert model.last_blocks is not None  # `refuse_conflicts`
        freeze_all_but_last(backbone.net, model.last_blocks)
    elif model.train == "lora":
        add_adapters(backbone.net, model.lora_rank, backbone.input.image_size)
    if model.grad_checkpointing:
        checkpoint_activations(backbone, model)
    head = FeatureHead(backbone.num_features, num_classes)
    return Pretrained(backbone, head, fixed_statistics=model.batch_norm == "frozen").train()


def checkpoint_activations(backbone: Backbone, model: ModelConfig) -> None:
    """Have a backbone compute its activations again in the backward pass, in place.

    Raises:
        UserError: where timm doesn't have it for this backbone.
    """
    try:
        backbone.net.set_grad_checkpointing(True)
    except (AttributeError, AssertionError, NotImplementedError, TypeError) as e:
        raise UserError(
            f"model.grad_checkpointing=true: timm doesn't have it for model.backbone="
            f"{model.backbone}: leave it at false, and lower data.batch_size where memory is short"
        ) from e


def start_from(net: Any, path: Path, config: Config) -> None:
    """Load the weights of a `model.ckpt` into a network, in place.

    A head that was trained on the features of the same frozen backbone goes into the head of one
    that is fine-tuned, its standardisation with it.

    Raises:
        UserError: see `load_weights`; or for a head of another backbone's features.
    """
    model, told = config.model, other_head(config)
    recorded = recorded_model(path) if model.name == PRETRAINED else {}
    of_head = recorded.get("name") == PRETRAINED and recorded.get("train", "head") == "head"
    if recorded.get("name") == PRETRAINED and model.train == "head" and not of_head:
        raise UserError(
            f"model.checkpoint={path} is of a backbone that was fine-tuned, and model.train=head "
            "takes a head alone: set model.train=all, with trainer.max_epochs=0 to test it"
        )
    if not of_head or not isinstance(net, Pretrained):
        load_weights(net, path, told)
        return
    if recorded.get("backbone") != model.backbone:
        raise UserError(
            f"model.checkpoint={path} is a head on features of {recorded.get('backbone')}, and "
            f"this is model.backbone={model.backbone}: name that backbone, or leave the checkpoint "
            "out"
        )
    load_weights(net.classifier, path, told)
    floor = SMALLEST_SHARE * net.classifier.deviation.median()
    net.classifier.deviation.clamp_(min=floor)


def recorded_model(path: Path) -> dict[str, Any]:
    """What a checkpoint says of its network; empty where it says nothing, or can't be read."""
    try:
        record = torch.load(path, map_location="cpu", weights_only=True)[RECORD]
        found: dict[str, Any] = record["config"]["model"]
    except (OSError, pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError):
        return {}
    return found
