"""Letters of class names in any script: a font that has them is found, or said to be missing once.

Matplotlib takes a letter that its first font lacks from the next in `font.family`; without one it
draws a box, and warns once a picture.
"""

import logging
import unicodedata
import warnings
from collections.abc import Iterable
from contextlib import suppress

log = logging.getLogger(__name__)
_asked: set[str] = set()  # letters that were looked for
# First word of a letter's Unicode name to the package of Debian and Ubuntu that has a font for it.
EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH")
PACKAGES = dict.fromkeys(EAST_ASIAN, "fonts-noto-cjk")
OTHERS = "fonts-noto-core"
PLACEHOLDERS = "Last Resort"  # Matplotlib's own: has a box for every letter there is


def find_fonts(names: Iterable[str]) -> list[str]:
    """Have Matplotlib draw all letters of class names; say once which no installed font has.

    Args:
        names: that will be drawn.

    Returns:
        The fonts to draw them with, Matplotlib's `font.family` from now on: axes that were made
        before have another one.
    """
    from matplotlib import rcParams

    letters = {letter for name in names for letter in name if not letter.isascii()} - _asked
    if letters:
        _asked.update(letters)
        _add_fonts(letters)
    return list(rcParams["font.family"])


def _add_fonts(letters: set[str]) -> None:
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties, findfont, get_font

    first = get_font(findfont(FontProperties()))
    lacking = {c for c in letters if c.isprintable() and ord(c) not in first.get_charmap()}
    families = fallbacks(lacking)
    known = rcParams["font.family"]
    rcParams["font.family"] = [*known, *(f for f in families if f not in known)]
    missing = lacking.difference(*families.values())
    if missing:
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        packages = sorted({_package(letter) for letter in missing})
        log.warning(
            "letters of class names (%d: %s) are in no installed font: PNGs and TensorBoard show "
            "them as boxes, report.html as they are. Debian and Ubuntu have them in %s",
            len(missing),
            ", ".join(sorted(missing)[:3]) + (", …" if len(missing) > 3 else ""),
            " and ".join(packages),
        )


def fallbacks(letters: set[str]) -> dict[str, set[str]]:
    """Installed fonts that have letters between them, by name: those that have most of them first.

    Args:
        letters: to be drawn.

    Returns:
        Name of a font to what it adds to those before; of letters that no font has nothing.
    """
    if not letters:
        return {}
    has = {family: found for family, found in _having(letters).items() if found}
    chosen: dict[str, set[str]] = {}
    left = set(letters)
    while left and has:
        best = max(sorted(has), key=lambda family: len(has[family] & left))
        if not has[best] & left:
            break
        chosen[best] = has.pop(best) & left
        left -= chosen[best]
    return chosen


def _having(letters: set[str]) -> dict[str, set[str]]:
    """Every installed font, upright and of normal weight, with those of the letters that it has."""
    from matplotlib.font_manager import findSystemFonts, fontManager, get_font

    known = {entry.fname for entry in fontManager.ttflist}
    for file in sorted({*findSystemFonts()} - known):  # installed since Matplotlib's list was made
        with suppress(OSError, RuntimeError):
            fontManager.addfont(file)
    found: dict[str, set[str]] = {}
    for entry in fontManager.ttflist:
        upright = entry.style == "normal" and entry.weight in (400, "normal", "regular")
        if upright and not entry.name.startswith(PLACEHOLDERS):
            try:
                charmap = get_font(entry.fname).get_charmap()
            except (OSError, RuntimeError):  # removed since, or bitmaps only
                continue
            found[entry.name] = {letter for letter in letters if ord(letter) in charmap}
    return found


def _package(letter: str) -> str:
    return PACKAGES.get(unicodedata.name(letter, "").partition(" ")[0], OTHERS)
