from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from infodiff_widgets.errors import PromptError, WordError
from infodiff_widgets.naming import find_word, names_of, resolve_words
from infodiff_widgets.words import Word, check_prompt, occurrences, split_words, without


def texts(prompt: str) -> list[str]:
    return [word.text for word in split_words(prompt)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red circle, left of a blue square.", ["a", "red", "circle", "left", "of", "a", "blue", "square"]),
        ("the dog's t-shirt (rock’n’roll)", ["the", "dog's", "t-shirt", "rock’n’roll"]),
        ("'quoted' -- and -dashed-", ["quoted", "and", "dashed"]),
        ("3.5 m, 10,000 cars; f/2.8", ["3.5", "m", "10,000", "cars", "f", "2.8"]),
        ("cafe\u0301 naïve नमस्ते", ["cafe\u0301", "naïve", "नमस्ते"]),
        ("כלב אדום", ["כלב", "אדום"]),
        ("一只红猫 and 猫", ["一", "只", "红", "猫", "and", "猫"]),
        ("a 🐱 with _ and !?", ["a", "with", "and"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("", []),
    ],
)
def test_words_are_words(prompt: str, expected: list[str]) -> None:
    assert texts(prompt) == expected


def test_repeated_words_stay_apart() -> None:
    first, second = (word for word in split_words("a red cat and a red dog") if word.text == "red")
    assert (first.span, second.span) == ((2, 5), (16, 19))
    assert without("a red cat and a red dog", second) == "a red cat and a dog"


@pytest.mark.parametrize(
    ("prompt", "word", "context"),
    [
        ("a red ball", "red", "a ball"),
        ("red ball", "red", "ball"),
        ("a ball", "ball", "a"),
        ("ball", "ball", ""),
        ("a red, round ball", "red", "a, round ball"),
        ("a ball, red", "red", "a ball,"),
        ("a (red) ball", "red", "a () ball"),
        ("x一y", "一", "x y"),
        ("a\tred  ball", "red", "a\t ball"),
    ],
)
def test_deleting_mends_the_spaces(prompt: str, word: str, context: str) -> None:
    assert without(prompt, resolve_words(prompt, [word])[0]) == context


def test_placeholder_stands_in() -> None:
    assert without("a red ball", Word("red", 2, 5), "_") == "a _ ball"
    assert without("a red ball", Word("red", 2, 5), "") == "a  ball"


def test_part_of_a_word_is_not_a_word() -> None:
    with pytest.raises(WordError, match=r"'bed' is no word or phrase of the prompt\. It has: 'a', 'bedroom'"):
        resolve_words("a bedroom", ["bed"])
    # Chosen by position it may be cut: the user asked for it.
    assert resolve_words("a bedroom", [(2, 5)]) == (Word("bed", 2, 5),)


def test_phrases_and_spans() -> None:
    prompt = "a red circle left of a blue square"
    phrase, span = resolve_words(prompt, ["left of", (23, 27)])
    assert (phrase.text, phrase.span) == ("left of", (13, 20))
    assert span.text == "blue"
    assert without(prompt, phrase) == "a red circle a blue square"


def test_every_integer_is_a_number_and_a_bool_is_none() -> None:
    prompt = "a red cat"
    numbers = (np.int64(1), np.uint8(1), np.array(1))
    for number in numbers:
        assert resolve_words(prompt, [number]) == resolve_words(prompt, [1])  # pyright: ignore[reportArgumentType]
    assert resolve_words(prompt, [np.int64(-1)]) == (Word("cat", 6, 9),)  # pyright: ignore[reportArgumentType]
    span: object = np.array([2, 5])
    assert resolve_words(prompt, [span]) == (Word("red", 2, 5),)  # pyright: ignore[reportArgumentType]
    with pytest.raises(WordError, match="There is no word 3: the 3 words have numbers 0 to 2"):
        resolve_words(prompt, [np.int64(3)])  # pyright: ignore[reportArgumentType]
    for truth in (True, np.True_):
        with pytest.raises(WordError, match="True"):
            resolve_words(prompt, [truth])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["a"],
            r"'a' is there 2 times: say which, 'a \(0\)' or 'a \(4\)', or by place, \(0, 1\) or \(13, 14\)",
        ),
        (["zebra"], "'zebra' is no word"),
        ([""], "'' is no word"),
        ([(3, 3)], r"span \(3, 3\) holds no text"),
        ([(1, 2)], "holds no text"),
        ([(0, 99)], "holds no text"),
        ([7.5], "7.5 is no text, no number of a word and no pair"),
        ([99], "There is no word 99: the"),
        ([Word("cat", 0, 3)], "does not belong to the prompt"),
        (["red", (2, 5)], "given twice"),
        ([], "words is empty"),
        ("red", r"pass a list, words=\['red'\]"),
    ],
)
def test_unknown_words_say_what_to_do(words: object, message: str) -> None:
    with pytest.raises(WordError, match=message):
        resolve_words("a red cat on a mat", words)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        (None, "is None"),
        (["a cat"], "is a list"),
        ("a \0 cat", r"'\\x00', which is no text"),
        ("a \ud800 cat", "which is no text"),
    ],
)
def test_unusable_prompts(prompt: object, message: str) -> None:
    with pytest.raises(PromptError, match=message):
        check_prompt(prompt)


