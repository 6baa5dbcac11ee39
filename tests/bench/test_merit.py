"""The plain pipeline says what it would leave out, and trains what it says."""

import pytest

from ltlight.bench import merit
from ltlight.errors import UserError

DIGITS = ["data=digits", "trainer=cpu", "model.width=0.03"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["method=strong"], "method=strong: the plain pipeline knows baseline and improved only"),
        (["model=resnet32"], "model=resnet32: the plain pipeline trains cnn_cifar only"),
        (["method.cutout=0.5"], "method.cutout=0.5 is no part of the plain pipeline"),
        (["optim.momentum=0.5"], "optim.momentum=0.5 is no part of the plain pipeline"),
        (["method=magic"], "method=magic: the plain pipeline knows"),
        (["-m"], "-m is no key=value"),
        (["data.ratio=7"], "data.ratio=7.0 must be above 0 and at most 1"),
    ],
)
def test_what_it_is_not_is_refused_before_the_first_run(words, line):
    with pytest.raises(UserError) as caught:
        merit.runs([*DIGITS, *words])
    assert str(caught.value).startswith(line)


def test_what_is_asked_for_is_each_method_and_seed():
    found = merit.runs([*DIGITS, "optim.lr=0.01", "data.ratio=0.1", "seed=0,1"])
    asked = [(config.method.name, config.seed) for _, config in found]
    assert asked == [("baseline", 0), ("baseline", 1), ("improved", 0), ("improved", 1)]
    assert all(config.model.width == 0.03 for _, config in found)
    assert merit.runs(["experiment=demo", "data.ratio=0.02"])  # as its docstring has it


@pytest.mark.parametrize("words", [["data.ratoi=1"], ["seed=x"], ["method=strong"], ["nothing"]])
def test_the_command_ends_in_one_line(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["merit", *DIGITS, *words])
    with pytest.raises(SystemExit, match=r"^error: [^\n]+$"):
        merit.main()
    assert not list(tmp_path.iterdir())
