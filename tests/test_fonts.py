"""Class names in any script: a font that has the letters, or one line that none has."""

import warnings

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ltlight import fonts
from ltlight.callbacks.tensorboard import confusion_matrix
from ltlight.fonts import fallbacks, find_fonts
from ltlight.report.drawing.mpl_axes import label_looks


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """The fonts that are: Matplotlib's own, whatever this machine has; files to be found beside."""
    own = [f for f in font_manager.fontManager.ttflist if f.fname.startswith(mpl.get_data_path())]
    beside: list[str] = []
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: beside)
    monkeypatch.setattr(fonts, "_asked", set())
    with warnings.catch_warnings(), mpl.rc_context():
        warnings.simplefilter("default")
        yield beside


def font_of(letters: str, name: str, folder) -> str:
    """A font file whose letters are all the same black square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    glyphs = [".notdef", *(f"letter{i}" for i in range(len(letters)))]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap({ord(c): g for c, g in zip(letters, glyphs[1:], strict=True)})
    font.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (800, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": name, "styleName": "Regular"})
    font.setupOS2(usWeightClass=400)
    font.setupPost()
    font.save(folder / f"{name}.ttf")
    return str(folder / f"{name}.ttf")


def test_letters_that_no_font_has_are_said_once(caplog):
    names = ["猫", "犬", "cat", "हि"]
    for _ in range(2):
        find_fonts(names)
    [record] = caplog.records
    said = record.getMessage()
    assert said.startswith("letters of class names (4: ह, ि, 犬, …) are in no installed font")
    assert said.endswith("fonts-noto-cjk and fonts-noto-core")


def test_letters_that_matplotlibs_own_font_has_are_not(caplog):
    find_fonts(["Käfer", "кошка", "γάτα", "$\\frac{$"])
    assert not caplog.records
    assert mpl.rcParams["font.family"] == ["sans-serif"]


def test_a_font_that_was_installed_is_found_and_drawn_with(installed, tmp_path, caplog):
    installed.append(font_of("猫犬", "Cats and Dogs", tmp_path))
    find_fonts(["猫", "犬"])
    assert not caplog.records
    assert mpl.rcParams["font.family"] == ["sans-serif", "Cats and Dogs"]
    figure = Figure(figsize=(1, 1), dpi=50)
    figure.text(0.1, 0.1, "猫", fontsize=30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a glyph that is missing
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., 0]
    assert (drawn < 50).mean() > 0.05  # the square


def test_axes_that_were_made_before_are_labelled_with_it_too(installed, tmp_path):
    installed.append(font_of("猫犬", "Cats and Dogs", tmp_path))
    figure = Figure()
    axes = figure.subplots()
    axes.set_xticks([0, 1], ["猫", "犬"], **label_looks(["猫", "犬"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FigureCanvasAgg(figure).draw()


def test_the_confusion_matrix_of_tensorboard_is_labelled_with_it(installed, tmp_path):
    installed.append(font_of("猫犬", "Cats and Dogs", tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FigureCanvasAgg(confusion_matrix(np.eye(2, dtype=int), ("猫", "犬"))).draw()


def test_fonts_are_taken_until_all_letters_are_had_and_no_more(installed, tmp_path, caplog):
    for letters, name in (("猫犬", "Two"), ("猫犬鳥", "Three"), ("魚", "One"), ("ab", "None")):
        installed.append(font_of(letters, name, tmp_path))
    assert fallbacks({*"猫犬鳥魚牛"}) == {"Three": {*"猫犬鳥"}, "One": {"魚"}}
    find_fonts(["猫犬鳥", "魚牛"])
    assert "letters of class names (1: 牛) are in no installed font" in caplog.text


def test_a_file_that_is_no_font_is_passed_over(installed, tmp_path):
    (tmp_path / "broken.ttf").write_text("no font")
    installed.append(str(tmp_path / "broken.ttf"))
    assert fallbacks({"猫"}) == {}


def test_drawing_what_is_missing_warns_no_more(caplog):
    label_looks(["猫"])
    with warnings.catch_warnings(record=True) as found:
        confusion_matrix(np.eye(2, dtype=int), ("猫", "b")).canvas.draw()
    assert not found
    assert len(caplog.records) == 1


def test_names_that_no_one_could_read_are_not_drawn():
    figure = confusion_matrix(np.eye(300, dtype=int), tuple(f"class {i}" for i in range(300)))
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert not any("class" in label for label in labels)
