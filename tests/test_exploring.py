"""What `explore` does before the first draw."""

from __future__ import annotations

import pytest
from models import PICTURE, PROMPT, Mixture
from same import assert_identical

from infodiff_widgets import estimate, explore, images
from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.images import ImageRule


@pytest.mark.parametrize("options", [{}, {"resize": False}])
def test_a_picture_is_read_once_and_is_the_one_that_estimate_takes(options, tmp_path, monkeypatch):
    # A side that is no multiple of what the network takes: fitted again, it would not stay as it is.
    model = Mixture()
    model.image_rule = ImageRule(50, 8)
    path = tmp_path / "picture.png"
    PICTURE.resize((64, 64) if options else (200, 100)).save(path)
    whole = estimate(model, path, PROMPT, draws=4, density="uniform", progress=False, **options)
    read, original = [], images._from_file
    monkeypatch.setattr(
        images, "_from_file", lambda given, *more: read.append(given) or original(given, *more)
    )
    explorer = explore(model, path, PROMPT, draws=4, density="uniform", block=True, **options)
    assert read == [path]
    assert_identical(explorer.result, whole)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"quantity": "swap"}, "quantity='swap' is not in this result, which has cmi, mi, full: .*swaps="),
        ({"compare": "shapley"}, "compare='shapley' is not in this result"),
        ({"band": (0, 1)}, "give a lower and an upper one of the edges"),
        ({"pinned_words": ["zebra"]}, "'zebra' is not among the words"),
        ({"unit": "nats"}, "'nat', 'bit'"),
    ],
)
def test_a_view_of_what_will_not_be_there_is_refused_in_the_cell(choice, message):
    model = Mixture()
    with pytest.raises(InfodiffError, match=message):
        explore(model, PICTURE, PROMPT, draws=4, density="uniform", block=True, **choice)
    assert not model.calls


def test_progress_is_refused_by_what_shows_it_anyhow():
    with pytest.raises(TypeError, match="takes no progress: its widget shows it, and in a script a bar"):
        explore(Mixture(), PICTURE, PROMPT, progress=False)


def test_a_view_is_chosen_by_words_and_by_the_number_of_a_band():
    explorer = explore(
        Mixture(),
        PICTURE,
        PROMPT,
        draws=4,
        density="uniform",
        block=True,
        bands=4,
        band=1,
        pinned_words=["red"],
    )
    assert explorer.result is not None
    assert explorer.band == explorer.result.band_edges[1:3]
    assert [explorer.result.words[index].text for index in explorer.pinned_words] == ["red"]
