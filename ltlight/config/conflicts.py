"""What can be composed but can't go together: refused before a run starts. No torch here."""

from collections.abc import Iterator

from ltlight.config.choices import SECOND_STAGES
from ltlight.config.heads import conflicts_of_heads
from ltlight.config.pretrained import PRETRAINED, Conflict, conflicts_of_backbones, is_fine_tuned
from ltlight.config.schema import (
    Columns,
    Config,
    DataConfig,
    MethodConfig,
    OptimConfig,
    TrainerConfig,
)
from ltlight.errors import UserError

# Losses that know the prior: their plain logits are meant for balanced classes.
PRIOR_LOSSES = ("balanced_softmax", "logit_adjusted", "dbm_bs")


def refuse_conflicts(config: Config) -> None:
    """Let pass what makes sense together.

    Raises:
        UserError: naming the keys, and what to set instead.
    """
    m = config.method
    for is_there, reason in (
        *conflicts_of_backbones(config),
        *_between_groups(config),
        *_in_loss_and_mixing(m),
        *_in_the_rest(m),
        _in_names(m),
        *conflicts_of_heads(config),
    ):
        if is_there:
            raise UserError(reason)


def _between_groups(config: Config) -> Iterator[Conflict]:
    data, model, method = config.data, config.model, config.method
    yield from _in_sources(data)
    yield (
        data.profile == "natural" and data.ratio != 1,
        f"data.ratio={data.ratio} has no meaning with data.profile=natural, which keeps every "
        "image: leave it at 1, or choose data.profile=exponential",
    )
    yield (
        data.val_from == "source" and data.val_fraction == 0,
        "data.val_from=source holds nothing out while data.val_fraction=0: set that, e.g. to 0.1",
    )
    yield (
        data.folds is not None and data.fold is None,
        f"data.folds={data.folds} needs the fold that is tested on: give data.fold=0, or all of "
        f"them with -m data.fold={','.join(map(str, range(min(data.folds or 0, 10))))}",
    )
    yield (
        data.near_duplicates is not None and data.duplicates == "ignore",
        f"data.near_duplicates={data.near_duplicates} is of duplicates that data.duplicates=ignore "
        "passes over: set that to report or together",
    )
    yield (
        data.fold is not None and data.folds is None,
        f"data.fold={data.fold} is of a cross-validation that there is not: set data.folds=5",
    )
    yield (
        data.fold is not None and data.folds is not None and data.fold >= data.folds,
        f"data.fold={data.fold} of data.folds={data.folds}: they are numbered from 0 to "
        f"{(data.folds or 0) - 1}",
    )
    yield (
        model.name != PRETRAINED and model.image_size != data.image_size,
        f"model.image_size={model.image_size} differs from data.image_size={data.image_size}: set "
        "only data.image_size, the model follows",
    )
    yield from _in_optim(config.optim)
    yield (
        config.optim.backbone_lr_factor != 1 and not is_fine_tuned(config),
        f"optim.backbone_lr_factor={config.optim.backbone_lr_factor} is of a backbone that is "
        "fine-tuned, which there isn't: set it to 1, or take model=pretrained model.train=all",
    )
    yield from _in_trainer(config.trainer, method)


def _in_trainer(t: TrainerConfig, method: MethodConfig) -> Iterator[Conflict]:
    yield (
        t.sync_batchnorm and (t.accelerator == "cpu" or t.devices * t.num_nodes == 1),
        "trainer.sync_batchnorm=true is of several GPUs (torch has it for CUDA only): leave it at "
        "false, or take trainer=gpu and trainer.devices=2 or more under torchrun; batches of "
        "data.batch_size have statistics of their own otherwise",
    )
    yield (
        method.sam > 0 and t.precision == "16-mixed",
        f"method.sam={method.sam} computes every gradient twice, which the gradient scaler of "
        "trainer.precision=16-mixed can't do: take bf16-mixed or 32-true",
    )
    yield (
        method.sam > 0 and t.accumulate_grad_batches > 1,
        f"method.sam={method.sam} computes a step's gradient twice, and trainer."
        f"accumulate_grad_batches={t.accumulate_grad_batches} adds the second to the "
        "first: leave that at 1 and raise data.batch_size",
    )


def _in_optim(optim: OptimConfig) -> Iterator[Conflict]:
    for key, given in (
        ("momentum", optim.momentum is not None),
        ("nesterov", optim.nesterov),
        ("one_pass", optim.one_pass),
    ):
        off = "null" if key == "momentum" else "false"
        yield (
            given and optim.name != "sgd",
            f"optim.{key}={str(getattr(optim, key)).lower()} is of SGD, and this is optim.name="
            f"{optim.name}: set optim.{key}={off} (optim={optim.name} does), or take optim=sgd",
        )
    yield (
        optim.momentum is None and optim.name == "sgd",
        "optim.momentum=null, and SGD wants a number: set optim.momentum=0 for none",
    )
    yield (
        optim.nesterov and optim.momentum == 0,
        "optim.nesterov=true needs optim.momentum above 0",
    )


