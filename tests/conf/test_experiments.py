"""The sweeps that are written down: every member they name exists and is allowed."""

import re

import pytest
import yaml
from hydra import compose, initialize_config_dir

from ltlight.config.compose import composed
from ltlight.config.schema import CONF
from tests.commands import run_here

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


METHODS = sorted(p.stem for p in (CONF / "method").glob("*.yaml") if p.stem != "base")


def test_the_panel_has_every_method_once():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", ["experiment=panel"], return_hydra_config=True)
        assert cfg.hydra.sweeper.params.method.split(",") == METHODS


def test_the_panel_on_features_is_the_same_without_what_is_refused_there():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", ["experiment=features_panel"], return_hydra_config=True)
        methods = cfg.hydra.sweeper.params.method.split(",")
        assert cfg.name == "features_panel"
        assert cfg.hydra.sweeper.params.seed == "0,1,2"
        assert cfg.hydra.launcher._target_.endswith("TogetherLauncher")
    assert {"crt", "mixup", "nearest_mean"} < {*methods} < {*METHODS}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_panel_is_allowed_and_named_for_its_file(method):
    assert composed([f"method={method}", "data=digits"]).method.name == method


def test_every_choice_of_the_search_is_allowed_with_plain_training():
    params = swept("search_strong")
    assert set(names(params.pop("method"))) <= set(METHODS)
    for key, values in params.items():
        ends = re.search(r"interval\((.*?), (.*?)\)", values)
        for value in ends.groups() if ends else names(values):
            composed([f"{key}={value}", "data=digits"])


def test_the_search_chooses_by_the_last_epoch_on_a_held_out_split():
    settings = yaml.safe_load((CONF / "experiment" / "search_strong.yaml").read_text())
    assert settings["data"]["val_fraction"] > 0
    assert settings["trainer"]["check_val_every_n_epoch"] == "${trainer.max_epochs}"
    assert settings["hydra"]["sweeper"]["direction"] == "maximize"


@pytest.mark.skipif(optuna_sweeper is not None, reason="the extra is installed")
@pytest.mark.parametrize("more", [[], ["-m"]])
def test_without_its_extra_the_search_says_what_to_install(tmp_path, more):
    done = run_here(*more, "experiment=search_strong", cwd=tmp_path)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("error: a search needs Optuna")
    assert "'.[search]'" in line


@pytest.mark.skipif(optuna_sweeper is None, reason="the extra is not installed: .[search]")
def test_a_search_is_resumed_where_it_was_interrupted(tmp_path):
    small = ["data=digits", "trainer=cpu", "model.width=0.03", "trainer.max_epochs=1"]
    small += ["trainer.limit_batches=2"]
    arguments = ["-m", "experiment=search_strong", *small, "method=choice(baseline, sampler)"]
    first = run_here(*arguments, "hydra.sweeper.n_trials=2", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    again = run_here(*arguments, "hydra.sweeper.n_trials=3", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    folder = tmp_path / "outputs/search_strong"
    assert len(list(folder.glob("**/method=trial*"))) == 3
    tried = len(list(folder.glob("**/metrics.json")))
    before = first.stdout.count("macro-F1")
    assert 1 <= before <= tried <= 3
    assert again.stdout.count("finished before") == before
    assert f"the best of {tried} trials" in again.stdout


def test_the_idc_study_is_patient_disjoint_and_a_size_is_a_data_set():
    params = swept("idc")
    assert names(params["seed"]) == ["0", "1", "2", "3", "4"]
    assert names(params["method"]) == ["baseline", "improved"]
    for size in names(params["data.image_size"]):
        data = composed(["experiment=idc", "data.root=x", f"data.image_size={size}"]).data
        assert (data.name, data.image_size) == (f"idc_{size}", int(size))
        assert not {*data.train_patients} & {*data.test_patients}
        assert data.val_fraction == 0
