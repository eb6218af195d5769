from __future__ import annotations

import pytest

from infodiff_widgets.errors import WordError
from infodiff_widgets.listing import listed
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.rough import errors_said


def test_a_comma_within_a_name_divides_nothing() -> None:
    assert listed([]) == ""
    assert listed(["red, round"]) == "red, round"
    assert listed(["sand", "red, round"]) == "sand and red, round"
    assert listed(iter(["red, round", "sand", "ice"]), "or") == "red, round, sand or ice"


def test_totals_of_phrases_with_commas_are_told_apart() -> None:
    shown = [(name, True) for name in ("“red, round”", "“sand”", "“a”")]
    assert (
        errors_said(shown, ["“red, round”"]) == "± standard error, rough for “red, round” after so few draws"
    )
    assert errors_said(shown, ["“sand”", "“red, round”"]).endswith(
        "for “sand” and “red, round” after so few draws"
    )


def test_places_of_a_word_that_is_there_often() -> None:
    with pytest.raises(WordError) as caught:
        resolve_words("a cat, a dog, a fox", ["a"])
    assert str(caught.value) == (
        "'a' is there 3 times: say which, 'a (0)', 'a (2)' or 'a (4)', "
        "or by place, (0, 1), (7, 8) or (14, 15)."
    )
