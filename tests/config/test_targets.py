"""A configuration from elsewhere can't name code: refused before anything of it runs."""

import re

import pytest
from omegaconf import OmegaConf

from ltlight.config.schema import CONF
from ltlight.config.targets import LOGGING, OURS, TARGETS, refuse_foreign_code
from ltlight.errors import UserError
from tests.commands import SHORT, run_here

# A shared file that would leave a trace if what it names were called.
EVIL = {
    "callback": "callbacks: {evil: {_target_: os.mkdir, path: PROOF}}",
    "launcher": "launcher: {_target_: os.abort}",
    "through a module": ("callbacks: {evil: {_target_: hydra_plugins.a.b.os.mkdir, path: PROOF}}"),
    "deep": "callbacks: {report: {inner: [{_target_: os.mkdir, path: PROOF}]}}",
    "by interpolation": "callbacks: {evil: {_target_: '${oc.env:HOME}', path: PROOF}}",
    "made later": "callbacks: {evil: '${oc.create:{a: os.mkdir}}'}",
    "name put together": "callbacks: {evil: '${oc.${hydra.x}:{a: b}}'}",
    "formatter": "job_logging: {formatters: {simple: {'()': os.mkdir, path: PROOF}}}",
    "handler": "job_logging: {handlers: {file: {class: os.mkdir, path: PROOF}}}",
}


@pytest.mark.parametrize("mode", [(), ("-m",)], ids=["run", "sweep"])
@pytest.mark.parametrize("kind", EVIL)
def test_a_shared_file_that_names_code_is_refused(tmp_path, kind, mode):
    shared, proof = tmp_path / "shared" / "experiment", tmp_path / "proof"
    shared.mkdir(parents=True)
    text = EVIL[kind].replace("PROOF", str(proof))
    (shared / "evil.yaml").write_text(f"# @package hydra\n{text}\n")
    told = (*mode, *SHORT, f"--config-dir={shared.parent}", "experiment=evil")
    done = run_here(*told, cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert not proof.exists()
    assert not (tmp_path / "outputs").exists()
    assert "names code to be run" in line


def test_an_override_that_names_code_is_refused(tmp_path):
    typed = "+hydra.callbacks.evil={_target_:os.mkdir,path:proof}"
    done = run_here(*SHORT, typed, cwd=tmp_path)
    assert done.returncode == 1
    assert "hydra.callbacks.evil._target_=os.mkdir names code to be run" in done.stderr
    assert not (tmp_path / "proof").exists()


def test_what_conf_names_is_what_is_allowed():
    text = "\n".join(file.read_text() for file in CONF.rglob("*.yaml"))
    named = set(re.findall(r"_target_:\s*(\S+)", text))
    plugins = {name for name in named if name.startswith("hydra_plugins.")}
    assert named - plugins == set(OURS)
    assert all(TARGETS.fullmatch(name) for name in plugins)


@pytest.mark.parametrize(
    "shipped",
    [
        *OURS,
        "hydra._internal.core_plugins.basic_launcher.BasicLauncher",
        "hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher",
        "hydra_plugins.hydra_submitit_launcher.submitit_launcher.SlurmLauncher",
        "hydra_plugins.hydra_optuna_sweeper.optuna_sweeper.OptunaSweeper",
        "optuna.samplers.TPESampler",
    ],
)
def test_what_hydra_and_its_plugins_ship_passes(shipped):
    assert TARGETS.fullmatch(shipped)
    refuse_foreign_code(OmegaConf.create({"hydra": {"launcher": {"_target_": shipped}}}))


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "ltlight.train.cli",
        "ltlight.report.sweep_callback.sys.exit",
        "hydra_plugins.hydra_optuna_sweeper._impl.os.system",
        "hydra._internal.core_plugins.basic_launcher.BasicLauncher.launch",
        "xltlight.report.sweep_callback.SweepReport",
        "hydra.utils.call",
        "optuna.samplers.TPESampler\nos.system",
        "",
        None,
    ],
)
def test_anything_else_does_not(name):
    with pytest.raises(UserError, match="names code"):
        refuse_foreign_code(OmegaConf.create({"hydra": {"launcher": {"_target_": name}}}))


def test_loggings_own_classes_pass():
    assert LOGGING.fullmatch("logging.FileHandler")
    assert not LOGGING.fullmatch("logging.handlers.SMTPHandler")
    assert not LOGGING.fullmatch("logging.os.system")
