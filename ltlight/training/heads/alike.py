"""Which runs can be trained at once: those that take the same steps with other numbers."""

from ltlight.config.schema import Config
from ltlight.data.datamodule import LongTailDataModule
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.heads.loop import Plan


def plan_of(config: Config) -> Plan:
    """What a configuration says of its (first stage's) training."""
    t = config.trainer
    return Plan(t.max_epochs, t.limit_batches, t.gradient_clip_val, t.check_val_every_n_epoch)


def kind(config: Config, model: LongTailClassifier, data: LongTailDataModule) -> str:
    """What runs must have in common to be trained at once, as text.

    That is the structure of the network, the optimiser and its schedule, the number of steps and
    the images a step sees. Losses, samplers, mixing, seeds and images may differ.
    """
    mixing, net = data.mixing, model.net
    parts = 1 if mixing is None else mixing.parts
    shapes = [(name, tuple(value.shape)) for name, value in net.state_dict().items()]
    trained = [weight.requires_grad for weight in net.parameters()]
    images = (len(data.sampler), data.batch_size, parts, data.mixed_epochs if parts > 1 else None)
    plan = (plan_of(config), config.trainer.matmul_precision)
    return repr((net, shapes, trained, model.optimizer, images, plan))
