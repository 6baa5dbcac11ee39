"""Build the report of a sweep: read its runs, compare, rank, print and write."""

from pathlib import Path

from rich.console import Console

from ltlight.report.document.written import say_written
from ltlight.report.result_files import write_results
from ltlight.report.results.seed_average import seed_averages
from ltlight.report.results.sweep import Sweep, read_sweep
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.judging import rank
from ltlight.report.terminal import show


def report(folder: Path, console: Console) -> Sweep:
    """Print the verdict and write results, comparisons, errors (`.md`, `.csv`) and report.

    Where no run is finished there is nothing to draw: the two tables alone say what is missing.

    Raises:
        UserError: see `read_sweep`.
    """
    sweep = read_sweep(folder)
    resampled = resample(sweep)
    comparisons, rankings = compare(sweep), rank(sweep, resampled)
    show(sweep, rankings, console)
    averages = seed_averages(sweep)
    written = write_results(sweep, comparisons, rankings, averages)
    html = folder / "report.html"
    if sweep.finished:
        # The drawing libraries take a second to import: after the table, which is what one awaits.
        from ltlight.report.document import page
        from ltlight.report.document.markdown import MarkdownWriter
        from ltlight.report.sections import contents

        document = contents.build(sweep, comparisons, rankings, averages)
        html.write_text(page.render(document), encoding="utf-8")
        written += [MarkdownWriter(folder).write(document), html]
    say_written(written, html if sweep.finished else None, console)
    return sweep
