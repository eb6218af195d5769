"""Swaps of a word for another, and what two words say together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import PICTURE, PROMPT, Mixture, long_run
from test_estimator import run

from infodiff_widgets import Result, estimate, open_result
from infodiff_widgets.dataset import FORMS
from infodiff_widgets.errors import ArgumentError, PromptError, WordError
from infodiff_widgets.interactions import PAIR_ARRAYS, split_pair
from infodiff_widgets.numbers import between, with_error


@pytest.fixture(scope="module")
def result() -> Result:
    swaps = {"red": "blue", (6, 12): "square"}
    return run(Mixture(), swaps=swaps, pairs=[("red", "circle"), ("sand", "red")], words=["red"])


def test_swaps_within_their_errors(result: Result) -> None:
    model = Mixture()
    assert {word.text: text for word, text in result.swaps.items()} == {"red": "blue", "circle": "square"}
    for word, text in result.swaps.items():
        truth, _ = long_run(model, PROMPT.replace(word.text, text), PROMPT, model.schedule.quadrature())
        for form, exact in zip(FORMS, truth, strict=True):
            total = result.total(word, "swap", form)
            assert abs(total.value - exact.sum()) < 4 * total.standard_error
            values, errors = result.map(word, "swap", form), result.map_error(word, "swap", form)
            assert float(values.sum()) == pytest.approx(total.value, rel=1e-4, abs=1e-5)
            assert ((values - exact) ** 2).sum() < 3 * (errors**2).sum()
    assert result.total("red", "swap").value > result.total("red").value  # blue says what is not so
    table = result.to_dataframe()
    assert list(table[table.quantity == "swap"].word) == ["red", "circle"] * 2


def test_swaps_are_told_with_the_result(result: Result) -> None:
    total = result.total("red", "swap")
    said = f"{with_error(total.value, total.standard_error)}  {between(*total.interval())}"
    assert any(line.split() == f"red → blue {said}".split() for line in repr(result).splitlines())


def test_bands_of_swaps_and_pairs_add_up(result: Result) -> None:
    low, *_, high = result.band_edges
    for word in result.swaps:
        parts = [result.band_map(word, band, "swap") for band in range(6)]
        np.testing.assert_allclose(sum(parts), result.map(word, "swap"), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        result.band_map("circle", (low, high), "swap", "standard"),
        result.map("circle", "swap", "standard"),
        rtol=1e-4,
        atol=1e-5,
    )
    whole = result.interaction("red", "circle")
    for part in ("first", "second", "both"):
        parts = [result.interaction("red", "circle", band=band)[part] for band in range(6)]
        np.testing.assert_allclose(sum(parts), whole[part], rtol=1e-5, atol=1e-6)
    turned = result.interaction("circle", "red", band=2)
    assert np.array_equal(turned["first"], result.interaction("red", "circle", band=2)["second"])
    assert np.isnan(turned["both_error"]).all()
    for name, call in {
        "swap": lambda older: older.band_map("red", 0, "swap"),
        "pair": lambda older: older.interaction("red", "circle", band=0),
    }.items():
        with pytest.raises(ValueError, match=f"no bands of {name}s"):
            call(Result(result.data.drop_vars(f"{name}_band_maps")))


def test_swapping_a_word_for_itself_changes_nothing() -> None:
    same = run(Mixture(), swaps={"red": "red"}, draws=4)
    assert not same.map("red", "swap").any()
    assert "swaps: 'red' takes its own place, which changes nothing: its map is 0." in same.warnings
    marked = run(Mixture(), draws=2, placeholder="red")
    assert "placeholder='red' leaves 'red' in its place: its CMI is 0." in marked.warnings


def test_a_number_names_a_word_of_the_result_and_not_of_its_pairs() -> None:
    result = run(Mixture(), pairs=[(1, 2), (2, 4)], draws=8)
    texts = [word.text for word in result.words]
    for first, second in ((1, 2), (2, 1), (2, 4)):
        assert result.interaction(first, second).identical(result.interaction(texts[first], texts[second]))
    with pytest.raises(ArgumentError, match=r"\(1, 4\) is not among the pairs"):
        result.interaction(1, 4)
    assert result.interaction_totals(1, 2) == result.interaction_totals(texts[1], texts[2])
    one, other = np.int64(1), np.int64(2)
    assert result.interaction(one, other).identical(result.interaction(1, 2))  # pyright: ignore[reportArgumentType]
    with pytest.raises(WordError, match="True names no word"):
        result.interaction(True, 2)


def test_a_table_says_what_took_a_word_s_place(result: Result) -> None:
    table = result.to_dataframe()
    assert table[table.quantity != "swap"].replacement.isna().all()
    swaps = table[table.quantity == "swap"]
    assert (
        list(zip(swaps.word, swaps.replacement, strict=True)) == [("red", "blue"), ("circle", "square")] * 2
    )


@pytest.mark.parametrize("form", FORMS)
def test_identities(result: Result, form: str) -> None:
    for pair in (("red", "circle"), ("circle", "red"), ("sand", "red")):
        parts = result.interaction(*pair, form=form)
        r, u1, u2, s = (parts[n] for n in ("redundancy", "unique_first", "unique_second", "synergy"))
        np.testing.assert_allclose(r + u1, parts["first"], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(r + u2, parts["second"], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(r + u1 + u2 + s, parts["both"], rtol=1e-12, atol=1e-15)
        assert (u1 >= 0).all()
        assert (u2 >= 0).all()
        totals = result.interaction_totals(*pair, form=form)
        for name, total in totals.items():
            assert float(parts[name].sum()) == pytest.approx(total.value, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_parts_are_the_information_given_the_rest(result: Result, form: str) -> None:
    """On the same noise: each word in the prompt without the other, and both as a phrase."""
    parts = result.interaction("red", "circle", form)
    alone = {
        "first": run(Mixture(), "a red on sand", words=["red"], quantities="cmi"),
        "second": run(Mixture(), "a circle on sand", words=["circle"], quantities="cmi"),
        "both": run(Mixture(), words=["red circle"], quantities="cmi"),
    }
    for name, other in alone.items():
        np.testing.assert_allclose(parts[name], other.map(0, form=form), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(
            parts[f"{name}_error"], other.map_error(0, form=form), rtol=1e-3, atol=1e-6
        )
    turned = result.interaction("circle", "red", form)
    assert turned["first"].equals(parts["second"])
    assert turned["unique_second"].equals(parts["unique_first"])
    assert turned["synergy"].equals(parts["synergy"])


def test_a_pair_is_split_by_the_word_that_is_said_to_say_less(result: Result) -> None:
    found = result.interaction("red", "circle")
    first, second, both = (found[part] for part in PAIR_ARRAYS)
    for name, values in split_pair(first, second, both).items():
        assert values.equals(found[name]), name
    less = np.zeros(first.shape, bool)
    turned = split_pair(first.values, second.values, both.values, less)
    np.testing.assert_array_equal(turned["redundancy"], second)
    np.testing.assert_array_equal(turned["unique_first"], first - second)
    assert not turned["unique_second"].any()
    np.testing.assert_array_equal(turned["synergy"], both - first)
    in_bands = split_pair(*(np.stack([each.values] * 2) for each in (first, second, both)), less)
    assert all((in_bands[name] == turned[name]).all() for name in turned)


def test_words_that_say_the_same_are_redundant() -> None:
    result = run(Mixture(), "red red circle", pairs=[((0, 3), (4, 7))], draws=8)
    parts = result.interaction(0, 1)
    assert float(parts["redundancy"].sum()) > 0.1
    np.testing.assert_allclose(parts["redundancy"], parts["both"], rtol=1e-6)
    for name in ("unique_first", "unique_second", "synergy"):
        np.testing.assert_allclose(parts[name], 0, atol=1e-6)


def test_files_hold_them(tmp_path: Path, result: Result) -> None:
    opened = open_result(result.save(tmp_path / "result.nc"))
    assert opened.data.identical(result.data)
    assert (opened.swaps, opened.pairs) == (result.swaps, result.pairs)
    assert [[word.text for word in pair] for pair in opened.pairs] == [["red", "circle"], ["sand", "red"]]


def test_tables_of_a_file_are_the_same_to_the_bit(tmp_path: Path, result: Result) -> None:
    result.save(tmp_path / "result.nc")
    opened = open_result(tmp_path / "result.nc")
    assert opened.to_dataframe().equals(result.to_dataframe())
    assert opened.interaction_totals("red", "circle") == result.interaction_totals("red", "circle")


def test_what_is_not_there(result: Result) -> None:
    with pytest.raises(
        ValueError, match=r"\('circle', 'sand'\) is not among the pairs: \('red', 'circle'\), "
    ):
        result.interaction("circle", "sand")
    with pytest.raises(WordError, match="'a' is not among the words"):
        result.interaction("a", "sand")
    with pytest.raises(WordError, match="'sand' names no swap, of which there are: 'red → blue', '"):
        result.map("sand", "swap")
    assert result.map("red → blue", "swap").identical(result.map("red", "swap"))
    plain = run(Mixture(), draws=2)
    with pytest.raises(ValueError, match="no pairs of words: estimate with pairs="):
        plain.interaction("red", "circle")
    with pytest.raises(ValueError, match="quantity='swap' is not in this result, which has cmi, mi"):
        plain.map("red", "swap")


CASES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"swaps": {"zebra": "blue"}}, WordError, "'zebra' is no word or phrase of the prompt"),
    ({"swaps": {"red": " "}}, WordError, "'red' is given nothing in its place"),
    ({"swaps": {"red": 3}}, PromptError, "The replacement is an int"),
    ({"swaps": ["red", "blue"]}, ValueError, "give each word with what takes its place"),
    ({"pairs": ["ab"]}, ValueError, "'ab' is no pair of words"),
    ({"pairs": [("red",)]}, ValueError, "is no pair of words"),
    ({"pairs": [("red", "red")]}, WordError, "given twice"),
    ({"pairs": [("red", "circle"), ("circle", "red")]}, WordError, "is given twice: name it once"),
    ({"pairs": [("red circle", "red")]}, WordError, "overlap: interactions need words that lie apart"),
]


@pytest.mark.parametrize(("change", "kind", "message"), CASES)
def test_bad_input(change: dict[str, Any], kind: type[Exception], message: str) -> None:
    model = Mixture()
    with pytest.raises(kind, match=message):
        run(model, **change)
    assert not model.calls


def test_the_calls_that_a_result_names_give_the_pair_that_they_name() -> None:
    prompt = "a red heart on a red sun"
    pairs = [("heart", (17, 20)), ("heart", (2, 5))]
    options = {"draws": 8, "density": "uniform", "quantities": "cmi", "progress": False}
    result = estimate(Mixture(), PICTURE, prompt, pairs=pairs, **options)
    (also,) = (line for line in repr(result).splitlines() if "Also here" in line)
    assert "interaction('heart', 'red (5)'); interaction('heart', 'red (1)')" in also
    for pair in pairs:
        named = result.interaction_totals(*pair)["both"]
        at = [index for index, words in enumerate(result.pairs) if words[1].span == pair[1]]
        assert named == result.interaction_totals(*result.pairs[at[0]])["both"]
    for name, pair in zip(("red (5)", "red (1)"), pairs, strict=True):
        assert result.interaction("heart", name).identical(result.interaction(*pair))
