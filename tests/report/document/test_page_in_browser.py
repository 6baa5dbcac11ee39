"""The page in a real browser: headless Chromium, at desktop and phone width, and on paper."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from ltlight.report.build import report
from tests.report.run_folders import write_panel

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


def framed(tmp_path: Path, page: Path, width: int) -> str:
    """A frame as wide as a phone: a headless window has a least width of its own."""
    frame = tmp_path / "frame.html"
    style = f"border:0;width:{width}px;height:6000px"
    frame.write_text(f'{LISTEN}<body style="margin:0"><iframe src="file://{page}" style="{style}">')
    return f"file://{frame}"


@pytest.mark.parametrize("width", [1366, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_drawn_without_complaint(page, tmp_path, width, scheme):
    shot = tmp_path / "shot.png"
    browse(
        tmp_path,
        framed(tmp_path, page, width),
        f"--screenshot={shot}",
        WINDOW,
        f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",
    )
    picture = np.asarray(Image.open(shot).convert("RGB"))[:, :width]
    ground = picture[5, 5]
    assert (ground.mean() > 200) == (scheme == "light")
    # Matrices and bars are blue: without Plotly's drawings hardly anything is.
    channels = picture.astype(int)
    blue = (channels[..., 2] > channels[..., 0] + 60).mean()
    assert blue > 0.01


def test_nothing_sticks_out_on_a_phone_or_a_desktop(page, tmp_path):
    assert_fits(page.read_text(), tmp_path)


def test_nothing_sticks_out_of_a_page_of_many_methods(sweep_folder, tmp_path):
    write_panel(sweep_folder, 30)
    report(sweep_folder, Console(quiet=True))
    assert_fits((sweep_folder / "report.html").read_text(), tmp_path)


def assert_fits(html: str, tmp_path: Path) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(html.replace("</body>", PROBE + "</body>"))
    for width in (1366, 375):
        done = browse(tmp_path, framed(tmp_path, probed, width), "--dump-dom", WINDOW)
        found = json.loads(re.search(r"<title>(\{.*?\})</title>", done.stdout)[1])
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
    # Axis titles of the first and of the last figure, which no screen would have reached yet.
    assert text.count("predicted class") >= 4
    assert text.count("epoch") >= 6
    assert "Every run: time and speed" in text
