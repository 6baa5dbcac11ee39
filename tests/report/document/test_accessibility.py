"""The page for those who hear it or go by keyboard: axe-core in headless Chromium, light and dark.

axe-core comes from npm's registry, as npm is configured, and is kept in pytest's cache.
"""

import html
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from rich.console import Console

from ltlight.report.build import report
from tests.report.document.test_page_in_browser import CHROMIUM, WINDOW, browse, framed
from tests.report.run_folders import write_run

AXE = "axe-core@4.14.1"
NPM = shutil.which("npm")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(NPM is None, reason="npm is not installed"),
]
# What is folded is opened, and every figure drawn. Of the letters in figures axe says nothing:
# their ground is another element. They are on the page's, but for those in cells of a matrix.
CHECK = """<script>
const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = (rgb) => {
  const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number).map(linear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
};
const told = ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.target).join(", ")}`;
async function check() {
  const ground = getComputedStyle(document.body).backgroundColor;
  const texts = [...document.querySelectorAll(".plot text")].filter((t) =>
    t.textContent.trim() && !t.closest(".heatmap-label") && t.getClientRects().length);
  const faint = texts.filter((t) => contrast(getComputedStyle(t).fill, ground) < 4.5);
  const { violations, passes } = await axe.run(document);
  const found = { violations: violations.map(told), passes: passes.length, texts: texts.length,
    faint: faint.map((t) => `${t.textContent}: ${getComputedStyle(t).fill}`) };
  parent.postMessage(JSON.stringify(found), "*");
}
addEventListener("load", () => {
  document.querySelectorAll("details").forEach((d) => { d.open = true; });
  plots.filter((p) => p.getClientRects().length).forEach(drawForScreen); // as page.js would later
  setTimeout(check, 1000);
});
</script>"""


@pytest.fixture(scope="session")
def axe(pytestconfig) -> str:
    """The script of axe-core."""
    folder = Path(pytestconfig.cache.mkdir(AXE.replace("@", "-")))
    script = folder / "axe.min.js"
    if not script.exists():
        command = [NPM, "pack", AXE, "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)
        if done.returncode != 0:
            pytest.skip(f"npm can't fetch {AXE}: {done.stderr.strip()[-200:]}")
        [packed] = folder.glob("axe-core-*.tgz")
        with tarfile.open(packed) as archive:
            script.write_bytes(archive.extractfile("package/axe.min.js").read())
    return script.read_text("utf-8")


@pytest.fixture(scope="module")
def pages(page_folder, tmp_path_factory) -> dict[str, Path]:
    """A page of many classes, and one of two with everything that comes of held-out images."""
    folder = tmp_path_factory.mktemp("two") / "two_classes"
    for method in ("baseline", "improved"):
        for seed in (0, 1, 2):
            common = {"num_classes": 2, "skill": 1.0, "held_out": 30}
            write_run(folder, method=method, seed=seed, **common)
    report(folder, Console(quiet=True))
    return {"many": page_folder / "report.html", "two": folder / "report.html"}


def checked(page: Path, axe: str, tmp_path: Path, width: int, scheme: str) -> dict:
    """What axe and our look at the figures' letters find."""
    copy = tmp_path / "checked.html"
    script = axe.replace("</script", "<\\/script")
    text = page.read_text("utf-8")
    copy.write_text(text.replace("</body>", f"<script>{script}</script>{CHECK}</body>"), "utf-8")
    colours = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
    told = ("--dump-dom", WINDOW, colours, "--virtual-time-budget=60000")
    done = browse(tmp_path, framed(tmp_path, copy, width), *told)
    return json.loads(html.unescape(re.search(r"<title>(\{.*?\})</title>", done.stdout)[1]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("kind", ["many", "two"])
def test_axe_finds_nothing_and_every_letter_of_a_figure_can_be_read(
    pages, axe, tmp_path, kind, width, scheme
):
    found = checked(pages[kind], axe, tmp_path, width, scheme)
    assert found["violations"] == []
    assert found["passes"] > 20
    assert found["texts"] > 50
    assert found["faint"] == []


def test_what_is_wrong_is_found(pages, axe, tmp_path):
    broken = tmp_path / "broken.html"
    text = pages["two"].read_text("utf-8").replace("--quiet: #5a6370", "--quiet: #b5b9c0")
    broken.write_text(text.replace('<html lang="en">', "<html>"), "utf-8")
    found = checked(broken, axe, tmp_path, 1366, "light")
    assert {v.split(":")[0] for v in found["violations"]} == {"color-contrast", "html-has-lang"}
