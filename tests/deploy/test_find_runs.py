"""Which run a path means."""

import pytest

from ltlight.deploy.find_runs import find_run, leading_runs
from ltlight.errors import UserError


def make_run(path, finished=True):
    path.mkdir(parents=True)
    (path / "config.yaml").write_text("seed: 0\n")
    if finished:
        (path / "metrics.json").write_text('{"format": 1}')
    return path


def test_a_run_folder_its_checkpoint_and_a_folder_above_it(tmp_path):
    run = make_run(tmp_path / "outputs/mine/digits/ratio=1.0/method=baseline/seed=0")
    (run / "model.ckpt").touch()
    for path in (run, run / "model.ckpt", run.parent, tmp_path / "outputs"):
        assert find_run(path).path == run
    renamed = make_run(tmp_path / "my model")
    assert find_run(renamed).path == renamed


def test_of_several_runs_the_finished_one(tmp_path):
    make_run(tmp_path / "seed=0", finished=False)
    run = make_run(tmp_path / "seed=1")
    assert find_run(tmp_path).path == run


def test_several_finished_runs_are_listed(tmp_path):
    for seed in range(12):
        make_run(tmp_path / f"seed={seed}")
    with pytest.raises(UserError, match="holds 12 runs, name one of them") as caught:
        find_run(tmp_path)
    lines = str(caught.value).splitlines()
    assert lines[1] == f"  {tmp_path / 'seed=0'}"
    assert lines[-1] == "  and 2 more"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([], "holds no run"),
        (["seed=0", "seed=1"], "holds 2 runs, none of them finished"),
    ],
)
def test_no_finished_run(tmp_path, made, told):
    for name in made:
        make_run(tmp_path / name, finished=False)
    with pytest.raises(UserError, match=told):
        find_run(tmp_path)


def test_an_unfinished_run_is_to_be_resumed(tmp_path):
    with pytest.raises(UserError, match="isn't finished: repeat its command"):
        find_run(make_run(tmp_path / "seed=0", finished=False))


def test_runs_at_the_beginning_of_a_command_line(tmp_path):
    first, second = (make_run(tmp_path / f"seed={n}") for n in (0, 1))
    runs, rest = leading_runs([str(first), str(second), "photos", str(first)])
    assert [run.path for run in runs] == [first, second]
    assert rest == ["photos", str(first)]
    with pytest.raises(UserError, match="named twice"):
        leading_runs([str(first), f"{first}/../seed=0"])
