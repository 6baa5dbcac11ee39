"""Pictures classified into an output, chunk by chunk, and those named that can't be read."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from ltlight.cores import allowed_cores
from ltlight.deploy.classifier import Classifier, top_classes
from ltlight.deploy.find_pictures import Picture
from ltlight.deploy.pictures import Chunk, read_chunks
from ltlight.deploy.text_outputs import Output, Row, csv_lines

SHOWN = 20  # unreadable files that are named on the terminal


def classify(
    classifier: Classifier, pictures: Sequence[Picture], output: Output, file: Path | None
) -> int:
    """Classify pictures into an output, but for those that are in it.

    Returns:
        How many are in it at the end.
    """
    done = output.begin()
    todo = [picture for picture in pictures if picture.name not in done]
    before = len(pictures) - len(todo)
    if before:
        print(f"{before} of {len(pictures)} are in {file} already", file=sys.stderr)
    unreadable: list[tuple[str, str]] = []
    try:
        for chunk in watched(classifier, todo):
            unreadable += chunk.unreadable
            output.append(rows(classifier, chunk, output.top))
    finally:
        output.close()
    tell_unreadable(unreadable, file)
    read = len(todo) - len(unreadable)
    if file:
        print(f"{file}: {before + read} of {len(pictures)} pictures", file=sys.stderr)
    return before + read


def watched(classifier: Classifier, todo: Sequence[Picture]) -> Iterator[Chunk]:
    """Chunks of the pictures, with a bar on a terminal."""
    progress = Progress(
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with progress:
        bar = progress.add_task("Classifying", total=len(todo))
        for chunk in read_chunks(
            todo, classifier.preprocessing, classifier.batch_size, allowed_cores()
        ):
            yield chunk
            progress.advance(bar, len(chunk.names) + len(chunk.unreadable))


def rows(classifier: Classifier, chunk: Chunk, top: int) -> list[Row]:
    """Rows of an output, of pictures that were read."""
    found = top_classes(classifier.logits_of(chunk.images).softmax(dim=1), top)
    return [
        [
            name,
            *(
                part
                for c, p in zip(*best, strict=True)
                for part in (classifier.class_names[c], round(float(p), 6))
            ),
        ]
        for name, *best in zip(chunk.names, *found, strict=True)
    ]


def tell_unreadable(unreadable: list[tuple[str, str]], file: Path | None) -> None:
    """Name the pictures that could not be read; all of them in a table beside the output."""
    table = file and file.with_name(f"{file.stem}.unreadable.csv")
    if table:
        table.unlink(missing_ok=True)
    if not unreadable:
        return
    plural = "s" * (len(unreadable) > 1)
    print(f"{len(unreadable)} picture{plural} could not be read:", file=sys.stderr)
    for name, why in unreadable[:SHOWN]:
        print(f"  {name}: {why}", file=sys.stderr)
    if table:
        table.write_text(csv_lines([("path", "error"), *unreadable]), encoding="utf-8")
    if len(unreadable) > SHOWN:
        more = f" (all of them in {table})" if table else ""
        print(f"  and {len(unreadable) - SHOWN} more{more}", file=sys.stderr)
