import math

import pytest

from infodiff_widgets.numbers import between, number, with_error
from infodiff_widgets.scenes import evaluate


def test_three_significant_digits_and_hardly_ever_an_exponent():
    values = [1234.5, 123.4, 12.34, 4.1, 0.99951, 0.01234, 0.0000123, -2, 0.0, -0.0]
    assert [number(value) for value in values] == (
        ["1234", "123", "12.3", "4.10", "1.00", "0.0123", "0.0000123", "-2.00", "0", "0"]
    )
    assert [number(math.nan), number(math.inf), number(2.345e-9), number(0.0996, 1)] == (
        ["?", "inf", "2e-09", "0.1"]
    )


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (1.0243, 0.0789, "1.02 ± 0.079"),
        (4.1, 0.32, "4.10 ± 0.32"),
        (0.1602, 0.162, "0.16 ± 0.16"),
        (23.44, 12.1, "23 ± 12"),
        (123.4, 0.23, "123.4 ± 0.23"),
        (2.0, 0.0004, "2.0000 ± 0.00040"),
        (2.0, 3e-9, "2.00 ± 3e-09"),
        (-0.00002, 0.5, "0.00 ± 0.50"),
        (0.0, 0.5, "0.0 ± 0.50"),
        (2.2, math.nan, "2.20 ± ?"),
        (2.2, 0.0, "2.20 ± 0"),
        (math.nan, 0.1, "? ± 0.10"),
        (1234.5, 230.4, "1234 ± 230"),
    ],
)
def test_an_error_never_rounds_to_zero_and_a_number_ends_within_its_error(value, error, said):
    assert with_error(value, error) == said


def test_errors_in_columns_have_as_many_places_as_it_takes():
    assert [evaluate._error(error, 2) for error in (1.234, 0.0149, 0.0031, 0.0, math.nan)] == (
        ["1.23", "0.01", "0.003", "0.00", "nan"]
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.8134, 1.296, "0.81 to 1.30"),
        (4.2351, 4.2713, "4.235 to 4.271"),
        (0.054, 4983.1, "0.054 to 4983"),
        (-0.3, 0.2, "-0.30 to 0.20"),
        (0.0, 0.0, "0 to 0"),
        (0.0, 12.0, "0 to 12"),
        (math.nan, math.nan, "? to ?"),
        (-math.inf, 3.2, "-inf to 3.2"),
        (1e-9, 1.0, "1e-09 to 1.0"),
    ],
)
def test_bounds_have_the_digits_that_their_width_takes(low, high, said):
    assert between(low, high) == said