def test_what_is_no_text_has_no_words() -> None:
    with pytest.raises(PromptError, match="The prompt is None; give one text"):
        split_words(None)  # pyright: ignore[reportArgumentType]


def test_prompt_without_words() -> None:
    with pytest.raises(PromptError, match="has no words, only punctuation"):
        resolve_words("... !!! 🐱")
    assert resolve_words("... 🐱", [(4, 5)])[0].text == "🐱"


PROMPT = "a red cat and a dog"


def test_find_word() -> None:
    words = split_words(PROMPT)
    assert (
        find_word(PROMPT, words, "red")
        == find_word(PROMPT, words, 1)
        == find_word(PROMPT, words, (2, 5))
        == find_word(PROMPT, words, words[1])
        == 1
    )
    assert find_word(PROMPT, words, -1) == 5
    for key, message in [
        ("a", r"there 2 times: say which, 'a \(0\)' or 'a \(4\)', or by place, \(0, 1\) or \(14, 15\)"),
        ("a (3)", r"'a \(3\)' is not among the words"),
        ("zebra", r"'zebra' is not among the words: 'a \(0\)', 'red'"),
        (6, "There is no word 6: the 6 words have numbers 0 to 5"),
        ((0, 2), "is not among the words"),
        (1.5, "1.5 names no word"),
    ]:
        with pytest.raises(WordError, match=message):
            find_word(PROMPT, words, key)  # pyright: ignore[reportArgumentType]


_HAN = regex.compile(r"\p{Han}")

prompts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text(
    "ab-'’ ,.一é\u0301🐱\u05d0_3", max_size=30
)


@given(prompts)
@example("a\u0301b" * 3333)
@example("\u2f00")
def test_words_map_back_to_their_characters(prompt: str) -> None:
    end = 0
    for word in split_words(prompt):
        assert prompt[word.start : word.stop] == word.text
        assert word.start >= end
        end = word.stop
        # Python's tables may be older than those of `regex`: then a new letter is unassigned in them.
        # Radicals, such as U+2F00, are symbols of the script Han, of which each is a word.
        read = (c.isalnum() or unicodedata.category(c) == "Cn" or _HAN.match(c) for c in word.text)
        assert any(read)
    # Nothing that reads as a letter of the usual scripts is lost.
    covered = {i for word in split_words(prompt) for i in range(*word.span)}
    assert all(i in covered for i, character in enumerate(prompt) if character.isalpha())


@given(prompts, st.data())
def test_a_context_has_the_other_words(prompt: str, data: st.DataObject) -> None:
    words = split_words(prompt)
    if not words:
        return
    index = data.draw(st.integers(0, len(words) - 1))
    others = [word.text for word in words[:index] + words[index + 1 :]]
    assert texts(without(prompt, words[index])) == others
    context = without(prompt, words[index], "_")
    assert context == prompt[: words[index].start] + "_" + prompt[words[index].stop :]
    assert find_word(prompt, words, words[index]) == index


@given(prompts, st.data())
@example("a (1) a (1)", None)
def test_names_are_of_one_word_each_in_whatever_list(prompt: str, data: st.DataObject | None) -> None:
    words = list(split_words(prompt))
    if not words:
        return
    if data is not None:
        start = data.draw(st.integers(0, len(prompt) - 1))
        stop = data.draw(st.integers(start + 1, len(prompt)))
        words.append(Word(prompt[start:stop], start, stop))
    words = list(dict.fromkeys(words))
    names = names_of(prompt, words)
    for word, name in zip(words, names, strict=True):
        assert names_of(prompt, [word]) == [name], "a name hangs on the prompt alone"
        if word.text.strip():
            assert find_word(prompt, [word], name) == 0
            assert names.count(name) == 1 or occurrences(prompt, name), "unless the prompt has it as a text"


def test_a_name_that_views_print_is_taken_everywhere() -> None:
    prompt = "a red cat and a red cat"
    for name, span in [("a (4)", (14, 15)), ("red cat (2:9)", (2, 9)), ("ca (6:8)", (6, 8))]:
        (word,) = resolve_words(prompt, [name])
        assert word.span == span
        assert names_of(prompt, [word]) == [name]
        assert find_word(prompt, [word], name) == 0
    with pytest.raises(WordError, match=r"say which, 'red cat \(2:9\)' or 'red cat \(16:23\)', or by place"):
        resolve_words(prompt, ["red cat"])
    for name in ("a (1)", "a (9)", "red cat (2:8)", "red cat (2)", "dog (3:6)"):
        with pytest.raises(WordError, match="no word or phrase"):
            resolve_words(prompt, [name])
