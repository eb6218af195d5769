"""What a network is called in small print: under figures, and under the pictures that the explorer saves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["network_name"]


def network_name(told: Mapping[str, Any]) -> str:
    """Name a network as briefly as others can find it: where its folder lies says nothing to them.

    Parameters
    ----------
    told
        What a result's provenance says of its denoiser.

    Returns
    -------
    str
        "" where it says nothing.
    """
    model, weights = str(told.get("model", "")), str(told.get("network_weights", ""))
    if re.fullmatch(r"\w[\w.-]*/[\w.-]+", model):
        return model
    kind = str(told.get("pipeline") or told.get("class", ""))
    return f"{kind} (weights {weights[:8]})" if kind and weights else kind
