"""A table of bad inputs, each with the line that it gets: none is accepted, none is a traceback.

The lines are kept in `bad_input.txt`, so that a changed one is seen in the diff and read. Make
it anew, from the root of the checkout, when a line is meant to change or a case is added:

    python -m tests.test_bad_input_table

What a line says depends on no machine: no GPU, no network, no extra is asked for, and paths are
relative to a folder of the test's own.
"""

import os
import pickle
import shlex
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from ltlight.training.build_model import build_net
from tests.commands import run_here
from tests.parts import configured

SNAPSHOT = Path(__file__).parent / "bad_input.txt"
LONG = "x" * 300
# Of `ltlight train`, on the digits unless another source is named.
TYPES = """
data.ratio=abc
data.ratio=[1,2]
data.ratio=null
data.ratio=
seed=abc
seed=1.5
seed=null
seed=
overwrite=maybe
overwrite=2
data.mirror=0.5
name=[a]
name={a:1}
data.train_patients=5
data.folds=x
data.folds=2.5
data.image_size=32.5
data.mirror=perhaps
data.batch_size=many
model.width=wide
model.checkpoint=[a]
method.lr=fast
method.ema=x
method.draws=[1]
method.draws=2.5
method.draws=1e3
method.draws=nan
method.draws=true
trainer.max_epochs=1e21
trainer.max_epochs=ten
trainer.limit_batches=0.5
trainer.gradient_clip_val=x
data=5
data=null
data={a:1}
model=1.5
"""
# Both ends of every number: tests/config/test_schema.py.
RANGES = """
seed=-1
seed=4294967296
data.ratio=0
data.ratio=nan
data.ratio=inf
data.first_classes=1
data.image_size=100000
data.max_pixels=0
data.val_fraction=1
data.val_fraction=nan
data.test_fraction=0
data.folds=1
data.folds=5000 data.fold=0
data.batch_size=0
data.batch_size=10000000
model.width=0
model.width=1e-9
model.width=inf
model.width=1e6
method.draws=0
method.draws=-5
method.draws=100000000000
method.draws=all
method.cutout=1
method.mix_alpha=inf
method.mix_probability=1.1
method.focal_gamma=1e9
method.loss_tau=inf
method.lr=1e30
method.ema=1
method.sam=nan
method.norm_tau=1e300
optim.lr=1e30
optim.lr=nan
optim.momentum=1
optim.weight_decay=1e9
trainer.devices=0
trainer.devices=2
trainer.num_nodes=2
trainer.timeout=0
trainer.timeout=10
trainer.sync_batchnorm=true
trainer.max_epochs=-1
trainer.max_epochs=1000000000000000000000
trainer.check_val_every_n_epoch=0
trainer.checkpoint_minutes=0
trainer.checkpoint_minutes=soon
trainer.deterministic=maybe
trainer.gradient_clip_val=inf
trainer.limit_batches=0
"""
CHOICES = """
method=magic
method=improvd
data=imagenet
model=vgg
trainer=tpu
experiment=nope
data.source=magic
data.resize=stretch
data.background=whitish
data.on_bad_file=ignore
data.duplicates=remove
data.profile=linear
data.val_from=test
method.sampler=weighted
method.augment=rotate
method.mix=blend
method.loss=hinge
method.class_weights=cubic
method.weighted_mean=sum
method.schedule=linear
method.second_stage=third
method.second_stage_batch_norm=melted
method.tta=five
optim.schedule=poly
trainer.accelerator=tpu
trainer.precision=8
trainer.precision=
trainer.matmul_precision=low
model.name=vgg
"""
KEYS = """
data.ratoi=0.1
ratio=0.1
method.foacl_gamma=1
+foo=1
+data.foo=1
+method.gamma=2
hydra.nothing=1
data
=1
data.ratio=0.1=0.2
model.checkpoint=a/seed=0/model.ckpt
'name=a{b'
seed=0,1
~seed
~data.root
++data={x:1}
+experiment=cpu
+hydra.callbacks.x._target_=os.getcwd
+method._target_=os.getcwd
--config-name=nowhere
--config-dir=nowhere
-m seed=0,0
-m method=baseline,improved,baseline
-m name=a,b
-m --cfg job
"""
NAMES = f"""
name=a/b
name=..
name=.
name=''
name=reference
'name=" a"'
'name="a "'
'data.name="a/b"'
'data.name=".."'
$'name="a\\nb"'
$'name="a\\tb"'
$'name="a\\x1b[31mred"'
$'method.name="a\\nb"'
method.name=a/b
name={LONG}
method.name={LONG}
method.name={"y" * 201}
hydra.run.dir=/dev/null/x
hydra.run.dir=file.txt
"""
VAIN = """
method.focal_gamma=2
method.loss_tau=3
method.dbm_margin=0.2
method.smoothing_head=0.2
method.mix_alpha=3
method.mix_probability=0.5
method.class_weights_from=0.5
method.weighted_mean=batch
method.warmup_epochs=3
method.second_stage_epochs=3
method.norm_tau=3
method=strong optim.lr=0.1
optim.one_pass=true
data.val_fraction=0.2 trainer.check_val_every_n_epoch=100 trainer.max_epochs=1
data.test_fraction=0.3
data.on_bad_file=skip
data.max_pixels=1000
data.resize=pad
data.background=black
data.train_patients=[a]
method=dbm_bs model.head=linear
method=ldam_drw model={head:linear}
"""
CONFLICTS = """
data.profile=natural data.ratio=0.1
data.val_from=source
data.folds=5
data.fold=1
data.folds=3 data.fold=3
data.root=nowhere
data.archive=file.txt
data.images=x
data.group=x
data.columns.label=x
model.image_size=50
model.views=4
model.backbone=resnet18
optim.nesterov=true optim.momentum=0
method.sam=0.05 trainer.precision=16-mixed
method.loss=balanced_softmax method.posthoc_tau=1
method.sampler_from=0.8
method.loss=ldam method.second_stage=tau_norm
method=los method.second_stage=none
method=tau_norm method.second_stage=none
method=los method.second_stage=crt
data.positive_class=1
data.ratio=0.0001
"""
FILES = """
data=folder
data=folder data.root=nowhere
data=folder data.root=file.txt
data=folder data.root=empty
data=folder data.root=/dev/null
data=table
data=table data.root=nowhere.csv
data=table data.root=empty
data=table data.root=file.txt
data=table data.root=empty.csv
data=table data.root=header.csv
data=table data.root=rows.csv
data=cifar10 data.archive=nowhere.tar.gz
data=cifar10 data.archive=file.txt
data=cifar10 data.archive=file:///etc/passwd
data=cifar10 data.archive=://
data=cifar10 data.archive=https://
data=cifar10 data.archive=https://[
data=cifar10 data.cache=file.txt
data=cifar10 data.cache=/dev/null/x
model.checkpoint=nowhere.ckpt
model.checkpoint=empty
model.checkpoint=file.txt
model.checkpoint=code.pickle
model.checkpoint=half.zip
model.checkpoint=linear.ckpt model.width=0.05
model.checkpoint=linear.ckpt method=dbm_bs
model.checkpoint=linear.ckpt model.head=cosine
model.checkpoint=cosine.ckpt
trainer.max_epochs=0 model.checkpoint=file.txt
"""
TABLE = TYPES + RANGES + CHOICES + KEYS + NAMES + VAIN + CONFLICTS + FILES
CASES = [line for line in TABLE.splitlines() if line]
DIGITS = ("data=digits", "trainer=cpu", "model.width=0.03")