def _in_sources(data: DataConfig) -> Iterator[Conflict]:
    for key in ("images", "test_root", "val_root"):
        value = getattr(data, key)
        yield (
            value is not None and data.source != "table",
            f"data.{key}={value} is of tables: leave it out, or take data=table",
        )
    yield (
        data.columns != Columns() and data.source != "table",
        "data.columns are of tables: leave them out, or take data=table",
    )
    yield (
        data.group is not None and data.columns.group != Columns().group,
        f"data.group={data.group} and data.columns.group={data.columns.group} name the same column "
        "of a table: give one",
    )
    archive = data.source in ("cifar10", "cifar100")
    yield (
        archive and data.root is not None and data.archive is not None,
        f"data.root={data.root} and data.archive={data.archive} both say where the images are: "
        "give one",
    )
    yield (
        data.archive is not None and not archive,
        f"data.archive={data.archive} is of CIFAR: leave it out, or name files with data.root=…",
    )
    yield (
        data.source == "digits" and data.root is not None,
        f"data.root={data.root} has no meaning with data={data.name}, which brings its own images: "
        "leave it out, or take data=folder",
    )
    yield (
        data.group is not None and (data.source == "digits" or (archive and data.root is None)),
        f"data.group={data.group} is of files, and data={data.name} has none: leave it out",
    )


def _in_loss_and_mixing(m: MethodConfig) -> Iterator[Conflict]:
    yield (
        m.posthoc_tau > 0 and m.loss in PRIOR_LOSSES,
        f"method.posthoc_tau={m.posthoc_tau} and method.loss={m.loss} correct the same class prior "
        "twice: set method.posthoc_tau=0, or method.loss=cross_entropy",
    )
    yield (
        m.class_weights_from > 0 and m.class_weights == "none",
        f"method.class_weights_from={m.class_weights_from} defers weights that there are not: set "
        "method.class_weights=inverse_frequency or effective_number",
    )
    yield (
        m.weighted_mean != "weights" and m.class_weights == "none",
        f"method.weighted_mean={m.weighted_mean} is of class weights that there are not: set "
        "method.class_weights=effective_number or another, or method.weighted_mean=weights",
    )
    yield (
        m.smoothing_tail > m.smoothing_head,
        f"method.smoothing_tail={m.smoothing_tail} smooths the smallest class more than "
        f"method.smoothing_head={m.smoothing_head} the largest: set it to that or less",
    )
    for key, neutral in (("mix_probability", 1), ("mix_off_first", 0), ("mix_off_last", 0)):
        yield (
            m.mix == "none" and getattr(m, key) != neutral,
            f"method.{key}={getattr(m, key)} is of a mixing that there is not: set method.mix="
            f"cutmix or another, or method.{key}={neutral}",
        )


def _in_the_rest(m: MethodConfig) -> Iterator[Conflict]:
    """Of a method: sampler, schedule, second stage, bounds of the head."""
    yield (
        m.sampler_from > 0 and m.sampler == "shuffle",
        f"method.sampler_from={m.sampler_from} defers nothing, method.sampler=shuffle holds from "
        "the start: set method.sampler=inverse_frequency or another",
    )
    yield (
        m.sampler_from > 0 and m.sampler == "progressively_balanced",
        f"method.sampler_from={m.sampler_from}: method.sampler=progressively_balanced moves from "
        "shuffled to balanced by itself: set method.sampler_from=0",
    )
    yield (
        m.schedule == "warmup" and m.warmup_epochs == 0,
        "method.schedule=warmup needs method.warmup_epochs above 0",
    )


def _in_names(m: MethodConfig) -> Conflict:
    """Of a method that is called as its second stage: with another one it is another method."""
    without = m.second_stage == "none"
    does, method = ("takes away", "baseline") if without else ("replaces", m.second_stage)
    return (
        m.name in SECOND_STAGES and m.name not in ("none", m.second_stage),
        f"method.second_stage={m.second_stage} {does} the second stage that method={m.name} is: "
        f"leave that key out, take method={method}, or set a method.name of its own",
    )


def prior_corrections(method: MethodConfig) -> list[str]:
    """The parts of a method that each make up for the rarity of classes, as ``key=value``.

    More than one over-corrects: with the sampler and logit adjustment together, the head lost more
    than the tail won in our trials. Allowed, and worth a word.
    """
    m, found = method, []
    if m.sampler not in ("shuffle", "square_root"):
        found.append(f"method.sampler={m.sampler}")
    if m.class_weights != "none":
        found.append(f"method.class_weights={m.class_weights}")
    if m.loss in PRIOR_LOSSES:
        found.append(f"method.loss={m.loss}")
    if m.second_stage in ("crt", "los"):  # a fresh head knows nothing of how the trunk was trained
        found = []
    if m.second_stage != "none":
        found.append(f"method.second_stage={m.second_stage}")
    if m.posthoc_tau > 0:
        found.append(f"method.posthoc_tau={m.posthoc_tau}")
    return found
