"""Whether a network fits into memory, found out before any of it is taken."""

import torch

from ltlight.config import choices
from ltlight.config.pretrained import is_fine_tuned, is_frozen
from ltlight.config.schema import Config, TrainerConfig
from ltlight.errors import UserError
from ltlight.memory import free_memory, refuse_beyond
from ltlight.training.features import backbone_of


def refuse_net_beyond_memory(config: Config, device: torch.device) -> None:
    """Let pass a network whose weights fit, with what a training keeps of their size.

    The network is built on torch's meta device, which knows shapes and stores nothing, for two
    classes: the images, which tell their number, need not be read for it. Activations are left out.

    Of a frozen backbone the head alone is trained, which always fits.

    Raises:
        UserError: with both numbers, or for sizes that no network can have.
    """
    if is_frozen(config):
        return
    model = config.model
    if is_fine_tuned(config):
        weights = sum(p.numel() for p in backbone_of(config).parameters())
        _refuse(config, device, weights, f"take a smaller model.backbone than {model.backbone}")
        return
    advice = f"lower model.width={model.width:g}"
    if model.name != "resnet32":  # whose weights do not grow with the image
        advice += f" or data.image_size={config.data.image_size}, or take model=resnet32"
    try:
        with torch.device("meta"):
            net = choices.load(choices.NETWORKS, model.name)(
                num_classes=2, image_size=model.image_size, width=model.width
            )
    except (RuntimeError, OverflowError) as e:  # more than a tensor can count
        raise UserError(
            f"model={model.name} can't have model.width={model.width:g} at data.image_size="
            f"{model.image_size}: its weights are beyond number: {advice}"
        ) from e
    _refuse(config, device, sum(parameter.numel() for parameter in net.parameters()), advice)


def _refuse(config: Config, device: torch.device, weights: int, advice: str) -> None:
    """Let pass so many weights where they fit, with what is kept of them."""
    stored = copies_kept(config)
    refuse_beyond(
        free_bytes(device),
        4 * weights * len(stored),
        f"the network has {weights / 1e6:,.0f} million weights: {' and '.join(stored)} take "
        f"{{needed}} of {'GPU ' * (device.type == 'cuda')}memory",
        advice,
    )


def copies_kept(config: Config) -> list[str]:
    """What is kept of the size of all weights, float32, as words."""
    kept = ["they"]
    if config.trainer.max_epochs > 0:
        kept += ["their momentum"] * bool(config.optim.momentum)
        if config.optim.name == "adamw":
            kept += ["their gradient", "its mean", "its mean square"]
        kept += ["their average"] * (config.method.ema > 0)
    return kept


def device_of(t: TrainerConfig) -> torch.device:
    """What the weights of a training will live on, told before there is a trainer."""
    gpu = t.accelerator != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if gpu else "cpu")


def free_bytes(device: torch.device) -> int | None:
    """Free memory of a device; None where it doesn't say."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return free_memory()
