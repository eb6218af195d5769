"""Interactions of words: against each other, exact models, and the world's entropies."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from models import PICTURE, PROMPT, Mixture
from test_tables import press

from infodiff_widgets import Result, scenes
from infodiff_widgets.analyses.interact import PARTS, Interactions, interact, pair_total
from infodiff_widgets.analyses.interact_figure import half_implied_figure
from infodiff_widgets.analyses.interact_pairs import Pairs
from infodiff_widgets.analyses.interact_scenes import GROUPS, half_implied, half_implied_cases, truth_of
from infodiff_widgets.analyses.interact_view import MAPS, InteractionView, maps_figure, matrix_figure
from infodiff_widgets.commands.interact import _readable
from infodiff_widgets.errors import WordError
from infodiff_widgets.listing import listed
from infodiff_widgets.scenes.vocabulary import COLOURS, KINDS, NOUNS
from infodiff_widgets.scenes.world import probability
from infodiff_widgets.statistics import rough_of


@pytest.fixture(scope="module")
def found() -> Interactions:
    return interact(Mixture(2), PICTURE, PROMPT, draws=32, density="uniform", progress=False)


def test_an_interrupt_leaves_the_draws_that_are_done():
    """Four texts: 4 draws in a call."""
    with pytest.warns(UserWarning, match="the result holds 16 of 64 draws"):
        found = interact(
            press(Mixture(2), 5),
            PICTURE,
            PROMPT,
            words=["red", "circle"],
            draws=64,
            density="uniform",
            progress=False,
        )
    assert "16 of 64 noise draws (interrupted)" in matrix_figure(found).layout.title.text
    assert len(found.table()) == 1


def test_an_interrupt_leaves_the_objects_that_are_finished():
    cases = list(half_implied_cases("shape", 3))
    with pytest.warns(UserWarning, match="2 of 3 objects are finished"):
        rows, evaluations = half_implied(press(Mixture(2), 6), cases, draws=8, progress=False)
    assert (len(rows), evaluations) == (2, 2 * 4 * 8)
    with pytest.warns(UserWarning, match="the result holds 4 of 8 draws"):
        rows, evaluations = half_implied(press(Mixture(2), 2), cases[:1], draws=8, progress=False)
    assert (len(rows), evaluations) == (1, 4 * 4)


def test_every_pair_is_there(found):
    table = found.table()
    assert len(table) == math.comb(5, 2)
    assert (table["redundancy"].diff().dropna() <= 0).all()
    co_information = table["co_information"]
    np.testing.assert_allclose(co_information, table["redundancy"] - table["synergy"], atol=1e-5)
    assert (table["co_information_error"] < table["co_information_standard_error"])[:2].all()
    of_one = found.table("standard")
    np.testing.assert_allclose(of_one["co_information"], of_one["redundancy"] - of_one["synergy"], atol=1e-5)
    assert (of_one["co_information"] == of_one["co_information_standard"]).all()
    texts = int(found.result.provenance["evaluations"]) / 32
    assert texts == 1 + 5 + 10


def test_parts_add_up_to_what_the_words_say(found):
    for first, second in itertools.combinations(found.words, 2):
        maps = found.maps(first, second)
        redundancy, synergy = maps["redundancy"], maps["synergy"]
        np.testing.assert_allclose(redundancy + maps["unique_first"], maps["first"], atol=1e-6)
        np.testing.assert_allclose(
            redundancy + maps["unique_first"] + maps["unique_second"] + synergy, maps["both"], atol=1e-6
        )


def test_the_cmi_of_a_word_is_a_combination(found):
    red, circle = found.words[1], found.words[2]
    cmi = pair_total(found.result, red, circle, (0, -1, 1))
    assert cmi.value == pytest.approx(found.result.total(red, "cmi", "standard").value, rel=1e-6, abs=1e-9)
    turned = pair_total(found.result, circle, red, (-1, 0, 1))
    assert turned.value == pytest.approx(cmi.value)
    assert turned.standard_error == pytest.approx(cmi.standard_error)


def test_the_co_information_of_a_mixture_is_that_of_its_likelihoods():
    model = Mixture(1)
    found = interact(
        model, PICTURE, PROMPT, words=["red", "circle"], draws=512, density="uniform", progress=False
    )

    def density(text: str) -> float:
        distances = (model.x - model.components(text)).square().flatten(1).sum(1)
        return float((-0.5 * distances / model.SIGMA**2).logsumexp(0) - math.log(len(distances)))

    rest, red, circle, both = map(density, ("a on sand", "a red on sand", "a circle on sand", PROMPT))
    truth = (red - rest) + (circle - rest) - (both - rest)
    co = found.co_information("red", "circle")
    assert co.value == pytest.approx(truth, abs=4 * co.standard_error + 0.01)
    alone = pair_total(found.result, "red", "circle", (1, 0, 0))
    assert alone.value == pytest.approx(red - rest, abs=4 * alone.standard_error + 0.02)


def test_matrices_hold_what_the_tables_say(found):
    words = [word.text for word in found.words]
    table = found.table()
    matrices = {part: found.matrix(part) for part in PARTS}
    for part, values in matrices.items():
        assert np.isnan(np.diagonal(values)).all()
        if part != "unique":
            np.testing.assert_array_equal(values, values.T)
    for _, row in table.iterrows():
        i, j = words.index(row["first"]), words.index(row["second"])
        assert matrices["redundancy"][i, j] == row["redundancy"]
        assert matrices["synergy"][i, j] == row["synergy"]
        assert (matrices["unique"][i, j], matrices["unique"][j, i]) == (
            row["unique_first"],
            row["unique_second"],
        )
        assert matrices["co-information"][i, j] == row["co_information_standard"]
    with pytest.raises(ValueError, match="choose from 'redundancy'"):
        found.matrix("shared")


def test_some_pairs_only():
    found = interact(
        Mixture(),
        PICTURE,
        PROMPT,
        words=["red", "circle", "sand"],
        pairs=[("red", "sand")],
        draws=4,
        density="uniform",
        progress=False,
    )
    assert len(found.table()) == 1


def test_pairs_that_were_not_asked_about_are_empty_cells_that_open_nothing():
    pairs = [("sand", "red"), ("red circle", "sand")]
    words = ["red", "circle", "sand"]
    given: dict[str, Any] = {"draws": 4, "density": "uniform", "progress": False}
    found = interact(Mixture(), PICTURE, PROMPT, words=words, pairs=pairs, **given)
    whole = interact(Mixture(), PICTURE, PROMPT, words=words, **given)
    for part in PARTS:
        values = found.matrix(part)
        assert np.argwhere(~np.isnan(values)).tolist() == [[0, 2], [2, 0]]
        np.testing.assert_allclose(values[[0, 2], [2, 0]], whole.matrix(part)[[0, 2], [2, 0]], atol=1e-6)
    view = found.view()
    click(view, 0, 1)
    assert view.selected is None
    click(view, 0, 2)
    assert view.selected == (0, 2)
    with pytest.raises(WordError, match="is not among the words"):
        view.select(0, 1)
    assert view.selected == (0, 2)


def test_one_word_is_refused():
    says = "There is one word, '{}', and an interaction is of two: {}"
    with pytest.raises(WordError, match=says.format("red", "name another one, or leave words out for all")):
        interact(Mixture(), PICTURE, PROMPT, words=["red"])
    with pytest.raises(WordError, match=says.format("circle", "give a longer prompt")):
        interact(Mixture(), PICTURE, "circle")


def test_the_matrix_says_its_words_and_nats(found):
    figure = matrix_figure(found)
    heat = figure.data[0]
    np.testing.assert_array_equal(heat.z, found.matrix())
    assert list(figure.layout.xaxis.ticktext) == ["a", "red", "circle", "on", "sand"]
    assert heat.customdata[1][2] == "red and circle"
    assert heat.colorbar.title.text == "nat"
    assert "red" in figure.to_html(include_plotlyjs=False)


def test_the_matrix_says_for_which_pairs_draws_were_too_few(found):
    """By the rule and in the words of the figures of words."""
    wide = rough_of({place: found.co_information(*pair) for place, pair in found.placed().items()})
    assert 0 < len(wide) < 4
    assert found.rough("co-information")[0] == set(wide)
    texts = [word.text for word in found.words]
    said = f"rough for {listed(f'{texts[row]} and {texts[column]}' for row, column in wide)} after so few"
    assert said in matrix_figure(found, "co-information").layout.title.text
    view = InteractionView(found)
    assert said not in view.matrix.layout.title.text
    view.menu.value = "co-information"
    assert said in view.matrix.layout.title.text, "its part's, not that of the part before"

    def few(draws):
        given = {"words": ["red", "sand"], "density": "uniform", "progress": False}
        return matrix_figure(interact(Mixture(2), PICTURE, PROMPT, draws=draws, **given), "synergy")

    rough = few(6)
    assert "<sub>rough after so few draws</sub>" in rough.layout.title.text
    assert rough.layout.title.yanchor == "top", "four lines, all above the matrix"
    assert rough.layout.margin.t >= 4 * 18 + (1 - rough.layout.title.y) * rough.layout.height
    assert "<sub>too few draws to tell errors</sub>" in few(2).layout.title.text


def test_a_part_of_maps_is_as_rough_as_what_it_is_made_of(found):
    draws = found.result.data.copy(deep=True)
    draws["draw_pairs"][:] = draws["draw_density"].values
    assert Pairs(Result(draws), found.words).rough("unique")[0] == set()
    place = found.result.pairs.index(found.placed()[1, 4])
    one = {"pair": place, "part": 1}
    scatter = np.random.default_rng(2).lognormal(0, 2.5, draws["draw_pairs"].isel(one).shape)
    draws["draw_pairs"][one] = draws["draw_pairs"].isel(one) * scatter
    rough = Pairs(Result(draws), found.words)
    assert rough.rough("unique")[0] == {(1, 4)}
    assert "<sub>rough for red and sand after so few draws</sub>" in matrix_figure(rough).layout.title.text


def test_maps_share_one_scale_and_name_their_totals(found):
    figure = maps_figure(found, 1, 2)
    maps = found.maps(1, 2)
    heats = figure.data[1:]
    assert len(heats) == len(MAPS)
    assert len({heat.zmax for heat in heats}) == 1
    for heat, name in zip(heats, MAPS, strict=True):
        np.testing.assert_array_equal(heat.z, maps[name].values)
    titles = [annotation.text for annotation in figure.layout.annotations]
    assert titles[2].startswith("unique to “red”: ")


def test_words_of_one_text_are_told_apart_by_their_numbers_in_the_prompt():
    found = interact(Mixture(2), PICTURE, "a cat and a dog", words=[0, 3, 1], draws=4, progress=False)
    figure = matrix_figure(found)
    assert list(figure.layout.xaxis.ticktext) == ["a (0)", "a (3)", "cat"]
    titles = [note.text for note in maps_figure(found, 0, 1).layout.annotations]
    assert titles[2].startswith("unique to “a (0)”: ")
    assert titles[3].startswith("unique to “a (3)”: ")


def click(view: InteractionView, row: int, column: int) -> None:
    """Send what the browser sends on a click."""
    heat = view.matrix.data[0]
    points = {
        "trace_indexes": [0],
        "point_indexes": [[row, column]],
        "xs": [heat.x[column]],
        "ys": [heat.y[row]],
        "zs": [heat.z[row][column]],
    }
    keys = dict.fromkeys(("alt", "ctrl", "meta", "shift"), False)
    told = {
        "event_type": "plotly_click",
        "points": points,
        "device_state": {**keys, "button": 0, "buttons": 1},
        "selector": None,
    }
    view.matrix.set_state({"_js2py_pointsCallback": told})


def test_a_click_opens_the_maps_of_the_pair(found):
    view = found.view()
    assert view.selected is None
    assert not view.maps.children
    click(view, 1, 2)
    assert view.selected == (1, 2)
    (shown,) = view.maps.children
    np.testing.assert_array_equal(shown.data[1].z, found.maps(1, 2)["redundancy"].values)
    click(view, 4, 2)
    assert view.selected == (4, 2)
    assert len(view.maps.children) == 1
    click(view, 3, 3)
    assert view.selected == (4, 2), "the diagonal opens nothing"
    with pytest.raises(ValueError, match="no interaction with itself"):
        view.select(2, 2)


def test_the_menu_changes_what_the_matrix_shows(found):
    view = found.view()
    view.menu.value = "synergy"
    np.testing.assert_array_equal(view.matrix.data[0].z, found.matrix("synergy"))
    assert view.matrix.layout.title.text.startswith("Synergy")


def test_truths_are_entropies_of_the_world():
    red_heart = truth_of("red", "heart")
    assert red_heart["cmi"] == pytest.approx(-math.log(0.9))
    assert red_heart["mi"] == pytest.approx(-math.log(0.75 / 8 + 0.25 / 3 * (0.9 + 0.2 / 7)))
    assert truth_of("teal", "circle")["cmi"] == pytest.approx(math.log(8))
    for kind in KINDS:
        # The mean over the colours of a noun is the world's own entropy of colours beside it.
        weights = np.array([probability(colour, kind) for colour in COLOURS])
        mean = np.dot(weights, [truth_of(colour, kind)["cmi"] for colour in COLOURS]) / weights.sum()
        shares = weights / weights.sum()
        assert mean == pytest.approx(-(shares * np.log(shares)).sum())
    whole = [
        (probability(colour, kind), truth_of(colour, kind)["cmi"]) for colour in ["red"] for kind in KINDS
    ]
    assert np.average([v for _, v in whole], weights=[p for p, _ in whole]) == pytest.approx(
        scenes.entropy("red")
    )


def test_cases_are_what_their_groups_say():
    for group in GROUPS:
        cases = list(half_implied_cases(group, 8))
        assert len(cases) == 8
        for case in cases:
            colour, kind = (case.scene.caption[slice(*span)] for span in case.spans)
            assert (colour, kind) == (case.colour, case.kind)
            assert (kind in NOUNS) == (group != "shape")
            assert (NOUNS.get(kind) == colour) == (group == "own")
    with pytest.raises(ValueError, match="'own', 'other', 'shape'"):
        half_implied_cases("noun", 1)


@pytest.mark.timeout(600)
def test_hearts_say_red_and_circles_do_not():
    # Single scenes scatter by 1.3 nats about a difference of 1.7: it takes a few to tell.
    cases = [case for group in ("own", "shape") for case in half_implied_cases(group, 6)]
    rows, evaluations = half_implied(
        scenes.load_pipeline("cpu"), cases, draws=16, log_snr_range=(-5.36, -1.0), progress=False
    )
    assert evaluations == 12 * 16 * 4
    means = rows.groupby("group")["co_information"].mean()
    assert means["own"] > means["shape"]
    np.testing.assert_allclose(rows["mi"] - rows["cmi"], rows["co_information"], atol=1e-6)
    assert (rows["redundancy"] >= 0).all()
    figure = half_implied_figure(rows)
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "noun, its own colour",
        "shape",
    ]
    assert "mean ± standard error" in figure.get_supxlabel()


def test_an_error_in_the_table_is_never_none():
    names = ("mi", "cmi", "co_information")
    cases = [
        {
            "group": "own",
            "redundancy": 1.0,
            **dict.fromkeys(names, value),
            **{f"{n}_truth": 2.0 for n in names},
        }
        for value in (1.0, 1.0004)
    ]
    assert _readable(pd.DataFrame(cases))["MI"].tolist() == ["1.0002 ± 0.00020 / 2.00"]
    assert _readable(pd.DataFrame(cases[:1]))["MI"].tolist() == ["1.00 ± ? / 2.00"]
