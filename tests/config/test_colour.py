import pytest

from ltlight.config.colour import is_colour, rgb


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("white", (255, 255, 255)),
        ("#0a0B0c", (10, 11, 12)),
        ("1,2,255", (1, 2, 255)),
        ("1, 2, 3", (1, 2, 3)),
        ("rgb(4,5,6)", (4, 5, 6)),
    ],
)
def test_names_numbers_and_hexadecimals(text, expected):
    assert rgb(text) == expected


@pytest.mark.parametrize(
    "text", ["", "whitish", "1,2", "1,2,256", "1,2,-3", "#0a0b0c80", "1,2,3,4"]
)
def test_other_text_is_no_colour(text):
    assert not is_colour(text)
