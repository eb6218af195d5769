"""Whether a network is the one that a result was made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .denoisers import Denoiser
from .denoisers.identity import apart_from_place
from .errors import ArgumentError
from .versions import versions

if TYPE_CHECKING:
    from .header import Header

__all__ = ["refuse_other"]

_CALLED = {
    "network": "class of the network",
    "network_config": "configuration of the network",
    "network_weights": "weights of the network",
    "other_weights": "weights of the autoencoder or the text encoders",
    "adapters": "strengths of the adapters",
    "schedule": "noise levels of the scheduler",
    "prediction_type": "what the scheduler says that the network predicts",
    "dtype": "data type",
}
# What two loadings of one network may differ in: schedulers over the same levels ask it the same.
_HARMLESS = ("scheduler", "guidance")


def refuse_other(result: Header, denoiser: Denoiser) -> None:
    """Raise where a network is not the one that a result is of: draws of two must not count as one's.

    Where its weights lie does not matter, nor in what data type it runs as long as these are the same: a
    float16 is a float32 too, and how much rounding adds is in the result. What a result of an older version
    does not know of its network is not asked.

    Raises
    ------
    ArgumentError
        It says what is not the same.
    """
    before, now = (_plain(identity) for identity in (_network_of(result), denoiser.identity))
    shared = [name for name in now if name in before and name not in _HARMLESS]
    if result.provenance.get("versions", {}).get("diffusers") != versions().get("diffusers"):
        shared = [name for name in shared if name != "network_config"]  # others have other entries
    other = [name for name in shared if before[name] != now[name]]
    if not other or (other == ["dtype"] and "network_weights" in shared):
        return
    place = _network_of(result).get("model")
    made_with = f"the one that it was made with ({place})" if place else "the one that it was made with"
    raise ArgumentError(
        "This result is of another network, which is not the same in: "
        f"{', '.join(_CALLED.get(name, name) for name in other)}. Use {made_with}, or ask this one anew: "
        "explore(model, result.image, result.prompt)."
    )


def _network_of(result: Header) -> dict[str, Any]:
    return result.provenance.get("denoiser") or {}


def _plain(identity: Mapping[str, Any]) -> dict[str, str]:
    """Return what makes a network's numbers, as it can be compared with what was stored."""
    known = apart_from_place(identity).items()
    return {name: json.dumps(value, sort_keys=True, default=str) for name, value in known}
