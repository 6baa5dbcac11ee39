"""The sweeps that are written down: every member they name exists and is allowed."""

import re

import pytest
import yaml
from hydra import compose, initialize_config_dir

from ltlight.config.schema import CONF, check
from tests.conftest import ltlight

try:
    import hydra_plugins.hydra_optuna_sweeper as optuna_sweeper
except ImportError:
    optuna_sweeper = None


def swept(experiment: str) -> dict[str, str]:
    """What an experiment sweeps over, by key."""
    text = (CONF / "experiment" / f"{experiment}.yaml").read_text()
    return yaml.safe_load(text)["hydra"]["sweeper"]["params"]


def names(values: str) -> list[str]:
    """Of ``a, b`` or ``choice(a, b)``."""
    return re.sub(r"choice\(|\)", "", values).replace(",", " ").split()


def composed(*overrides: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", overrides=[*overrides, "data=digits"])


METHODS = sorted(p.stem for p in (CONF / "method").glob("*.yaml") if p.stem != "base")


def test_the_panel_has_every_method_once():
    assert sorted(names(swept("panel")["method"])) == METHODS


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_panel_is_allowed_and_named_for_its_file(method):
    cfg = composed(f"method={method}")
    check(cfg)
    assert cfg.method.name == method


def test_every_choice_of_the_search_is_allowed_with_plain_training():
    params = swept("search_strong")
    assert set(names(params.pop("method"))) <= set(METHODS)
    for key, values in params.items():
        ends = re.search(r"interval\((.*?), (.*?)\)", values)
        for value in ends.groups() if ends else names(values):
            check(composed(f"{key}={value}"))


def test_the_search_chooses_by_the_last_epoch_on_a_held_out_split():
    settings = yaml.safe_load((CONF / "experiment" / "search_strong.yaml").read_text())
    assert settings["data"]["val_fraction"] > 0
    assert settings["trainer"]["check_val_every_n_epoch"] == "${trainer.max_epochs}"
    assert settings["hydra"]["sweeper"]["direction"] == "maximize"


@pytest.mark.skipif(optuna_sweeper is not None, reason="the extra is installed")
@pytest.mark.parametrize("more", [[], ["-m"]])
def test_without_its_extra_the_search_says_what_to_install(tmp_path, more):
    done = ltlight(*more, "experiment=search_strong", cwd=tmp_path)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("error: a search needs Optuna")
    assert "'.[search]'" in line


@pytest.mark.skipif(optuna_sweeper is None, reason="the extra is not installed: .[search]")
def test_a_search_goes_on_where_it_was_interrupted(tmp_path):
    small = ["data=digits", "trainer=cpu", "model.width=0.05", "trainer.max_epochs=1"]
    arguments = ["-m", "experiment=search_strong", *small, "method=choice(baseline, sampler)"]
    first = ltlight(*arguments, "hydra.sweeper.n_trials=2", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    again = ltlight(*arguments, "hydra.sweeper.n_trials=3", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    folder = tmp_path / "outputs/search_strong"
    assert len(list(folder.glob("**/method=trial*"))) == 3
    tried = len(list(folder.glob("**/metrics.json")))
    assert tried > 0
    assert again.stdout.count("finished before") == len(re.findall("macro-F1", first.stdout))
    assert f"the best of {tried} trials" in again.stdout
