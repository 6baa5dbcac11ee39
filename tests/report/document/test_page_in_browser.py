"""The page in a real browser: headless Chromium, at desktop and phone width, and on paper."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from ltlight.report.build import report
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.stats.under_prior import judged, under_prior
from tests.report.run_folders import write_panel, write_run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--v=0",
    "--virtual-time-budget=10000",
]
WINDOW = "--window-size=1400,6000"  # all of the page is in view
TRIES = 4
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

# Written into a copy of the page: what only a browser knows, as text of the document. On a busy
# machine the virtual time runs ahead of the frames that figures are drawn in: wait for the first.
PROBE = """<script>
let tries = 0;
function probe() {
  if (!document.querySelector(".plot .main-svg") && tries++ < 50)
    return requestAnimationFrame(() => setTimeout(probe, 100));
  setTimeout(tell, 2000);
}
function tell() {
  const wide = [...document.querySelectorAll("body *")].filter((e) =>
    !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1);
  const drawn = document.querySelectorAll(".plot .main-svg").length;
  const found = {width: innerWidth, drawn, wide: wide.map((e) => e.className)};
  parent.postMessage(JSON.stringify(found), "*");
}
addEventListener("load", probe);
</script>"""
LISTEN = '<script>addEventListener("message", (m) => { document.title = m.data; })</script>'


@pytest.fixture
def page(page_folder) -> Path:
    return page_folder / "report.html"


def browse(tmp_path: Path, address: str, *options: str) -> subprocess.CompletedProcess:
    """Chromium's output; the test fails for anything on the console."""
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [CHROMIUM, *QUIET, profile, *options, address], capture_output=True, text=True, timeout=120
    )
    messages = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert not messages, messages
    return done


def told_by(tmp_path: Path, address: str) -> Any:
    """What a page's script has put into its title as JSON.

    On a busy machine Chromium may write the page down before that script has run: asked again.
    """
    for _ in range(TRIES):
        done = browse(tmp_path, address, "--dump-dom", WINDOW)
        if found := re.search(r"<title>([\[{].*?[\]}])</title>", done.stdout):
            return json.loads(html.unescape(found[1]))
    pytest.fail(f"{address} has told nothing in {TRIES} tries")


def framed(tmp_path: Path, page: Path, width: int) -> str:
    """A frame as wide as a phone: a headless window has a least width of its own."""
    frame = tmp_path / "frame.html"
    style = f"border:0;width:{width}px;height:6000px"
    frame.write_text(f'{LISTEN}<body style="margin:0"><iframe src="file://{page}" style="{style}">')
    return f"file://{frame}"


