"""A method in one line: of its file, or of the keys that make it."""

from dataclasses import replace

import pytest
import yaml

from ltlight.config.schema import CONF
from ltlight.report.results.described import described
from ltlight.report.results.member import read_member
from tests.report.run_folders import write_run


@pytest.fixture(scope="module")
def member(tmp_path_factory):
    return read_member(write_run(tmp_path_factory.mktemp("one"), pictures=False))


def of(member, name, **method):
    return replace(member, method=name, config=member.config | {"method": {"name": name, **method}})


def test_the_first_sentence_of_the_methods_file(member):
    found = described(of(member, "sam", sam=0.05))
    assert found == "Sharpness-aware minimisation, rho 0.05 (SAM, Foret et al., ICLR 2021)"


def test_every_file_of_ours_has_one_line_on_the_method_as_it_is(member):
    for file in sorted((CONF / "method").glob("*.yaml")):
        if file.stem == "base":
            continue
        values = yaml.safe_load(file.read_text())
        plain = {k: v for k, v in values.items() if k not in ("defaults", "name")}
        text = described(
            of(member, file.stem, **{k: v for k, v in plain.items() if "$" not in str(v)})
        )
        assert 10 < len(text) < 400
        assert "\n" not in text
        assert not text.endswith(".")
        assert text.split()[0].lower() in file.read_text().lower()


def test_a_method_of_ones_own_is_told_by_its_keys(member):
    assert described(of(member, "mine", loss="focal", sampler="square_root")) == (
        "sampler square_root, loss focal"
    )
    assert described(of(member, "mine")) == "plain training"


def test_a_changed_method_is_not_told_by_the_file_of_its_name(member):
    changed = of(member, "sam", sam=0.2, mix="mixup")
    assert described(changed) == "mix mixup, sam 0.2"


def test_a_name_is_no_path(member):
    assert described(of(member, "../data/digits")) == "plain training"
