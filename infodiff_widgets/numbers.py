"""How numbers are written for readers, as js/src/numbers.js writes them: tests/numbers.json is for both."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["NATS_PER_BIT", "alone", "between", "log_snrs", "number", "with_error"]

NATS_PER_BIT = math.log(2)
SMALLEST = -6
"""The power of ten below which an exponent takes the place of zeros, or that it is nearer to 0."""


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, so that only 0 is written as "0".

    Examples
    --------
    >>> [number(value) for value in (1234.5, 4.1, 0.00041, 0.0, float("nan"))]
    ['1234', '4.10', '0.000410', '0', '?']
    """
    if math.isnan(value):
        return "?"
    if value == 0 or math.isinf(value):
        return f"{abs(value) if value == 0 else value:.0f}"
    return f"{value:.{_places(value, digits)}f}" if _power(value, digits) >= SMALLEST else f"{value:.0e}"


def alone(value: float) -> str:
    """Write a number that is only read, not used: without an exponent.

    Examples
    --------
    >>> [alone(value) for value in (0.1602, 3e-9, -3e-9)]
    ['0.160', '<0.000001', '>-0.000001']
    """
    return _near_zero(value) if _is_tiny(value, 3) else number(value)


def with_error(value: float, error: float) -> str:
    """Write a number with its standard error, which has two significant digits whatever its size.

    The number itself has three, but ends between the first and the second digit of its error.

    Examples
    --------
    >>> with_error(1.0243, 0.0789)
    '1.02 ± 0.079'
    >>> with_error(123.4, 0.0003)
    '123.4000 ± 0.00030'
    >>> with_error(0.1602, 0.162)
    '0.16 ± 0.16'
    """
    said, tiny = alone(value), _is_tiny(error, 2)
    if math.isfinite(value) and math.isfinite(error) and error and not tiny:
        least, most = _places(error, 1), _places(error, 2)
        places = min(max(_places(value, 3), least), most) if value else least
        said = f"{round(value, places) + 0.0:.{places}f}"
    elif math.isfinite(value) and value and not _is_tiny(value, 3):
        places = min(_places(value, 3), 1 - SMALLEST)  # as many as stand in a column of the explorer
        said = f"{value:.{places}f}"
    return f"{said} ± {_near_zero(error) if tiny else number(error, 2)}"


def between(low: float, high: float) -> str:
    """Write the bounds of an interval, with two significant digits of each and of its width.

    Examples
    --------
    >>> between(0.8134, 1.296), between(4.2351, 4.2713), between(0.054, 4983.1)
    ('0.81 to 1.30', '4.235 to 4.271', '0.054 to 4983')
    """
    width = high - low
    least = _places(width, 2) if math.isfinite(width) and width and _power(width, 2) >= SMALLEST else 0
    said = (
        f"{bound:.{max(least, _places(bound, 2))}f}"
        if bound and math.isfinite(bound) and _power(bound, 2) >= SMALLEST
        else number(bound, 2)
        for bound in (low, high)
    )
    return " to ".join(said)


def log_snrs(ends: Iterable[float]) -> str:
    """Write the ends of a range of noise levels.

    Examples
    --------
    >>> log_snrs((-5.364, 1.0))
    '−5.4 to 1.0'
    >>> log_snrs((0.5, 0.502))
    '0.500 to 0.502'
    """
    levels = list(ends)
    # As many places as tell them apart.
    written = ([f"{level:.{places}f}" for level in levels] for places in range(1, 6))
    said = next(
        (texts for texts in written if len(set(texts)) == len(set(levels))), [str(level) for level in levels]
    )
    return " to ".join(said).replace("-", "−")


def _is_tiny(value: float, digits: int) -> bool:
    return value != 0 and math.isfinite(value) and _power(value, digits) < SMALLEST


def _near_zero(value: float) -> str:
    return f"{'>-' if value < 0 else '<'}{10**SMALLEST:.{-SMALLEST}f}"


def _power(value: float, digits: int) -> int:
    """Return the power of ten of the first digit, once rounded to so many."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])


def _places(value: float, digits: int) -> int:
    return max(0, digits - 1 - _power(value, digits))
