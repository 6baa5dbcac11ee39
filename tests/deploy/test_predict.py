"""The command: what it writes equals what the run was tested to say."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ltlight.deploy.priors import known_prior
from ltlight.runs.recorded import recorded_config
from ltlight.runs.run_folder import RunFolder
from tests.commands import Done, run_here
from tests.deploy.conftest import change_config, softmax

NAMES = np.array([str(c) for c in range(10)])


def predict(cwd: Path, *arguments: object) -> Done:
    return run_here("predict", *map(str, arguments), "--device", "cpu", cwd=cwd, module="ltlight")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def of_the_test(run: RunFolder, count: int = 40) -> np.ndarray:
    """Probabilities of the first test images, from the logits of the test."""
    return softmax(run.predictions()["logits"][:count] / run.metrics()["temperature"])


def test_predictions_are_those_of_the_test(run, photos, tmp_path):
    done = predict(tmp_path, "run", "photos", "--output", "predictions.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    text = (tmp_path / "predictions.csv").read_text()
    assert text.splitlines()[0] == "path,label,probability"
    rows, expected = rows_of(text), of_the_test(run)
    assert [row["path"] for row in rows] == [f"photos/{n:03d}.png" for n in range(40)]
    assert [row["label"] for row in rows] == list(NAMES[expected.argmax(1)])
    found = [float(row["probability"]) for row in rows]
    np.testing.assert_allclose(found, expected.max(1), atol=2e-6)
    assert f"temperature {run.metrics()['temperature']:.3f}" in done.stderr
    assert "10 classes, 32 x 32 pixels (squash)" in done.stderr


def test_without_an_output_csv_goes_to_the_standard_output(run, photos, tmp_path):
    done = predict(tmp_path, "run", "photos/00*.png", "--top", "3")
    rows = rows_of(done.stdout)
    assert list(rows[0]) == [
        *("path", "label", "probability", "label_2", "probability_2", "label_3", "probability_3")
    ]
    order = np.argsort(-of_the_test(run, 10), axis=1)
    assert [row["label_3"] for row in rows] == list(NAMES[order[:, 2]])


def test_json_lines_and_parquet_hold_lists(run, photos, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is the extra parquet")
    for name in ("a.jsonl", "a.parquet"):
        done = predict(tmp_path, "run", "photos", "--top", "2", "--output", name)
        assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist() == lines
    expected = of_the_test(run)
    order = np.argsort(-expected, axis=1)[:, :2]
    assert [line["top_labels"] for line in lines] == NAMES[order].tolist()
    found = [line["top_probabilities"] for line in lines]
    np.testing.assert_allclose(found, np.take_along_axis(expected, order, 1), atol=2e-6)
    assert set(lines[0]) == {"path", "label", "probability", "top_labels", "top_probabilities"}
    assert sorted(f.name for f in tmp_path.glob("a.parquet*")) == ["a.parquet", "a.parquet.json"]


def test_unreadable_files_are_listed_and_not_fatal(run, photos, tmp_path):
    (photos / "003.png").write_bytes(b"no picture")
    done = predict(tmp_path, "run", "photos", "--output", "p.csv")
    assert done.returncode == 0
    assert "1 picture could not be read:\n  photos/003.png: " in done.stderr
    assert len(rows_of((tmp_path / "p.csv").read_text())) == 39
    (bad,) = rows_of((tmp_path / "p.unreadable.csv").read_text())
    assert bad["path"] == "photos/003.png"
    shutil.copy(photos / "004.png", photos / "003.png")
    again = predict(tmp_path, "run", "photos", "--output", "p.csv")
    assert "39 of 40 are in p.csv already" in again.stderr
    assert len(rows_of((tmp_path / "p.csv").read_text())) == 40
    assert not (tmp_path / "p.unreadable.csv").exists()


def test_nothing_readable_is_an_error(run, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    done = predict(tmp_path, "run", "a.png")
    assert done.returncode == 1
    assert done.stderr.endswith("error: none of the pictures could be read\n")


@pytest.mark.parametrize("name", ["p.csv", "p.jsonl"])
def test_a_command_that_was_cut_off_goes_on(run, photos, tmp_path, name):
    arguments = ("run", "photos", "--output", name, "--batch-size", "7")
    predict(tmp_path, *arguments)
    whole = (tmp_path / name).read_text()
    (tmp_path / name).write_text("".join(whole.splitlines(keepends=True)[:20]) + "photos/01")
    for done_already in range(10):  # would be missed if they were read again
        (photos / f"{done_already:03d}.png").write_bytes(b"gone")
    done = predict(tmp_path, *arguments)
    assert done.returncode == 0
    assert "could not be read" not in done.stderr
    assert sorted((tmp_path / name).read_text().splitlines()) == sorted(whole.splitlines())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["second", "photos"], "the weights"),
        (["run", "photos", "--top", "2"], "--top"),
        (["run", "photos", "--prior", "uniform"], "--prior"),
    ],
)
def test_predictions_made_otherwise_are_not_mixed_in(run, second, photos, tmp_path, changed, told):
    predict(tmp_path, "run", "photos", "--output", "p.csv")
    before = (tmp_path / "p.csv").read_text()
    done = predict(tmp_path, *changed, "--output", "p.csv")
    assert done.returncode == 1
    assert told in done.stderr.splitlines()[-1]
    assert "delete p.csv and p.csv.json first" in done.stderr
    assert (tmp_path / "p.csv").read_text() == before


def test_the_rows_of_a_killed_parquet_are_not_mixed_in(run, second, photos, tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is the extra parquet")
    predict(tmp_path, "run", "photos", "--output", "p.parquet")
    (tmp_path / "p.parquet").rename(tmp_path / "away")
    (tmp_path / "p.parquet.rows.jsonl").write_text('{"path": "photos/000.png"}\n')
    done = predict(tmp_path, "second", "photos", "--output", "p.parquet")
    assert done.returncode == 1
    assert "p.parquet was made otherwise (the weights" in done.stderr


def test_a_file_of_somebody_else_stays(run, photos, tmp_path):
    (tmp_path / "p.csv").write_text("mine")
    done = predict(tmp_path, "run", "photos", "--output", "p.csv")
    assert done.returncode == 1
    assert (tmp_path / "p.csv").read_text() == "mine"


def test_several_runs_are_averaged_by_their_logits(run, second, photos, tmp_path):
    done = predict(tmp_path, "run", "second", "photos", "--output", "p.csv")
    assert "the logits of 2 runs are averaged" in done.stderr
    logits = [r.predictions()["logits"][:40] / r.metrics()["temperature"] for r in (run, second)]
    expected = softmax(np.mean(logits, axis=0))
    found = [float(row["probability"]) for row in rows_of((tmp_path / "p.csv").read_text())]
    np.testing.assert_allclose(found, expected.max(1), atol=2e-6)


def test_runs_of_other_classes_are_not_averaged(run, second, photos, tmp_path):
    metrics = json.loads((second.path / "metrics.json").read_text())
    metrics["class_names"][3] = "drei"
    (second.path / "metrics.json").write_text(json.dumps(metrics))
    done = predict(tmp_path, "run", "second", "photos")
    assert done.returncode == 1
    assert "can't be averaged: their classes differ" in done.stderr


def test_under_another_prior(run, photos, tmp_path):
    """Of plain cross-entropy: z / T + log(target / (n / N)), T fitted under that."""
    change_config(run)
    counts = np.array(run.metrics()["class_counts"])
    weights = np.arange(1, 11)
    lines = [f"{name},{weight}" for name, weight in zip(NAMES, weights, strict=True)]
    (tmp_path / "shop.csv").write_text("class,weight\n" + "\n".join(lines))
    done = predict(tmp_path, "run", "photos", "--prior", "shop.csv", "--output", "p.csv")
    assert done.returncode == 0, done.stderr
    made_by = json.loads((tmp_path / "p.csv.json").read_text())
    (temperature,) = made_by["temperatures"]
    np.testing.assert_allclose(made_by["prior"], weights / 55)
    fitted = known_prior(recorded_config(run), counts.tolist())
    np.testing.assert_allclose(fitted, counts / counts.sum())
    z = run.predictions()["logits"][:40] / temperature
    expected = softmax(z + np.log(weights / 55) - np.log(fitted))
    rows = rows_of((tmp_path / "p.csv").read_text())
    assert [row["label"] for row in rows] == list(NAMES[expected.argmax(1)])
    found = [float(row["probability"]) for row in rows]
    np.testing.assert_allclose(found, expected.max(1), atol=5e-6)


def test_the_training_prior_of_cross_entropy_changes_next_to_nothing(run, photos, tmp_path):
    """The held-out images have the training's frequencies but for rounding to whole images."""
    plain = rows_of(predict(tmp_path, "run", "photos").stdout)
    moved = rows_of(predict(tmp_path, "run", "photos", "--prior", "train").stdout)
    for a, b in zip(plain, moved, strict=True):
        assert float(a["probability"]) == pytest.approx(float(b["probability"]), abs=0.05)


