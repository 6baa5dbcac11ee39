"""A report from reading to writing: what is printed, what is written, and what is not."""

import io
import shutil

from rich.console import Console

from ltlight.report.build import report
from tests.report.run_folders import write_panel, write_run


def test_the_verdict_is_printed_and_six_files_are_written(sweep_folder):
    output = io.StringIO()
    sweep = report(sweep_folder, Console(file=output, width=80))
    assert len(sweep.finished) == 8
    lines = output.getvalue().splitlines()
    assert lines[0] == "toy_sweep: toy"
    names = ["results.md", "comparisons.csv", "results.csv", "errors.csv"]
    names += ["report.md", "report.html"]
    assert lines[-7:-1] == [f"wrote {sweep_folder / name}" for name in names]
    assert lines[-1] == f"open {(sweep_folder / 'report.html').as_uri()}"  # unbroken at 80 columns
    told = "Undecided with 2 seeds: "
    assert any(line.startswith(told) for line in lines)
    assert (sweep_folder / "report.md").read_text().startswith(f"# {told}")
    assert f"<h1>{told}" in (sweep_folder / "report.html").read_text()


def test_where_nothing_is_finished_the_tables_alone_say_what_is_missing(tmp_path):
    run = write_run(tmp_path / "s", pictures=False)
    (run.path / "metrics.json").unlink()
    sweep = report(tmp_path / "s", Console(quiet=True))
    assert (sweep.finished, len(sweep.unfinished)) == ([], 1)
    assert "method=baseline/seed=0`: not finished" in (tmp_path / "s/results.md").read_text()
    assert not (tmp_path / "s" / "report.html").exists()


def test_one_run_alone_and_binary_data_make_a_page(tmp_path):
    write_run(tmp_path / "s", 1.0, "improved", num_classes=2, pictures=False)
    report(tmp_path / "s", Console(quiet=True))
    assert "no method beside a baseline" in (tmp_path / "s" / "report.html").read_text()


def test_a_rebuilt_report_is_the_same(page_folder, tmp_path):
    folder = shutil.copytree(page_folder, tmp_path / page_folder.name)
    before = {file: file.read_bytes() for file in folder.glob("re*.*")}
    assert len(before) == 4
    report(folder, Console(quiet=True))
    assert {file: file.read_bytes() for file in before} == before


def test_the_average_of_seeds_is_on_the_page_and_ranks_nothing(tmp_path):
    """The same runs of one subset and of several: the same ranking, gains and advice."""
    for name, keys in (("one", {"seed": 0}), ("own", {})):
        write_panel(tmp_path / name / "s", 5, seeds=2, data_keys=keys)
        report(tmp_path / name / "s", Console(quiet=True))
    one, own = (
        [
            line
            for line in (tmp_path / name / "s/results.md").read_text().splitlines()
            if "average of the seeds' logits" not in line.lower()
        ]
        for name in ("one", "own")
    )
    assert one == own
    page = (tmp_path / "one/s/report.html").read_text()
    assert page.count("costs 2 inferences an image") == 1 + 5  # the numbers' and a row a method
