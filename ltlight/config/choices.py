"""What the names of the configuration stand for: 'module:object', imported when chosen.

The one list of every choice: the schema takes its allowed names from here, `ltlight.training.build`
its objects. No torch here.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

# (data: DataConfig) -> SourceImages
SOURCES = {
    "cifar10": "ltlight.data.sources.cifar:cifar10",
    "cifar100": "ltlight.data.sources.cifar:cifar100",
    "idc": "ltlight.data.sources.folder_tree:idc",
    "folder": "ltlight.data.sources.folder_tree:folder",
    "table": "ltlight.data.sources.table:table",
    "digits": "ltlight.data.sources.digits:digits",
}
# (num_classes, largest count, ratio) -> counts; natural keeps every image
PROFILES = {
    "exponential": "ltlight.data.longtail:exponential",
    "exponential_cui": "ltlight.data.longtail:exponential_cui",
    "step": "ltlight.data.longtail:step",
    "natural": "ltlight.data.longtail:natural",
}
SAMPLERS = {
    "shuffle": "ltlight.data.samplers:ShuffleSampler",
    "inverse_frequency": "ltlight.data.samplers:InverseFrequencySampler",
    "square_root": "ltlight.data.samplers:SquareRootSampler",
    "progressively_balanced": "ltlight.data.samplers:ProgressivelyBalancedSampler",
    "class_aware": "ltlight.data.samplers:ClassAwareSampler",
}
# see ltlight.data.augment.presets
AUGMENTATIONS = {
    "none": "ltlight.data.augment.presets:none",
    "fig7": "ltlight.data.augment.fig7:fig7",
    "corrected": "ltlight.data.augment.fig7:corrected",
    "crop_flip": "ltlight.data.augment.crop_flip:crop_flip",
    "trivial": "ltlight.data.augment.trivial:trivial",
    "auto_augment": "ltlight.data.augment.auto_augment:auto_augment",
}
MIXINGS = {
    "none": None,
    "mixup": "ltlight.data.augment.mixing:Mixup",
    "regmixup": "ltlight.data.augment.mixing:RegMixup",
    "cutmix": "ltlight.data.augment.mixing:CutMix",
    "remix": "ltlight.data.augment.mixing:Remix",
    "cmo": "ltlight.data.augment.mixing:CMO",
}
# (num_classes, image_size, width) -> a network with a `head`
NETWORKS = {
    "cnn_cifar": "ltlight.models.cnn_cifar:CNNCifar",
    "resnet32": "ltlight.models.resnet:ResNet32",
    "pretrained": "ltlight.models.pretrained:FeatureHead",  # on the features of a backbone
}
# see ltlight.losses.functional
LOSSES = {
    "cross_entropy": "ltlight.losses.functional:cross_entropy",
    "focal": "ltlight.losses.functional:focal",
    "ldam": "ltlight.losses.functional:ldam",
    "balanced_softmax": "ltlight.losses.functional:balanced_softmax",
    "logit_adjusted": "ltlight.losses.functional:logit_adjusted",
    "dbm_bs": "ltlight.losses.functional:dbm_balanced_softmax",
    "label_aware_smoothing": "ltlight.losses.functional:label_aware_smoothing",
}
# counts -> float [C]
CLASS_WEIGHTS = {
    "none": None,
    "inverse_frequency": "ltlight.losses.class_stats:inverse_frequency",
    "effective_number": "ltlight.losses.class_stats:effective_number",
}
# (OptimizerFactory, net, why gradients have to be stored) -> Optimizer
OPTIMIZERS = {
    "sgd": "ltlight.optim.build:sgd",
    "adamw": "ltlight.optim.build:adamw",
}
# see ltlight.optim.lr_schedules
SCHEDULES = {
    "constant": "ltlight.optim.lr_schedules:constant",
    "warmup": "ltlight.optim.lr_schedules:linear_warmup",
    "cosine": "ltlight.optim.lr_schedules:cosine",
    "steps": "ltlight.optim.lr_schedules:steps",
}
# see ltlight.training.second_stage
SECOND_STAGES = {
    "none": None,
    "crt": "ltlight.training.second_stage:crt",
    "los": "ltlight.training.second_stage:los",
    "lws": "ltlight.training.second_stage:lws",
    "weight_balancing": "ltlight.training.second_stage:weight_balancing",
    "tau_norm": "ltlight.training.second_stage:tau_norm",
    "nearest_mean": "ltlight.training.nearest_mean:nearest_mean",
}
# (images, mirror) -> views
VIEWS = {
    "none": "ltlight.training.tta:none",
    "flip": "ltlight.training.tta:flip",
    "ten_crop": "ltlight.training.tta:ten_crop",
}

# Names that were in use before, by the key they are a value of.
ALIASES = {"method.augment": {"report": "fig7"}}


def load(choices: Mapping[str, str | None], name: str) -> Any:
    """The object that a name stands for; None where it stands for nothing.

    Args:
        choices: one of the tables of this module.
        name: a key of it.

    Raises:
        KeyError: for another name; the schema has refused those before.
    """
    target = choices[name]
    if target is None:
        return None
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
