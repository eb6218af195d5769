"""Where the numbers of an analysis come from, as its figures say it."""

from __future__ import annotations

import itertools
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from synthetic import synthetic_result

from infodiff_widgets.analyses.interrupts import Part, each
from infodiff_widgets.analyses.localize_figure import maps_figure, masks_figure
from infodiff_widgets.analyses.masks import word_mask
from infodiff_widgets.analyses.tables import Report, Statement, origin_of
from infodiff_widgets.chosen import Choices
from infodiff_widgets.errors import ArgumentError, InterruptedWarning, WriteError
from infodiff_widgets.sheet import Sheet

MODEL = {"pipeline": "StableDiffusionPipeline", "network_weights": "8f3bbf4912"}
NETWORK = "StableDiffusionPipeline (weights 8f3bbf49)"


def press(model: Any, call: int) -> Any:
    """Have Ctrl-C pressed during one call of a model, counted from 1; return the model."""
    calls, epsilon = itertools.count(1), model.epsilon

    def pressed(*given: Any) -> Any:
        if next(calls) == call:
            raise KeyboardInterrupt
        return epsilon(*given)

    model.epsilon = pressed
    return model


def test_it_is_said_as_under_the_maps_of_a_result():
    result = synthetic_result()
    told = origin_of(MODEL, result.draws, result.log_snr_range)
    assert told == (*Sheet(result, Choices()).origin(), NETWORK)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"draws": 64, "log-SNR": (-5.36, 1.0)}, ("log-SNR −5.4 to 1.0", "64 noise draws", NETWORK)),
        ({"draws at most": 64}, ("at most 64 noise draws", NETWORK)),
        ({}, (NETWORK,)),
        ({"draws": Part(8, 64)}, ("8 of 64 noise draws (interrupted)", NETWORK)),
        ({"draws at most": Part(8, 64)}, ("8 of 64 noise draws (interrupted)", NETWORK)),
        (
            {"pictures": Part(5, 200), "draws": 64},
            ("5 of 200 pictures (interrupted)", "64 noise draws", NETWORK),
        ),
    ],
)
def test_a_statement_says_what_it_knows(settings, said):
    assert Statement(model=MODEL, data="", settings=settings, seconds=0, evaluations=0).origin == said


def test_figures_have_it_in_their_small_print():
    result = synthetic_result()
    picture, origin = np.asarray(result.image), origin_of(MODEL, 8, (-5.36, 1.0))
    maps = {"cmi": result.data["maps"].values[0, 0]}
    for figure in (
        maps_figure(picture, [word.text for word in result.words], maps, origin=origin),
        masks_figure(picture, [word_mask(result, 1)], origin=origin),
    ):
        assert " · ".join(origin[:2]) in " · ".join(figure.get_supxlabel().split("\n"))


def test_what_an_interrupt_left_is_said_wherever_settings_are(tmp_path):
    settings = {"pictures": Part(5, 200), "draws": 64}
    statement = Statement(model=MODEL, data="", settings=settings, seconds=0, evaluations=0)
    assert "Settings: pictures 5 of 200 (interrupted), draws 64." in statement.lines()
    table = pd.DataFrame({"word": ["red"]})
    Report(name="words", title="", table=table, numbers=table, statement=statement).write(tmp_path)
    stated = json.loads((tmp_path / "words.json").read_text())
    assert stated["settings"]["pictures"] == "5 of 200 (interrupted)"
    assert "pictures 5 of 200 (interrupted)" in (tmp_path / "words.md").read_text()


def report(name: str = "words") -> Report:
    statement = Statement(model=MODEL, data="", settings={}, seconds=0, evaluations=0)
    table = pd.DataFrame({"word": ["red"]})
    return Report(name=name, title="", table=table, numbers=table, statement=statement)


@pytest.mark.parametrize("numbers", ["csv", "parquet"])
def test_what_cannot_be_written_is_said_and_a_file_is_whole(tmp_path, monkeypatch, numbers):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="file/out: no folder can be made there"):
        report().write(tmp_path / "file" / "out", numbers)
    with pytest.raises(ArgumentError, match="out=5: give the name"):
        report().write(5, numbers)  # pyright: ignore[reportArgumentType]
    report().write(tmp_path, numbers)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def half(_: pd.DataFrame, path: Any, **__: Any) -> None:
        Path(path).write_text("half")
        raise OSError(28, "full")

    for name in ("to_csv", "to_parquet"):
        monkeypatch.setattr(pd.DataFrame, name, half)
    with pytest.raises(WriteError, match=rf"words\.{numbers} cannot be written \(full\)"):
        report().write(tmp_path, numbers)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_interrupt_ends_all_cases_and_keeps_those_that_are_finished():
    begun = []

    def work(case: int) -> int:
        begun.append(case)
        if case == 3:
            raise KeyboardInterrupt
        return 10 * case

    with pytest.warns(UserWarning, match="Interrupted: 2 of 5 pictures are finished; the others are left"):
        assert each([1, 2, 3, 4, 5], work, 5, False, "working", "picture") == [10, 20]
    assert begun == [1, 2, 3]
    with pytest.raises(KeyboardInterrupt):
        each([3, 4], work, 2, False, "working", "picture")

    def press_after(_: str, done: int, __: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Interrupted: 1 of 2"):
        assert each([1, 2], work, 2, press_after, "working", "picture") == [10]


def test_an_interrupt_after_the_last_draw_of_a_case_ends_all_too():
    """`estimate` then returns a complete result."""

    def work(case: int) -> int:
        if case == 2:
            warnings.warn("Interrupted: the result holds 8 of 8 draws.", InterruptedWarning, stacklevel=1)
        return case

    with pytest.warns(UserWarning, match="Interrupted: 1 of 3 pictures are finished"):
        assert each([1, 2, 3], work, 3, False, "working", "picture") == [1]
    with pytest.warns(UserWarning, match="the result holds 8 of 8"):
        assert each([2], work, 1, False, "working", "picture") == [2]


def test_masks_have_the_names_that_are_given():
    result = synthetic_result()
    masks = [word_mask(result, index) for index in range(2)]
    figure = masks_figure(np.asarray(result.image), masks, names=["a (0)", "a (5)"])
    assert [axes.get_title() for axes in figure.axes] == ["a (0)", "a (5)"]
