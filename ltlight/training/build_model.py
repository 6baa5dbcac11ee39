"""The classifier of a configuration: names become objects here, the module gets finished parts."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from ltlight.config import choices
from ltlight.config.pretrained import is_fine_tuned, is_frozen
from ltlight.config.schema import Config, MethodConfig
from ltlight.data.datamodule import LongTailDataModule
from ltlight.errors import UserError
from ltlight.losses.class_stats import STATISTICS, class_prior
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.models.heads import SCALE, NormalisedLinear
from ltlight.optim.build import OptimizerFactory
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.deferral import first_epoch
from ltlight.training.features import backbone_of, standardise
from ltlight.training.fine_tuning import fine_tuned_net, start_from
from ltlight.training.predictor import Predictor

LEARNING = ("crt", "lws")  # the second stages that train
SMOOTHED = "label_aware_smoothing"


def build_net(config: Config, num_classes: int) -> Any:
    """The network of a configuration, with the weights of ``model.checkpoint`` if it is set."""
    model = config.model
    network = choices.load(choices.NETWORKS, model.name)
    net: Any
    if is_fine_tuned(config):
        net = fine_tuned_net(config, num_classes)
    elif is_frozen(config):
        net = network(backbone_of(config).num_features, num_classes)
    else:
        net = network(num_classes=num_classes, image_size=model.image_size, width=model.width)
    scale = getattr(choices.load(choices.LOSSES, config.method.loss), "cosine_scale", None)
    # Where margins are angles, the head's logits have to be scaled cosines.
    if scale is not None or model.head == "cosine":
        net.head = NormalisedLinear(net.head.in_features, num_classes, scale or SCALE)
    if model.checkpoint is not None:
        start_from(net, Path(model.checkpoint).expanduser(), config)
    return net


def build_model(config: Config, data: LongTailDataModule) -> LongTailClassifier:
    """The classifier of a configuration, and what its checkpoints say of it."""
    counts = data.class_counts.tolist()
    model = build_classifier(config, counts, validation_is_test=data.val_set is None)
    if is_frozen(config) and config.model.checkpoint is None:
        standardise(model.net, data.train_set)
    model.record = {
        "config": asdict(config),
        "class_counts": counts,
        "class_names": list(data.train_set.class_names),
    }
    return model


def build_classifier(
    config: Config, class_counts: list[int], *, validation_is_test: bool
) -> LongTailClassifier:
    """The classifier of a configuration for classes of so many training images."""
    return LongTailClassifier(
        build_net(config, len(class_counts)),
        build_loss(config, class_counts),
        build_optimizer(config),
        build_predictor(config, class_counts),
        class_counts=class_counts,
        seed=config.seed,
        validation_is_test=validation_is_test,
    )


def build_predictor(config: Config, class_counts: Sequence[int]) -> Predictor:
    """How the network of a configuration is asked at test."""
    return Predictor(
        choices.load(choices.VIEWS, config.method.tta),
        config.data.mirror,
        config.method.posthoc_tau,
        class_prior(class_counts),
    )


def build_optimizer(config: Config) -> OptimizerFactory:
    """The optimiser of the (first stage of the) training; the method's own rate goes first."""
    optim, method = config.optim, config.method
    return OptimizerFactory(
        lr=optim.lr if method.lr is None else method.lr,
        momentum=optim.momentum,
        weight_decay=optim.weight_decay if method.weight_decay is None else method.weight_decay,
        nesterov=optim.nesterov,
        one_pass=optim.one_pass,
        schedule=choices.load(choices.SCHEDULES, method.schedule),
        warmup_epochs=method.warmup_epochs,
        sam=method.sam,
        kind=choices.load(choices.OPTIMIZERS, optim.name),
        backbone_lr_factor=optim.backbone_lr_factor,
    )


def loss_kinds(method: MethodConfig) -> tuple[str, str]:
    """The losses of the first and the second stage.

    The second takes plain cross-entropy, since its sampler corrects the prior. Label-aware
    smoothing belongs into the second stage where there is one (MiSLAS), plain before.
    """
    if method.second_stage in LEARNING and method.loss == SMOOTHED:
        return "cross_entropy", SMOOTHED
    return method.loss, "cross_entropy"


def build_loss(config: Config, class_counts: Sequence[int]) -> LongTailLoss:
    """The loss of the (first stage of the) training."""
    method = config.method
    return loss_of_name(
        loss_kinds(method)[0],
        class_counts,
        class_weights=method.class_weights,
        weights_from=first_epoch(method.class_weights_from, config.trainer.max_epochs),
        weighted_mean=method.weighted_mean,
        **loss_options(method),
    )


def loss_options(method: MethodConfig) -> dict[str, Any]:
    """What losses and their statistics may take of a method, by the names of their parameters."""
    return {
        "gamma": method.focal_gamma,
        "tau": method.loss_tau,
        "margin": method.dbm_margin,
        "margin_tau": method.dbm_tau,
        "smoothing_head": method.smoothing_head,
        "smoothing_tail": method.smoothing_tail,
    }


def loss_of_name(
    name: str,
    class_counts: Sequence[int],
    *,
    class_weights: str = "none",
    weights_from: int = 0,
    weighted_mean: str = "weights",
    **options: float,
) -> LongTailLoss:
    """A loss with what it names of the classes and of the options.

    Args:
        name: in `choices.LOSSES`.
        class_counts: training images of every class.
        class_weights: in `choices.CLASS_WEIGHTS`.
        weights_from: epoch from which on they act.
        weighted_mean: see `LongTailLoss`.
        options: see `loss_options`; the loss and its statistics each take those that are
            parameters of their functions.

    Raises:
        UserError: for classes without training images where the loss or the weights divide by
            their number or take its logarithm.
    """
    function = choices.load(choices.LOSSES, name)
    needs = [statistic for statistic in STATISTICS if statistic in _parameters(function)]
    weigh = choices.load(choices.CLASS_WEIGHTS, class_weights)
    if needs or weigh is not None:
        _refuse_absent_classes(class_counts, name, class_weights)
    weights: Tensor | None = None if weigh is None else weigh(class_counts)
    return LongTailLoss(
        _with_options(function, options),
        {name: _with_options(STATISTICS[name], options)(class_counts) for name in needs},
        class_weights=weights,
        weights_from=weights_from,
        weighted_mean=weighted_mean,
    )


def _parameters(function: Callable[..., Tensor]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def _with_options(
    function: Callable[..., Tensor], options: Mapping[str, float]
) -> Callable[..., Tensor]:
    """With those options bound that are its parameters."""
    taken = _parameters(function)
    return partial(function, **{k: v for k, v in options.items() if k in taken})


def _refuse_absent_classes(counts: Sequence[int], loss: str, weights: str) -> None:
    absent = [str(c) for c, n in enumerate(counts) if n < 1]
    if absent:
        raise UserError(
            f"class {', '.join(absent)} has no training images, which method.loss={loss} with "
            f"method.class_weights={weights} cannot weigh: take method.loss=cross_entropy or focal "
            "with method.class_weights=none, or give the class images"
        )