def test_a_prior_that_can_t_be_known_is_refused_with_what_to_do(run, photos, tmp_path):
    change_config(run, class_weights="effective_number", class_weights_from=0.8)
    fitted = predict(tmp_path, "run", "photos", "--prior", "uniform")
    assert fitted.returncode == 0, fitted.stderr  # on the held-out images
    arrays = run.predictions()
    kept = {name: arrays[name] for name in ("targets", "logits", "class_counts")}
    np.savez(run.path / "predictions.npz", **kept)
    done = predict(tmp_path, "run", "photos", "--prior", "uniform")
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: --prior: ")
    assert "data.val_fraction=0.1" in line
    assert predict(tmp_path, "run", "photos").returncode == 0


def test_without_a_temperature_it_is_1_and_said(run, photos, tmp_path):
    metrics = run.metrics()
    del metrics["temperature"]
    (run.path / "metrics.json").write_text(json.dumps(metrics))
    done = predict(tmp_path, "run", "photos", "--output", "p.csv")
    assert done.stderr.count("temperature 1 (none was fitted") == 1
    expected = softmax(run.predictions()["logits"][:40])
    found = [float(row["probability"]) for row in rows_of((tmp_path / "p.csv").read_text())]
    np.testing.assert_allclose(found, expected.max(1), atol=2e-6)


