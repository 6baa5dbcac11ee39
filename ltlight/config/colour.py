"""Colours as the configuration writes them."""

from functools import cache


@cache
def rgb(text: str) -> tuple[int, int, int]:
    """Red, green and blue, 0…255, of ``R,G,B``, a name (``white``) or what else Pillow reads.

    Raises:
        ValueError: for what is no opaque colour.
    """
    # Not at the top: the schema is imported for --help, too.
    from PIL import ImageColor

    parts = text.replace(" ", "").split(",")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        red, green, blue = (int(part) for part in parts)
        if max(red, green, blue) > 255:
            raise ValueError(f"{text} has a channel above 255")
        return red, green, blue
    found = ImageColor.getrgb(text)
    if len(found) != 3:
        raise ValueError(f"{text} is not opaque")
    return found


def is_colour(text: str) -> bool:
    """Whether `rgb` reads it."""
    try:
        rgb(text)
    except ValueError:
        return False
    return True
