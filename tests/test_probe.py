"""Bias probes: any two lists of words and a template."""

from __future__ import annotations

import functools

import pandas as pd
import pytest
from models import PICTURE, Mixture
from test_tables import press

from infodiff_widgets import scenes
from infodiff_widgets.analyses.probe import fill, probe, summary
from infodiff_widgets.commands.interact import _readable_probe
from infodiff_widgets.errors import PromptError

TEMPLATE = "a {second} {first} on sand"


def test_words_are_found_where_the_template_has_them():
    prompt, (first, second) = fill("the {first} of {second}, {{so}}", "red", "red")
    assert prompt == "the red of red, {so}"
    assert (first.span, second.span) == ((4, 7), (11, 14))


@pytest.mark.parametrize(
    "template", ["a {first}", "a {first} {first} {second}", "a {first} {second} {third}", "{"]
)
def test_a_template_needs_both_places_once(template):
    with pytest.raises(PromptError, match="template="):
        fill(template, "nurse", "male")


def test_a_row_for_each_picture_and_pair():
    table = probe(
        Mixture(2),
        ["circle", "square"],
        ["red", "blue", "green"],
        TEMPLATE,
        pictures={"circle": [PICTURE, PICTURE], "square": [PICTURE]},
        draws=8,
        density="uniform",
        progress=False,
    )
    assert len(table) == (2 + 1) * 3
    assert (table["evaluations"] == 4 * 8).all()
    one, other = (table[(table["first"] == "circle") & (table["picture"] == n)] for n in (0, 1))
    assert (one["redundancy"].to_numpy() != other["redundancy"].to_numpy()).all(), (
        "pictures have noise of their own"
    )
    means = summary(table)
    assert list(means.index) == ["circle", "square"]
    assert means.loc["circle", "red"] == pytest.approx(
        table[(table["first"] == "circle") & (table["second"] == "red")]["redundancy"].mean()
    )
    best = means.loc["circle", ["red", "blue", "green"]].astype(float).sort_values()
    assert means.loc["circle", "foremost"] == best.index[-1]
    assert means.loc["circle", "lead"] == pytest.approx(best.iloc[-1] - best.iloc[-2])
    assert pd.isna(means.loc["square", "lead_error"]), "one picture has no scatter"
    assert list(summary(table[table["second"] == "red"])) == ["red"], "one word is ahead of none"


def test_an_interrupt_leaves_the_rows_that_are_finished():
    """Eight rows, of two calls each; the square is asked about one word only."""
    given = {"draws": 8, "density": "uniform", "progress": False}
    pictures = {"circle": [PICTURE, PICTURE], "square": [PICTURE, PICTURE]}
    words = ["circle", "square"], ["red", "blue"], TEMPLATE
    with pytest.warns(UserWarning, match="5 of 8 rows are finished"):
        table = probe(press(Mixture(2), 12), *words, pictures=pictures, **given)
    assert list(zip(table["first"], table["second"], strict=True)) == [
        *[("circle", "red")] * 2,
        *[("circle", "blue")] * 2,
        ("square", "red"),
    ]
    means = summary(table)
    assert means.loc["circle", "foremost"] in words[1]
    assert means.loc["square", "foremost"] == "", "only one of them is known"
    shown = _readable_probe(table).set_index("first")
    assert list(shown.loc["square", ["blue", "foremost", "lead"]]) == ["", "", ""]
    with pytest.warns(UserWarning, match="the result holds 4 of 8 draws"):
        table = probe(
            press(Mixture(2), 2), ["circle"], ["red"], TEMPLATE, pictures={"circle": [PICTURE]}, **given
        )
    assert list(table["draws"]) == [4]


def test_what_cannot_be_probed():
    with pytest.raises(PromptError, match="first='nurse': give a list"):
        probe(Mixture(), "nurse", ["male"], TEMPLATE)
    with pytest.raises(PromptError, match=r"second=\[\]"):
        probe(Mixture(), ["nurse"], [], TEMPLATE)
    with pytest.raises(PromptError, match="Only a pipeline can draw"):
        probe(Mixture(), ["circle"], ["red"], TEMPLATE, progress=False)
    with pytest.raises(PromptError, match="there are none of 'circle'"):
        probe(Mixture(), ["circle"], ["red"], TEMPLATE, pictures={}, progress=False)


def test_a_pipeline_draws_its_own_pictures(monkeypatch):
    pipeline = scenes.load_pipeline("cpu")
    prompts = []
    call = type(pipeline).__call__

    @functools.wraps(call)
    def listening(self, *given, **arguments):
        prompts.append(arguments.get("prompt", given[0] if given else None))
        return call(self, *given, **arguments)

    monkeypatch.setattr(type(pipeline), "__call__", listening)
    table = probe(
        pipeline,
        ["heart"],
        ["red", "green"],
        TEMPLATE,
        count=2,
        generation={"num_inference_steps": 2},
        draws=4,
        density="uniform",
        progress=False,
    )
    assert ["a heart on sand"] * 2 in prompts, "what is asked about is left out of the drawing"
    assert len(table) == 4