def test_views_are_those_of_the_test(run, photos, tmp_path):
    plain = predict(tmp_path, "run", "photos").stdout
    change_config(run, tta="ten_crop")
    done = predict(tmp_path, "run", "photos")
    assert "10 views averaged" in done.stderr
    assert done.stdout != plain


BAD = {
    "no pictures": (["run"], "name pictures after the run: ltlight predict run photos/"),
    "no run": (["nowhere", "photos"], "nowhere is not a run folder"),
    "no match": (["run", "photos/*.tif"], "photos/*.tif is no file, folder or glob with a match"),
    "no suffix": (["run", "photos", "--output", "p.xlsx"], ".csv, .jsonl, .parquet"),
    "no folder": (["run", "photos", "--output", "no/p.csv"], "there is no folder no"),
    "no prior": (["run", "photos", "--prior", "none"], "give train, uniform or a CSV or JSON file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(run, photos, tmp_path, case):
    arguments, told = BAD[case]
    done = predict(tmp_path, *arguments)
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    assert told in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["predict", "export"])
def test_the_help_waits_for_no_torch(tmp_path, command):
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules));"
        "from ltlight.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, command, "--help"], capture_output=True, text=True, check=True
    )
    assert f"usage: ltlight {command}" in done.stdout
    assert "--prior {train,uniform,FILE}" in done.stdout
    assert "torch" not in done.stdout.splitlines()[-1].split()