@pytest.mark.parametrize("width", [1366, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_drawn_without_complaint(page, tmp_path, width, scheme):
    for _ in range(TRIES):  # on a busy machine the picture may be taken before the figures are
        picture = pictured(tmp_path, framed(tmp_path, page, width), scheme)[:, :width]
        # Matrices, dots and bars have colours: without Plotly's drawings hardly anything has.
        coloured = (np.ptp(picture.astype(int), axis=2) > 60).mean()
        if coloured > 0.002:
            break
    assert coloured > 0.002
    assert (picture[5, 5].mean() > 200) == (scheme == "light")


def pictured(tmp_path: Path, address: str, scheme: str) -> np.ndarray:
    """The page as Chromium draws it, uint8 [H, W, 3]."""
    shot = tmp_path / "shot.png"
    colours = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
    browse(tmp_path, address, f"--screenshot={shot}", WINDOW, colours)
    return np.asarray(Image.open(shot).convert("RGB"))


def test_nothing_sticks_out_on_a_phone_or_a_desktop(page, tmp_path):
    assert_fits(page.read_text(), tmp_path)


def test_nothing_sticks_out_of_a_page_of_many_methods(sweep_folder, tmp_path):
    write_panel(sweep_folder, 30)
    report(sweep_folder, Console(quiet=True))
    assert_fits((sweep_folder / "report.html").read_text(), tmp_path)


def assert_fits(text: str, tmp_path: Path) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(text.replace("</body>", PROBE + "</body>"))
    for width in (1366, 375):
        found = told_by(tmp_path, framed(tmp_path, probed, width))
        assert found["width"] == width
        assert found["drawn"] > 0
        assert found["wide"] == []


def test_on_paper_every_figure_is_there(page, tmp_path):
    pdf = tmp_path / "page.pdf"
    browse(tmp_path, f"file://{page}", f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    assert pdf.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: only the console was looked at")
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    # Axis titles of the first and of the last figure, which no screen would have reached yet; of
    # the chosen ratio alone.
    assert text.count("predicted class") >= 2
    assert text.count("epoch") >= 3
    assert "toy, ratio 0.02: recall of every class" in text
    assert "toy, ratio 0.1: recall of every class" not in text
    assert "Every run: time and speed" in text


def test_without_a_script_nothing_is_switched_off(page, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    pdf, bare = tmp_path / "page.pdf", tmp_path / "bare.html"
    bare.write_text(re.sub(r"<script.*?</script>", "", page.read_text(), flags=re.DOTALL))
    browse(tmp_path, f"file://{bare}", f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    for ratio in ("0.1", "0.02"):
        assert f"toy, ratio {ratio}: recall of every class" in text
    assert "of the sections below" not in text  # the switch itself, which could switch nothing


# Sets the switch as the keyboard does, and tells which variants are to be seen.
SWITCH = """<script>
addEventListener("load", () => {
  const form = document.getElementById("switch"), told = {};
  const seen = () => [...new Set([...document.querySelectorAll(".variant")]
    .filter((v) => v.getClientRects().length)
    .map((v) => [v.dataset.data, v.dataset.ratio, v.dataset.method].join("|")))].sort();
  told.labels = [...form.querySelectorAll("label")].filter((l) => !l.hidden)
    .map((l) => l.firstChild.textContent.trim());
  for (const [name, value] of SET) {
    const select = form.elements[name];
    select.focus();
    if (document.activeElement !== select) throw new Error(`${name} can't be reached`);
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    told[`${name}=${value}`] = seen();
  }
  told.methods = [...form.elements.method.options].map((o) => o.value);
  document.title = JSON.stringify(told);
});
</script>"""


def switched(page: Path, tmp_path: Path, chosen: list[tuple[str, str]]) -> dict:
    probed = tmp_path / "switched.html"
    script = SWITCH.replace("SET", json.dumps(chosen))
    probed.write_text(page.read_text().replace("</body>", script + "</body>"))
    found: dict = told_by(tmp_path, f"file://{probed}")
    return found


def test_the_switch_shows_one_ratio_and_method_at_a_time(sweep_folder, tmp_path):
    write_run(sweep_folder, 0.1, "sampler", pictures=False)  # at one ratio only
    report(sweep_folder, Console(quiet=True))
    chosen = [("ratio", "0.1"), ("method", "sampler"), ("ratio", "0.02")]
    told = switched(sweep_folder / "report.html", tmp_path, chosen)
    assert told["labels"] == ["ratio", "method"]  # there is one data set
    assert told["ratio=0.1"] == ["toy|0.1|", "toy|0.1|improved"]
    assert told["method=sampler"] == ["toy|0.1|", "toy|0.1|sampler"]
    assert told["ratio=0.02"] == ["toy|0.02|", "toy|0.02|improved"]  # what there is of it
    assert told["methods"] == ["improved"]


# Moves the slider, presses the button and fills a field, and tells what the explorer then says.
EXPLORE = """<script>
addEventListener("load", () => {
  const place = document.querySelector(".variant.chosen .prior"), told = [];
  const say = () => told.push({
    factor: place.querySelector(".factor").textContent,
    fields: [...place.querySelectorAll("input[type=number]")].map((f) => +f.value),
    rows: [...place.querySelectorAll("tbody tr")].map((r) => [...r.cells].map((c) => c.innerText)),
  });
  const set = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    say();
  };
  set(place.querySelector("input[type=range]"), 0);
  place.querySelector("button").click();
  say();
  place.querySelectorAll("input[type=number]").forEach((f, c) => { f.value = c ? 0 : 7; });
  set(place.querySelectorAll("input[type=number]")[1], 7);
  document.title = JSON.stringify(told);
});
</script>"""


def test_the_explorer_says_what_python_does_under_the_prior_that_is_set(page, tmp_path):
    probed = tmp_path / "explored.html"
    probed.write_text(page.read_text().replace("</body>", EXPLORE + "</body>"))
    told = told_by(tmp_path, f"file://{probed}")
    group = groups(read_sweep(page.parent))[1]  # the page opens with the strongest imbalance
    halves = np.array([1, 1, 0, 0, 0])  # each of two fields says 7
    for said, prior in zip(told, (np.ones(5), group.counts, halves), strict=True):
        expected = judged(under_prior(group, []), prior)
        assert [row[0] for row in said["rows"]] == [j.method for j in expected]
        for row, j in zip(said["rows"], expected, strict=True):
            numbers = [float(number) for number in row[1].split(" ± ")]
            assert numbers == pytest.approx([100 * j.mean, 100 * j.spread], abs=0.0501)
            assert row[3] == ("" if j.behind is None else j.behind.word)
    assert [said["factor"] for said in told] == [
        "all classes alike",
        "as in training, to the image",
        "as the fields say",
    ]
    shares = 100 * group.counts / group.counts.sum()
    assert told[1]["fields"] == pytest.approx(shares, rel=6e-3)
