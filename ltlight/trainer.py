"""What every Lightning trainer of a run is told, whichever stage it trains."""

from typing import Any

from omegaconf import DictConfig


def trainer_options(t: DictConfig) -> dict[str, Any]:
    """Arguments of `lightning.Trainer` from the group ``trainer``."""
    return {
        "accelerator": t.accelerator,
        "devices": t.devices,
        "num_nodes": t.num_nodes,
        "precision": t.precision,
        "accumulate_grad_batches": t.accumulate_grad_batches,
        "gradient_clip_val": t.gradient_clip_val,
        "limit_train_batches": t.limit_batches,
        "enable_model_summary": False,
        "use_distributed_sampler": False,  # the loader knows its rank
    }