class Code:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("unpickled"),)


@cache
def checkpoint_of(head: str) -> dict[str, Any]:
    """An untrained network's, with a head of a kind."""
    weights = build_net(configured("model.width=0.03", f"model.head={head}"), 10).state_dict()
    return {"state_dict": {f"net.{name}": tensor for name, tensor in weights.items()}}


def furnish(folder: Path) -> None:
    """The files that cases name."""
    (folder / "empty").mkdir()
    (folder / "file.txt").write_text("root:x:0:0\nno picture, no table\n")
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("path,label\n")
    (folder / "rows.csv").write_text("path,label\na.png,1\nb.png,2\n")
    torch.save(checkpoint_of("linear"), folder / "linear.ckpt")
    torch.save(checkpoint_of("cosine"), folder / "cosine.ckpt")
    (folder / "half.zip").write_bytes(b"PK\x03\x04\x14\x00")
    (folder / "code.pickle").write_bytes(pickle.dumps({"state_dict": Code()}))


def told(case: str, folder: Path) -> str:
    """What a case gets on the standard error; a failure unless that is one line, and an exit."""
    words = words_of(case)
    named = [
        word for word in DIGITS if not any(w.startswith(word.split("=")[0] + "=") for w in words)
    ]
    done = run_here(*named, *words, cwd=folder)
    lines = done.stderr.replace(f"{folder}/", "").strip().splitlines()
    assert done.returncode != 0, f"accepted: {case}"
    assert len(lines) == 1, f"{case}: {done.stderr}"
    assert lines[0].startswith("error: "), lines
    assert lines[0].isprintable(), lines
    assert not (folder / "unpickled").exists()
    return lines[0]


def words_of(case: str) -> list[str]:
    """As a shell splits it, of which ``$'…'`` turns ``\\n`` into a line break."""
    if case.startswith("$'"):
        return [case[2:-1].encode().decode("unicode_escape")]
    return shlex.split(case)


def snapshot() -> dict[str, str]:
    """The line of each case."""
    blocks = SNAPSHOT.read_text(encoding="utf-8").split("\n\n")
    return dict(
        block.strip().removeprefix("$ ").split("\n", 1) for block in blocks if block.strip()
    )


@pytest.fixture
def _trains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_training(monkeypatch)


def refuse_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that is accepted ends in a traceback instead of a training."""
    from ltlight.training import run

    def train(*_: object) -> None:
        raise AssertionError("it would be trained")

    monkeypatch.setattr(run, "train", train)


@pytest.mark.usefixtures("_trains_nothing")
@pytest.mark.parametrize("case", CASES)
def test_the_line_is_that_of_the_table(case, tmp_path):
    furnish(tmp_path)
    assert told(case, tmp_path) == snapshot()[case]


def test_the_table_has_every_case_once_and_no_other():
    assert len(CASES) >= 150
    assert list(snapshot()) == CASES


def written() -> Iterator[str]:
    """Every block of the snapshot; cases that get no line are told on the standard error."""
    with pytest.MonkeyPatch.context() as patch:
        refuse_training(patch)
        for case in CASES:
            with tempfile.TemporaryDirectory() as folder:
                furnish(Path(folder))
                patch.setenv("LTLIGHT_CACHE", str(Path(folder, "cache")))
                try:
                    yield f"$ {case}\n{told(case, Path(folder))}\n"
                except AssertionError as e:
                    print(e, file=sys.stderr)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    SNAPSHOT.write_text("\n".join(written()), encoding="utf-8")
