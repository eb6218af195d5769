"""What a network is called in small print: under figures, and under the pictures that the explorer saves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["network_in_full", "network_name", "network_of"]

_IN_THE_HUB = re.compile(r"\w[\w.-]*/[\w.-]+")


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
    model, kind = str(told.get("model", "")), _kind(told)
    if _IN_THE_HUB.fullmatch(model):
        return model
    return _with_weights(kind, told) if kind else ""


def network_of(provenance: Mapping[str, Any]) -> str:
    """Name the network of a result, see `network_name`, and say so where it told nothing about noise.

    Examples
    --------
    >>> network_of({"denoiser": {"model": "me/model"}, "doubt": "UNet told nothing about the noise ..."})
    'me/model, perhaps untrained'
    """
    name = network_name(provenance.get("denoiser", {}))
    return f"{name or 'a network'}, perhaps untrained" if provenance.get("doubt") else name


def network_in_full(told: Mapping[str, Any]) -> str:
    """Name a network by all that tells it from others: its kind, its name or that of its folder, weights."""
    model = str(told.get("model", ""))
    name = model if _IN_THE_HUB.fullmatch(model) else Path(model).name
    return _with_weights(" ".join(filter(None, (_kind(told) or "a denoiser", name))), told)


def _kind(told: Mapping[str, Any]) -> str:
    return str(told.get("pipeline") or told.get("class", ""))


def _with_weights(name: str, told: Mapping[str, Any]) -> str:
    """Add the hash of the weights: it says which they were, wherever they lie."""
    weights = str(told.get("network_weights") or "")
    return f"{name} (weights {weights[:8]})" if weights else name
