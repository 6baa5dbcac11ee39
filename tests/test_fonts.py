import warnings

import numpy as np
import pytest

from ltlight import fonts
from ltlight.callbacks.tensorboard import confusion_matrix
from ltlight.report.drawing.mpl_axes import label_looks


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(fonts, "_said", set())
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


def test_letters_that_the_font_lacks_are_said_once(caplog):
    names = ["猫", "犬", "cat"]
    for _ in range(2):
        fonts.say_missing_letters(names)
    [record] = caplog.records
    assert "2 letters of class names (犬, …) are not in Matplotlib's font" in record.getMessage()


def test_letters_that_it_has_are_not(caplog):
    fonts.say_missing_letters(["Käfer", "кошка", "γάτα", "$\\frac{$"])
    assert not caplog.records


def test_drawing_them_warns_no_more(caplog):
    label_looks(["猫"])
    with warnings.catch_warnings(record=True) as found:
        confusion_matrix(np.eye(2, dtype=int), ("猫", "b")).canvas.draw()
    assert not found
    assert len(caplog.records) == 1


def test_names_that_no_one_could_read_are_not_drawn():
    figure = confusion_matrix(np.eye(300, dtype=int), tuple(f"class {i}" for i in range(300)))
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert not any("class" in label for label in labels)
