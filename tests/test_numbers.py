import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from infodiff_widgets import colour, numbers, rough, sheet
from infodiff_widgets.errors import PromptError
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.numbers import between, number, with_error
from infodiff_widgets.scenes import evaluate

JS = Path(__file__).parents[1] / "js" / "src"


BOTH: dict[str, list[Any]] = json.loads((Path(__file__).parent / "numbers.json").read_text())


def known(value: float | None) -> float:
    return math.nan if value is None else value


@pytest.mark.parametrize(("value", "said"), BOTH["number"])
def test_three_significant_digits_and_hardly_ever_an_exponent(value: float | None, said: str):
    assert number(known(value)) == said


def test_halves_go_to_the_even_digit_and_fewer_digits_are_written_where_asked():
    assert [number(1234.5), number(math.inf), number(0.0996, 1)] == ["1234", "inf", "0.1"]


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        *BOTH["with_error"],
        (None, 0.1, "? ± 0.10"),
        (1234.5, 230.4, "1234 ± 230"),
    ],
)
def test_an_error_never_rounds_to_zero_and_a_number_ends_within_its_error(
    value: float | None, error: float | None, said: str
):
    assert with_error(known(value), known(error)) == said


def test_what_is_nearer_to_0_than_there_are_digits_is_said_to_be():
    assert [numbers.alone(value) for value in (9.4e-7, -3e-12, 1e-6, 0, math.nan)] == (
        ["<0.000001", ">-0.000001", "0.00000100", "0", "?"]
    )


def test_errors_in_columns_have_as_many_places_as_it_takes():
    assert [evaluate._error(error, 2) for error in (1.234, 0.0149, 0.0031, 0.0, math.nan)] == (
        ["1.23", "0.01", "0.003", "0.00", "nan"]
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        *BOTH["between"],
        (-math.inf, 3.2, "-inf to 3.2"),
    ],
)
def test_bounds_have_the_digits_that_their_width_takes(low: float | None, high: float | None, said: str):
    assert between(known(low), known(high)) == said


@pytest.mark.parametrize(
    ("module", "name", "ours"),
    [
        ("numbers", "SMALLEST", numbers.SMALLEST),
        ("derive", "NAMED", rough.NAMED),
        ("paint", "SEEN", sheet.SEEN),
        ("maps", "ERRORS", sheet.ERRORS),
        ("maps", "TOP_QUANTILE", colour.TOP_QUANTILE),
        ("scene", "LEVELS", sheet.LEVELS),
        ("scene", "AROUND", sheet.AROUND),
        ("pins", "PALETTE", colour.PINS),
    ],
)
def test_constants_that_both_sides_have_are_the_same(module: str, name: str, ours: Any):
    assert constant(module, name) == (list(ours) if isinstance(ours, tuple) else ours)


def test_long_texts_are_shortened_to_as_many_letters_on_both_sides():
    with pytest.raises(PromptError) as refused:
        resolve_words("." * 100)
    said = re.search(r"'(\.+…)'", str(refused.value))
    assert said
    assert len(said[1]) == constant("edits", "LONGEST")


def constant(module: str, name: str) -> Any:
    """Read a constant of the front end."""
    text = (JS / f"{module}.js").read_text()
    found = re.search(rf"^(?:export )?const {name} = (?:/\*\*.*?\*/ )?\(?([^;]*?)\)?;$", text, re.MULTILINE)
    assert found, f"{module}.js has no {name}"
    return json.loads(found[1])
