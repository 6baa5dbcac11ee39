"""How many digits a number is printed with: as many as its spread leaves meaningful."""

import math

MOST = 3  # decimals


def decimals(spread: float, least: int = 0) -> int:
    """Digits after the point at which a number of this spread (an error, a deviation) is printed.

    One digit of the spread, two where that is a 1: 2.9 gives 0, 1.2 gives 1, 0.35 gives 1.
    A spread that is 0 or unknown (nan) says nothing: one decimal.

    Args:
        spread: in the number's unit, 0 or more.
        least: decimals at least.
    """
    if not spread > 0 or not math.isfinite(spread):
        return max(1, least)
    power = math.floor(math.log10(spread))
    leading_one = spread < 2 * 10**power
    return min(MOST, max(least, -power + leading_one))
