"""Prompts of every kind through words, contexts, plans, files and a pipeline's own tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import PICTURE, Mixture
from test_estimator import run
from tiny import tiny_pipeline

from infodiff_widgets import estimate, open_result
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.denoisers.reading import Reader
from infodiff_widgets.errors import PromptError
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.plan import Plan
from infodiff_widgets.words import Word, check_prompt, split_words, without

EMOJI = ["🐱", "👩‍🚀", "🇳🇱", "👍🏽", "❤️", "1️⃣"]
LETTERS = [
    "a red-ish dog's x2",  # Latin, with what joins it
    "כלב אדום, על חול",  # Hebrew, right to left
    "قطة حمراء می‌خواهم",  # Arabic and Persian, with a joiner that is not seen
    "लाल बिल्ली पर रेत",  # Devanagari, with marks
    "一只红猫、猫〇",  # Han: every character is a word
    "café naïve e\u0301",
]
MARKS = ".,;:!?()[]{}\"'’-–—_/\\|@#$%^&*+=<>~`«»„“”…、。 \t\n\u200e\u200f\u202e\u2066\u2069\ufeff"
pieces = st.sampled_from(LETTERS + EMOJI + list(MARKS)) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)
prompts = st.lists(pieces, max_size=24).map("".join)


def assert_maps_back(prompt: str) -> tuple[Word, ...]:
    words = split_words(prompt)
    rebuilt, end = "", 0
    for word in words:
        assert word.text
        assert prompt[word.start : word.stop] == word.text
        rebuilt += prompt[end : word.start] + word.text
        end = word.stop
    assert rebuilt + prompt[end:] == prompt
    return words


@settings(max_examples=150, deadline=None)
@given(prompts, st.data())
def test_words_and_contexts_of_any_script(prompt: str, data: st.DataObject) -> None:
    words = assert_maps_back(prompt)
    if not words:
        return
    assert resolve_words(prompt.replace("\0", " ")) == split_words(prompt.replace("\0", " "))
    word = data.draw(st.sampled_from(words))
    others = [other.text for other in words if other != word]
    assert [other.text for other in split_words(without(prompt, word))] == others
    assert without(prompt, word, "_") == f"{prompt[: word.start]}_{prompt[word.stop :]}"


@settings(max_examples=150, deadline=None)
@given(st.text("ab1-'’.,;一猫〇\u0301\u200d \u05d0🐱", min_size=1, max_size=16), st.data())
@example("猫x\u0301b", None)
@example("3.x5", None)
@example("a-x-b", None)
def test_neighbours_never_merge_whatever_is_cut_out(prompt: str, data: st.DataObject | None) -> None:
    """Any stretch, also one that cuts words: what is left of the sides is read as it was."""
    start = data.draw(st.integers(0, len(prompt) - 1)) if data else prompt.index("x")
    stop = data.draw(st.integers(start + 1, len(prompt))) if data else start + 1
    left, right = prompt[:start], prompt[stop:]
    context = without(prompt, Word(prompt[start:stop], start, stop))
    # A mark that leads the right side is of no word there, unless a word came to stand before it.
    assert [w.text for w in split_words(context)] == [w.text for s in (left, right) for w in split_words(s)]


@given(st.text(MARKS + "".join(EMOJI[:1]), max_size=200))
def test_only_punctuation_and_emoji(prompt: str) -> None:
    assert split_words(prompt) == ()
    with pytest.raises(PromptError, match=r"is empty|has no words, only punctuation"):
        resolve_words(prompt)


def of_length(unit: str, length: int = 10_000) -> str:
    return (unit * (length // len(unit) + 1))[:length]


LONG = [LETTERS[0], LETTERS[1], LETTERS[3], "a", "a ", "1.", "🐱a", "ab;", "a-", "a\u0301", "猫、red "]


@pytest.mark.parametrize("unit", LONG)
def test_ten_thousand_characters(unit: str) -> None:
    """All contexts of them too, in time that grows with the words, not with their square."""
    prompt = of_length(unit)
    words = assert_maps_back(check_prompt(prompt))
    plan = Plan.build(prompt, words, ("cmi", "mi"))
    contexts = [pair[0] for pair in plan.compared[: len(words)] if pair is not None]
    assert len(contexts) == len(words)
    for index in {0, len(words) // 2, len(words) - 1}:
        expected = [word.text for word in (*words[:index], *words[index + 1 :])]
        assert [word.text for word in split_words(contexts[index])] == expected


def test_a_long_prompt_is_cut_with_few_calls_of_the_tokenizer() -> None:
    asked: list[int] = []

    def tokens(prompt: str) -> int:
        asked.append(len(prompt))
        return len(split_words(prompt))

    reader = Reader(tokens, 77)
    prompt = of_length("red ")
    assert len(reader.lost(prompt)) == 2500 - 77
    assert len(asked) < 20


@pytest.mark.parametrize("prompt", [of_length("red "), of_length("猫"), "".join(EMOJI) + " cat כלב"])
def test_what_a_pipeline_makes_of_them(prompt: str) -> None:
    """What its tokenizer has no room for is said or cut by choice, never lost in silence."""
    denoiser: Any = as_denoiser(tiny_pipeline())
    kept = denoiser.shorten(prompt)
    assert prompt.startswith(kept)
    if kept == prompt:
        assert len(denoiser.encode_prompts([prompt])) == 1
    else:
        lost = [word.text for word in split_words(prompt) if word.stop > len(kept)]
        with pytest.raises(PromptError, match=f"would not see '{lost[0]}'"):
            denoiser.encode_prompts([prompt])
    assert len(denoiser.encode_prompts([kept])) == 1


@settings(max_examples=8, deadline=None)
@given(prompt=prompts.filter(lambda prompt: split_words(prompt) and "\0" not in prompt))
@example(prompt="red 🐱, כלב \u202e猫")
def test_results_and_files_keep_the_exact_characters(
    tmp_path_factory: pytest.TempPathFactory, prompt: str
) -> None:
    result = run(Mixture(), prompt, draws=2, quantities="cmi")
    opened = open_result(result.save(tmp_path_factory.mktemp("files") / "result.nc"))
    assert opened.prompt == prompt
    assert opened.words == result.words == split_words(prompt)
    assert opened.provenance["prompts"] == result.provenance["prompts"]


def test_a_prompt_of_ten_thousand_characters_is_estimated() -> None:
    """Where the network reads it all: two words of it, the phrase between them left alone."""
    prompt = "red " + of_length("and so on, ", 9_988) + " circle"
    words = [(0, 3), (len(prompt) - 6, len(prompt))]
    result = estimate(
        Mixture(), PICTURE, prompt, words=words, quantities="cmi", draws=4, density="uniform", progress=False
    )
    short = run(Mixture(), "red circle", quantities="cmi", draws=4, density="uniform")
    assert result.data.maps.values == pytest.approx(short.data.maps.values, rel=1e-5, abs=1e-7)
    assert [word.text for word in result.words] == ["red", "circle"]


def test_where_files_lie(tmp_path: Path) -> None:
    """Paths may hold any script as well."""
    result = run(Mixture(), "red", draws=2)
    path = result.save(tmp_path / "כלב 🐱 猫.nc")
    assert open_result(path).data.identical(result.data)
