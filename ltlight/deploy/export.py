"""Write a trained run as a file that needs no ltlight: ONNX, or torch.export (.pt2).

The graph takes uint8 RGB [batch, 3, S, S] and gives probabilities and logits [batch, classes]:
scaling, normalisation, views, temperature and prior are inside. Class names, size and resizing
rule are its metadata. It is compared with the run on real pictures before it is kept.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from ltlight.deploy.bundle import Bundle
    from ltlight.deploy.check import Run
    from ltlight.deploy.samples import Sample

SUFFIXES = {"onnx": ".onnx", "torch": ".pt2"}
BATCH = 32  # pictures at once, whose latency is told beside that of one


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    args = _parsed(arguments)
    from ltlight.errors import UserError

    try:
        export(args)
    except UserError as e:
        sys.exit(f"error: {e}")


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ltlight export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="a finished run; of several the logits are averaged"
    )
    parser.add_argument("--to", choices=SUFFIXES, required=True)
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="model.onnx or model.pt2 unless given"
    )
    parser.add_argument(
        "--prior",
        metavar="{train,uniform,FILE}",
        help="class frequencies of where it will be used, as of ltlight predict",
    )
    parser.add_argument(
        "--int8", action="store_true", help="ONNX of 8 bits; tells the accuracy that it costs"
    )
    return parser.parse_intermixed_args(arguments)


def export(args: argparse.Namespace) -> None:
    """Write what the command line names.

    Raises:
        UserError: for runs, a prior or a file that can't be used, or packages that are missing.
    """
    target = _target(args)
    from ltlight.deploy.bundle import averaged, read_bundles
    from ltlight.deploy.check import COMPARED, largest_difference, spread
    from ltlight.deploy.find_runs import find_run
    from ltlight.deploy.graph import exported_program, metadata
    from ltlight.deploy.samples import sample_of_tests

    bundles = read_bundles([find_run(Path(run).expanduser()) for run in args.runs])
    for bundle in bundles:
        if bundle.temperature is None:
            print(f"{bundle.folder.path}: no temperature was fitted, it is 1", file=sys.stderr)
    net, about = averaged(bundles, args.prior), metadata(bundles, args.prior)
    sample = sample_of_tests(bundles[0])
    compared = sample.images[spread(len(sample.images), COMPARED)]
    expected = _probabilities(net, compared)
    program = exported_program(net, bundles[0].preprocessing.image_size)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
        file = Path(folder) / f"float32{SUFFIXES[args.to]}"
        runs = _write(args.to, program, file, about)
        difference = largest_difference(runs(file, 0), expected, compared)
        print(
            f"equal to {difference:.1g} in every probability on {len(compared)} pictures "
            f"({sample.told})"
        )
        tell(file, runs(file, 1), sample, "float32" if args.int8 else str(target))
        if args.int8:
            file = _int8(file, about, bundles[0], sample, target)
        file.replace(target)


def _target(args: argparse.Namespace) -> Path:
    """Where to write; refuses at once what can't be written there."""
    from ltlight.errors import UserError

    if args.to == "onnx":
        from ltlight.deploy.onnx_file import refuse_without_onnx

        refuse_without_onnx()
    elif args.int8:
        raise UserError("--int8 is of --to onnx: leave it out, or take that")
    suffix = SUFFIXES[args.to]
    target: Path = args.output or Path(f"model{suffix}")
    if target.suffix != suffix:
        raise UserError(f"--output {target} must end in {suffix}")
    if not target.parent.is_dir() or target.is_dir():
        raise UserError(f"--output {target} can't be written: name a file in a folder that exists")
    return target


def _probabilities(net: Any, images: "np.ndarray") -> "np.ndarray":
    import torch

    with torch.inference_mode():
        found: np.ndarray = net(torch.from_numpy(images)).softmax(dim=1).numpy()
    return found


def _write(to: str, program: Any, file: Path, about: dict[str, Any]) -> Any:
    """Write a program; what runs such a file, given it and a number of threads."""
    from ltlight.deploy.onnx_file import OnnxRun, write_onnx
    from ltlight.deploy.torch_file import TorchRun, write_torch

    if to == "onnx":
        write_onnx(program, file, about)
        return OnnxRun
    write_torch(program, file, about)
    return TorchRun


def _int8(
    file: Path, about: dict[str, Any], bundle: "Bundle", sample: "Sample", target: Path
) -> Path:
    """The file of 8 bits beside that of float32, what it costs told."""
    from ltlight.deploy.check import accuracy
    from ltlight.deploy.onnx_file import OnnxRun, annotate, quantise
    from ltlight.deploy.samples import sample_of_training

    small = file.with_name("int8.onnx")
    quantise(file, small, sample_of_training(bundle))
    annotate(small, about | {"quantisation": "int8, static, by channel"})
    tell(small, OnnxRun(small, 1), sample, f"int8, {target}")
    if sample.labels is None:
        print("what int8 costs isn't known: the run kept no test pictures")
        return small
    before, after = (
        100 * accuracy(OnnxRun(each, 0), sample.images, sample.labels, BATCH)
        for each in (file, small)
    )
    print(
        f"accuracy {before:.1f} → {after:.1f} % by int8 on {len(sample.images)} pictures "
        f"({sample.told})"
    )
    return small


def tell(file: Path, run: "Run", sample: "Sample", name: str) -> None:
    """Size and latency of a file."""
    from ltlight.deploy.check import latency

    one, rounds = latency(run, sample.images[:1])
    batch = sample.images[:BATCH]
    many, _ = latency(run, batch)
    print(
        f"{name}: {file.stat().st_size / 1e6:.1f} MB; {1000 * one:.3g} ms for one picture, "
        f"{1000 * many:.3g} ms for {len(batch)} (one thread of this CPU, median of {rounds} or "
        "fewer)"
    )


if __name__ == "__main__":
    main()
