"""Where the numbers of an analysis come from, as its figures say it."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import synthetic_result

from infodiff_widgets.analyses.localize_figure import maps_figure, masks_figure
from infodiff_widgets.analyses.masks import word_mask
from infodiff_widgets.analyses.tables import Statement, origin_of
from infodiff_widgets.sheet import Choices, Sheet

MODEL = {"pipeline": "StableDiffusionPipeline", "network_weights": "8f3bbf4912"}
NETWORK = "StableDiffusionPipeline (weights 8f3bbf49)"


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
