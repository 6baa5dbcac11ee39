"""What the page reckons under a prior, by Node, beside what Python does."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltlight.report.document import page
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.prior import numbers
from ltlight.report.stats.under_prior import exponential, judged, under_prior
from tests.report.run_folders import write_run

NODE = shutil.which("node")
SCRIPT = Path(page.__file__).parent / "prior.js"
pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")
ASK = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { u, priors } = asked;
for (const name of ["recalls", "residuals", "images"]) u[name] = decoded(u[name]);
const found = priors.map((prior) => judge(u, prior));
console.log(JSON.stringify({
  found, said: found.map(sentence), exponential: asked.factors.map((f) => exponential(5, f)),
}));
"""


def by_node(told: dict, priors: list[np.ndarray], factors: tuple[float, ...] = ()) -> dict:
    asked = {"u": told, "priors": [prior.tolist() for prior in priors], "factors": factors}
    done = subprocess.run(
        [NODE, "-e", SCRIPT.read_text("utf-8") + ASK],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def assert_same(group, priors):
    u = under_prior(group, [])
    answer = by_node(numbers(u, group), priors)
    for prior, here in zip(priors, answer["found"], strict=True):
        there = judged(u, prior)
        assert [m["name"] for m in here] == [j.method for j in there]
        for m, j in zip(here, there, strict=True):
            assert m["mean"] == pytest.approx(j.mean, abs=1e-12)
            assert m["spread"] == pytest.approx(j.spread, abs=1e-12)
            assert (m["behind"] is None) == (j.behind is None)
            if j.behind is not None:
                assert m["behind"]["difference"] == pytest.approx(j.behind.mean, abs=1e-12)
                assert m["behind"]["half"] == pytest.approx(j.behind.half_width, rel=0.03)
                near = abs(abs(j.behind.mean) - j.behind.half_width) < 0.03 * j.behind.half_width
                assert near or m["behind"]["word"] == j.behind.word
    return answer


def test_scores_spreads_intervals_and_words_are_pythons(panel):
    group = groups(panel)[0]
    priors = [exponential(10, factor) for factor in (0.001, 0.1, 1, 50, 1000)]
    answer = assert_same(group, [*priors, 100 * np.arange(10.0), group.counts])
    words = {m["behind"]["word"] for found in answer["found"] for m in found if m["behind"]}
    assert words == {"undecided", "worse"}


def test_they_are_where_classes_seeds_or_images_lack(tmp_path):
    """A class without test images, a method with fewer seeds, images of patients."""
    for method, seeds in (("baseline", 4), ("improved", 4), ("sampler", 2)):
        for seed in range(seeds):
            more = {"untested": (1,), "groups": 9, "pictures": False}
            write_run(tmp_path, method=method, seed=seed, **more)
    [group] = groups(read_sweep(tmp_path))
    assert_same(group, [exponential(5, 100), np.ones(5), np.array([0.0, 1, 0, 0, 0])])


def test_with_one_seed_all_is_undecided(tmp_path):
    write_run(tmp_path, method="baseline", skill=0.1, pictures=False)
    write_run(tmp_path, method="improved", skill=5.0, pictures=False)
    [group] = groups(read_sweep(tmp_path))
    answer = assert_same(group, [np.ones(5)])
    assert answer["said"] == [
        "improved has the best mean; undecided beside it: baseline; baseline, adjusted."
    ]


def test_the_sentence_says_what_is_undecided(toy):
    [group, _] = groups(toy)
    u = under_prior(group, [])
    alone = replace(group, methods={"improved": group.methods["improved"]})
    answer = by_node(numbers(under_prior(alone, []), alone), [np.ones(5)], (100.0, 0.01, 1.0))
    assert answer["said"] == ["improved stands alone."]
    for prior, factor in zip(answer["exponential"], (100.0, 0.01, 1.0), strict=True):
        expected = exponential(5, factor)
        assert np.array(prior) / sum(prior) == pytest.approx(expected)
    assert "undecided beside it" in by_node(numbers(u, group), [np.ones(5)])["said"][0]


def test_the_page_holds_the_numbers_of_every_ratio(page_folder):
    html = (page_folder / "report.html").read_text()
    found = re.findall(r'<script type="application/json">(\{"methods".*?\})</script>', html)
    assert [json.loads(text)["methods"] for text in found] == [
        ["baseline", "improved", "baseline, adjusted"]
    ] * 2
