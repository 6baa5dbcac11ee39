"""Which head a network gets, linear or cosine, and what can't be done to it. No torch here."""

from collections.abc import Iterator

from ltlight.config.pretrained import Conflict
from ltlight.config.schema import Config

COSINE_LOSSES = ("ldam", "dbm_bs")  # their head has no lengths and no bias
OF_LENGTHS = ("lws", "tau_norm", "weight_balancing")  # second stages


def cosine_from(config: Config) -> tuple[str, str] | None:
    """What gives the network a cosine head, and what to do for a linear one; None: it is linear."""
    loss = config.method.loss
    if loss in COSINE_LOSSES:
        return f"method.loss={loss}", f"take a method.loss other than {' and '.join(COSINE_LOSSES)}"
    return ("model.head=cosine", "set model.head=linear") if config.model.head == "cosine" else None


def other_head(config: Config) -> str:
    """What is said of a checkpoint whose head is of the other kind than the configuration's."""
    cosine = cosine_from(config)
    if cosine is None:
        return (
            "has a cosine head, and model.head=linear asks for a linear one: set "
            "model.head=cosine, or name the model.ckpt of a run with a linear head"
        )
    cause, way_out = cosine
    return (
        f"has a linear head, and {cause} asks for a cosine one: {way_out}, or name the "
        "model.ckpt of a run with model.head=cosine"
    )


def conflicts_of_heads(config: Config) -> Iterator[Conflict]:
    """What acts on the lengths of the head's weights, which a cosine head doesn't have."""
    m, cosine = config.method, cosine_from(config)
    if cosine is None:
        return
    cause, way_out = cosine
    for key, given in (
        ("second_stage", m.second_stage in OF_LENGTHS),
        ("max_norm", m.max_norm is not None),
    ):
        of_file = key == "second_stage" and m.name == m.second_stage  # `conflicts._in_names`
        yield (
            given,
            f"method.{key}={getattr(m, key)} acts on the lengths of the head's weights, which "
            f"{cause} normalises away: {way_out}, or leave out "
            + (f"method={m.name}" if of_file else f"method.{key}"),
        )
