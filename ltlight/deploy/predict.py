"""Classify pictures with a trained run: labels and calibrated probabilities.

PICTURES are files, folders (with all below them), globs, tables (CSV, TSV, Parquet, or .txt with a
path a line) or - for paths on the standard input. Several RUNs (``method=strong/seed=*``) are
averaged. Repeat a command that was cut off: pictures that are in --output already are skipped.
Probabilities are softmax(z / T) of the run's logits z and its temperature T, and with --prior
softmax(z / T + log(target / fitted)), fitted being the class frequencies that its method taught.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ltlight.deploy.bundle import Bundle
    from ltlight.runs.run_folder import RunFolder


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: results to --output or the standard output, words to the standard error."""
    args = _parsed(arguments)
    from ltlight.errors import UserError
    from ltlight.interruption import heeding

    kept = f"{args.output} is kept" if args.output else "no file was written"
    try:
        with heeding(f"{kept}, repeat the command to go on"):
            read = predict(args)
    except UserError as e:
        sys.exit(f"error: {e}")
    except BrokenPipeError:  # the reader of the standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if not read:
        sys.exit("error: none of the pictures could be read")


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ltlight predict",
        usage="ltlight predict RUN [RUN …] PICTURES … [options]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "arguments",
        nargs="+",
        metavar="RUN [RUN …] PICTURES …",
        help="a finished run (outputs/…/seed=0), or more, and what is to be classified",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=".csv, .jsonl or .parquet; without it, CSV goes to the standard output",
    )
    parser.add_argument(
        "--top", type=_above_0, default=1, metavar="K", help="classes to tell of every picture"
    )
    parser.add_argument(
        "--prior",
        metavar="{train,uniform,FILE}",
        help="class frequencies of where the predictions are used: those of the training images, "
        "all alike, or a CSV or JSON file of class and weight; by default as the run was taught",
    )
    parser.add_argument("--batch-size", type=_above_0, metavar="B", help="pictures at once")
    parser.add_argument(
        "--column", metavar="NAME", help="of a table: where its paths are (path, or as in training)"
    )
    parser.add_argument(
        "--images", type=Path, metavar="FOLDER", help="what a table's paths are relative to"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser.parse_intermixed_args(arguments)


def _above_0(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} must be 1 or more")
    return value


def predict(args: argparse.Namespace) -> int:
    """Classify what the command line names.

    Returns:
        How many of the pictures are classified, now or before.

    Raises:
        UserError: for runs, pictures, a prior or an output that can't be used.
    """
    from ltlight.deploy.find_pictures import Tables, find_pictures
    from ltlight.deploy.find_runs import leading_runs
    from ltlight.deploy.outputs import output_of
    from ltlight.errors import UserError

    runs, named = leading_runs(args.arguments)
    if not named:
        raise UserError(f"name pictures after the run: ltlight predict {args.arguments[0]} photos/")
    pictures = find_pictures(named, Tables(columns_of(args.column, runs[0]), args.images))

    from ltlight.cpu import keep_freed_memory, limit_threads
    from ltlight.deploy.bundle import read_bundles
    from ltlight.deploy.classifier import Classifier, chosen_device
    from ltlight.deploy.classify import classify
    from ltlight.deploy.resume import claim, made_by

    bundles = read_bundles(runs)
    top = min(args.top, len(bundles[0].class_names))
    if top < args.top:
        print(f"--top {args.top}: there are {top} classes", file=sys.stderr)
    output = output_of(args.output, top)
    classifier = Classifier(bundles, chosen_device(args.device), args.prior)
    classifier.batch_size = args.batch_size or classifier.batch_size
    keep_freed_memory()
    limit_threads(classifier.net)
    for line in words(bundles, args.prior):
        print(line, file=sys.stderr)
    if args.output:
        claim(args.output, made_by(bundles, args.prior, top))
    return classify(classifier, pictures, output, args.output)


def columns_of(given: str | None, run: "RunFolder") -> tuple[str, ...]:
    """Names that a table's column of paths may have: the given one, or the run's own and path."""
    from ltlight.deploy.find_pictures import COLUMN
    from ltlight.runs.recorded import recorded_config

    return (given,) if given else (recorded_config(run).data.columns.path, COLUMN)


def words(bundles: "Sequence[Bundle]", prior: str | None) -> Iterator[str]:
    """What a user has to know of the probabilities."""
    for bundle in bundles:
        rule = bundle.preprocessing
        views = {"none": "", "flip": ", 2 views averaged", "ten_crop": ", 10 views averaged"}
        yield (
            f"{bundle.folder.path}: {len(bundle.class_names)} classes, {rule.image_size} x "
            f"{rule.image_size} pixels ({rule.resize}), {_temperature(bundle, prior)}"
            f"{views[bundle.config.method.tta]}"
        )
    if len(bundles) > 1:
        yield f"the logits of {len(bundles)} runs are averaged"
    if prior is not None:
        yield f"probabilities under the class frequencies --prior {prior}"


def _temperature(bundle: "Bundle", prior: str | None) -> str:
    if bundle.temperature is None:
        return "temperature 1 (none was fitted: the run held out no images)"
    return f"temperature {bundle.temperature_under(prior):.3f}"


if __name__ == "__main__":
    main()
