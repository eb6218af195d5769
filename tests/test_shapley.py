"""Information divided among words: it adds up, it is fair, and it costs what is promised."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import PICTURE, PROMPT, Linear, Mixture, Texts, long_run
from test_estimator import DENSITY, TELLING, assert_same, run

from infodiff_widgets import Result, estimate, evaluation, split_words
from infodiff_widgets.calibration import PILOT_DRAWS
from infodiff_widgets.coalitions import Players, without_all
from infodiff_widgets.dataset import FORMS
from infodiff_widgets.errors import WordError
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.sampling import draw_order
from infodiff_widgets.words import without


def shapley(prompt: str = PROMPT, model: Mixture | Linear | None = None, **options: object) -> Result:
    return run(model or Mixture(), prompt, **({"quantities": ("shapley",)} | options))


def assert_adds_up(result: Result) -> None:
    """Cell by cell and draw by draw, to the rounding of float32."""
    shares = result.data.sel(quantity="shapley")
    for whole, parts in (
        (shares.full_map, shares.maps.sum("word")),
        (shares.draw_full, shares.draw_totals.sum("word")),
    ):
        np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-6 * float(abs(whole).max()))


@pytest.mark.parametrize("options", [{}, {"placeholder": "_"}, {"reference": "blue"}, {"draws": 2}])
@pytest.mark.parametrize("prompt", [PROMPT, "red", "red circle red", "  sand, red; circle!"])
def test_shares_add_up_to_the_whole_prompt(prompt: str, options: dict[str, object]) -> None:
    assert_adds_up(shapley(prompt, **({"draws": 8} | options)))


def test_shares_add_up_on_a_partial_run() -> None:
    from infodiff_widgets import stream

    results = stream(
        Mixture(), PICTURE, PROMPT, quantities="shapley", density=DENSITY, progress=False, batch_size=60
    )
    assert_adds_up(next(iter(results)))
    results.close()


def test_some_words_divide_what_they_say_given_the_rest() -> None:
    """Their sum is the CMI of the phrase that they are."""
    result = shapley(words=["red", "circle"], draws=16)
    phrase = run(Mixture(), words=["red circle"], quantities="cmi", draws=16)
    for form in FORMS:
        parts = result.data.maps.sel(quantity="shapley", form=form).sum("word")
        np.testing.assert_allclose(parts, phrase.map(0, form=form), rtol=1e-4, atol=1e-6)
    assert np.isnan(result.data.full_map).all()


def exact_shares(model: Mixture) -> tuple[np.ndarray, np.ndarray]:
    """The shares of `TELLING` by all orders of brute-force information, (2, word, h, w), and errors."""
    players = Players(PROMPT, resolve_words(PROMPT, TELLING))
    quadrature = model.schedule.quadrature()
    subsets = [frozenset(s) for n in range(3) for s in itertools.combinations(range(3), n)]
    left = {s: long_run(model, players.text(s), PROMPT, quadrature, noises=150) for s in subsets}
    left[frozenset(range(3))] = (np.zeros((2, 6, 6)), np.zeros((2, 6, 6)))
    shares, errors = np.zeros((2, 3, 6, 6)), np.zeros((2, 3, 6, 6))
    orders = list(itertools.permutations(range(3)))
    for order in orders:
        for step, word in enumerate(order):
            before, after = left[frozenset(order[:step])], left[frozenset(order[: step + 1])]
            shares[:, word] += (before[0] - after[0]) / len(orders)
            errors[:, word] += (before[1] ** 2 + after[1] ** 2) / len(orders)
    return shares, np.sqrt(errors)


def test_shares_are_those_of_all_orders_and_errors_are_right() -> None:
    model = Mixture()
    exact, _ = exact_shares(model)
    results = [shapley(model=model, words=TELLING, seed=seed, batch_size=256) for seed in range(60)]
    inside = []
    for index, word in enumerate(TELLING):
        for place, form in enumerate(FORMS):
            truth = exact[place, index]
            totals = [result.total(word, "shapley", form) for result in results]
            values = np.array([total.value for total in totals])
            assert abs(values.mean() - truth.sum()) < 4 * values.std() / len(values) ** 0.5
            stated = np.sqrt(np.mean([total.standard_error**2 for total in totals]))
            assert 0.75 < stated / values.std() < 1.35
            inside += [low <= truth.sum() <= high for low, high in (t.interval() for t in totals)]
            maps = np.stack([result.map(word, "shapley", form).values for result in results])
            errors = np.stack([result.map_error(word, "shapley", form).values for result in results])
            assert ((maps - truth) ** 2).sum() / (errors**2).sum() == pytest.approx(1, abs=0.35)
    assert 0.90 <= np.mean(inside) <= 0.985


def test_a_word_that_says_nothing_has_no_share() -> None:
    result = shapley(draws=16)
    for word in ("a", "on"):
        assert np.abs(result.map(word, "shapley")).max() < 1e-9
        assert np.abs(result.map(word, "shapley", "standard")).max() < 1e-9
    assert not result.total("red", "shapley").positive


def test_words_that_say_the_same_share_alike() -> None:
    """The second "red" adds nothing: each has half of what "red" says, where CMI has none and MI all."""
    result = run(Mixture(), "red red circle", quantities=("cmi", "mi", "shapley"))
    one, other = (result.total(index, "shapley") for index in (0, 1))
    assert abs(result.total(0).value) < 1e-9
    together = one.value + other.value
    assert together > 0.5 * result.total(0, "mi").value
    error = np.hypot(one.standard_error, other.standard_error)
    assert abs(one.value - other.value) < 4 * error < 2 * together

    model = Linear()
    for part in (model.weights, model.fields):
        part["circle"] = part["red"].clone()
    model.x = (sum(model.weights[w] * model.fields[w] for w in model.weights) + 0.1).float().double()
    result = shapley(model=model, words=("red", "circle"), draws=128)
    one, other = (result.total(word, "shapley") for word in ("red", "circle"))
    assert abs(one.value - other.value) < 4 * np.hypot(one.standard_error, other.standard_error)
    assert one.value > 5 * one.standard_error


def test_two_words_average_both_orders() -> None:
    """At each draw the share is that of one of the two orders, on average that of both."""
    result = run(Mixture(), "red circle", quantities=("cmi", "mi", "shapley"))
    data = result.data.sel(form="orthogonal")
    cmi, share = (data.draw_totals.sel(quantity=name).values for name in ("cmi", "shapley"))
    last, first = cmi[0], data.draw_full.values - cmi[1]
    came_first = np.array([draw_order(0, draw, 2)[0] == 0 for draw in range(64)])
    assert (came_first[::2] != came_first[1::2]).all()
    assert 4 < came_first[::2].sum() < 28
    np.testing.assert_allclose(share[0], np.where(came_first, first, last), rtol=1e-4, atol=1e-6)
    total = result.total("red", "shapley")
    both = (0.5 * (first + last) / data.draw_density.values).mean()
    assert abs(total.value - both) < 4 * total.standard_error


def test_orders_add_little_to_the_scatter() -> None:
    """Where much is said only together, one direction for both draws of a pair scatters 2.5 times as much."""
    model = Linear()
    options = {"words": TELLING, "quantities": ("cmi", "shapley"), "batch_size": 512}
    totals = [run(model, seed=seed, **options).data.totals.sel(form="orthogonal") for seed in range(20)]
    scatter = np.std(totals, axis=0)
    assert (scatter[1] < 1.5 * scatter[0]).all()


class Counting(Mixture):
    def encode_prompts(self, prompts: Sequence[str]) -> Texts:
        self.encoded = [*getattr(self, "encoded", []), tuple(prompts)]
        return super().encode_prompts(prompts)


@pytest.mark.parametrize(
    ("prompt", "options", "evaluations"),
    [
        ("red circle sand", {"quantities": "shapley"}, 4),  # T + 1
        ("red circle sand", {"quantities": ("cmi", "shapley")}, 6),  # the last but one is a leave-one-out
        ("red circle sand", {"quantities": ("mi", "shapley")}, 6),  # the first is a word alone
        ("red circle on sand", {"quantities": ("cmi", "mi", "shapley")}, 11),  # both
        ("red circle sand", {"quantities": "cmi", "swaps": {"red": "blue"}}, 5),
        ("red circle sand", {"quantities": "cmi", "pairs": [("red", "sand")]}, 5),
        ("red circle sand", {"quantities": "cmi", "words": ["sand"], "pairs": [("red", "circle")]}, 4 + 1),
    ],
)
def test_evaluations(prompt: str, options: dict[str, object], evaluations: int) -> None:
    model = Counting()
    result = run(model, prompt, draws=8, **options)
    assert sum(model.calls) == 8 * evaluations == result.provenance["evaluations"]
    encoded = [text for texts in model.encoded for text in texts]
    assert len(encoded) == len(set(encoded))


EVERYTHING = {
    "quantities": ("cmi", "mi", "shapley"),
    "swaps": {"red": "blue"},
    "pairs": [("circle", "sand")],
    "bands": 3,
    "draws": 20,
}


def assert_same_everything(one: Result, other: Result) -> None:
    assert_same(one, other)
    for name in ("band_maps", "band_full_map", "swap_maps", "swap_maps_error", "draw_swaps", "pair_maps"):
        a, b = one.data[name].values, other.data[name].values
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(a).max(), err_msg=name)


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_batch_size_changes_nothing(batch_size: int) -> None:
    model = Mixture()
    assert_same_everything(run(Mixture(), **EVERYTHING), run(model, batch_size=batch_size, **EVERYTHING))
    assert max(model.calls) <= batch_size


def test_seeds() -> None:
    one, again, other = (run(Mixture(), **(EVERYTHING | {"seed": seed})) for seed in (3, 3, 4))
    assert one.data.equals(again.data)
    assert not np.allclose(one.data.totals, other.data.totals)
    orders = [draw_order(3, draw, 5) for draw in range(8)]
    assert orders != [draw_order(4, draw, 5) for draw in range(8)]
    assert [order[::-1] for order in orders[::2]] == orders[1::2]
    assert len({tuple(order) for order in orders}) > 4


@pytest.mark.parametrize("batch_size", [3, 500])
def test_long_runs_hold_few_prompts(batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all prompts fit they are encoded in sets, which change nothing."""
    whole = Counting()
    reference = run(whole, **EVERYTHING)
    assert len(whole.encoded) == 1
    monkeypatch.setattr(evaluation, "MOST_TEXTS", 4)
    few = Counting()
    assert_same_everything(reference, run(few, batch_size=batch_size, **EVERYTHING))
    always = len(reference.provenance["prompts"])
    assert len(few.encoded) > 2
    assert [len(texts) for texts in few.encoded] == [always] + [
        min(4, len(texts)) for texts in few.encoded[1:]
    ]


def test_the_pilot_takes_part(cache_folder: object) -> None:
    result = estimate(Mixture(), PICTURE, PROMPT, quantities="shapley", draws=4, progress=False)
    assert result.provenance["pilot_evaluations"] == PILOT_DRAWS * 6
    assert_adds_up(result)


def test_overlapping_words_are_refused() -> None:
    with pytest.raises(
        WordError, match=r"'red circle' at .* and 'circle' at .* overlap: Shapley values need"
    ):
        shapley(words=["red circle", "circle"])


PROMPTS = st.text(st.sampled_from("ab ,.'-5猫 \n"), max_size=24)


@settings(max_examples=200, deadline=None)
@given(PROMPTS, st.data())
def test_prompts_without_words_keep_the_others(prompt: str, data: st.DataObject) -> None:
    words = split_words(prompt)
    out = [word for word in words if data.draw(st.booleans())]
    kept = [word.text for word in words if word not in out]
    text = without_all(prompt, out)
    assert [word.text for word in split_words(text)] == kept
    assert text == without_all(prompt, out[::-1])
    if len(out) == 1:
        assert text == without(prompt, out[0])
    assert without_all(prompt, out, "#").count("#") == len(out)
