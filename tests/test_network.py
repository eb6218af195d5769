"""What a network is called in figures and in the statements of the analyses."""

from __future__ import annotations

import pytest

from infodiff_widgets.network import network_in_full, network_name

WEIGHTS = {"pipeline": "P", "network_weights": "12345678abcd"}


@pytest.mark.parametrize(
    ("told", "brief", "full"),
    [
        ({**WEIGHTS, "model": "/home/me/unet"}, "P (weights 12345678)", "P unet (weights 12345678)"),
        (
            {**WEIGHTS, "model": "a-lab/some.model-2"},
            "a-lab/some.model-2",
            "P a-lab/some.model-2 (weights 12345678)",
        ),
        ({**WEIGHTS, "model": ""}, "P (weights 12345678)", "P (weights 12345678)"),
        ({"class": "Mine"}, "Mine", "Mine"),
        ({}, "", "a denoiser"),
    ],
)
def test_one_rule_says_what_a_network_is_called(told, brief, full):
    assert network_name(told) == brief
    assert network_in_full(told) == full
