"""Letters that Matplotlib's font lacks, said once instead of drawn as boxes in silence."""

import logging
import warnings
from collections.abc import Iterable

log = logging.getLogger(__name__)
_said: set[str] = set()


def say_missing_letters(names: Iterable[str]) -> None:
    """Say once which letters of class names are drawn as boxes; Matplotlib says it of each.

    Args:
        names: that will be drawn.
    """
    letters = {letter for name in names for letter in name if not letter.isascii()}
    if not letters - _said:
        return
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    missing = {c for c in letters if c.isprintable() and ord(c) not in font.get_charmap()}
    if missing - _said:
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        log.warning(
            "%d letters of class names (%s, …) are not in Matplotlib's font, %s: PNGs and "
            "TensorBoard show them as boxes, report.html as they are",
            len(missing),
            min(missing),
            font.family_name,
        )
    _said.update(letters)
