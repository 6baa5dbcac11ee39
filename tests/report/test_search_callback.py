"""The end of a search: trials by what was held out, and nothing of the test set."""

import re

import pytest
import yaml
from omegaconf import OmegaConf

from ltlight.report.search_callback import SearchReport, read_trials
from ltlight.runs import swept
from ltlight.runs.run_folder import RunFolder
from ltlight.sweep_progress import VARIABLE
from tests.report.run_folders import write_run

HELD_OUT = {"trial0": 0.31, "trial1": 0.42, "trial2": 0.365}


@pytest.fixture
def search(tmp_path):
    """Three trials whose test metrics would say the opposite, and one that was refused."""
    folder = tmp_path / "outputs" / "search_strong"
    for number, (name, value) in enumerate(HELD_OUT.items()):
        held_out = {"val/balanced_accuracy": value, "val/f1_macro": value - 0.05}
        run = write_run(
            folder, 0.02, name, metrics=held_out | {"test/accuracy": 0.9876 - value}, pictures=False
        )
        config = run.config()
        config["method"] |= {"lr": 0.01 * (number + 1), "mix": "mixup", "augment": "none"}
        (run.path / "config.yaml").write_text(yaml.safe_dump(config))
    RunFolder(folder / "toy/ratio=0.02/method=trial3/seed=0").fail("mix and match\nnot together")
    return folder


@pytest.fixture(autouse=True)
def _environment_put_back(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv(swept.VARIABLE, "")


def end(folder, val_fraction=0.2) -> None:
    config = {"data": {"val_fraction": val_fraction, "root": None}}
    told = {"sweeper": {"n_trials": 3}, "overrides": {"task": []}}
    config["hydra"] = {"sweep": {"dir": str(folder)}} | told
    report = SearchReport()
    report.on_multirun_start(OmegaConf.create(config))
    report.on_multirun_end(OmegaConf.create(config))


def test_trials_are_ordered_by_what_was_held_out(search):
    trials, failed = read_trials(search)
    assert [t.name for t in trials] == ["trial1", "trial2", "trial0"]
    assert [t.objective for t in trials] == sorted(HELD_OUT.values(), reverse=True)
    assert trials[0].settings == {"method.lr": 0.02}  # what all have in common tells nothing
    assert failed == ["method=trial3: not together"]


def test_the_report_has_every_trial_and_no_test_metric(search, capsys):
    end(search)
    printed, text = capsys.readouterr().out, (search / "search.md").read_text()
    assert re.findall(r"^\| (trial\d) \| ([\d.]+) \|", text, re.MULTILINE) == [
        ("trial1", "42.00"),
        ("trial2", "36.50"),
        ("trial0", "31.00"),
    ]
    assert "- method=trial3: not together" in text
    for said in (printed, text):
        assert "0.98" not in said
        assert "56.76" not in said
        assert "test/" not in said
    assert "1 trials were not finished" in printed
    method = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1])
    assert method == {"name": "search_strong", "augment": "none", "lr": 0.02, "mix": "mixup"}


def test_a_search_without_a_held_out_split_is_refused(search):
    with pytest.raises(SystemExit, match="=0 holds nothing out"):
        end(search, val_fraction=0.0)


def test_a_search_without_a_finished_trial_fails(tmp_path):
    write_run(tmp_path / "s", 0.02, "trial0", pictures=False)  # no metrics of a held-out split
    with pytest.raises(SystemExit, match=r"no trial of .* no val/balanced_accuracy"):
        end(tmp_path / "s")
