"""One picture on several devices: a copy of the network on each, its inputs divided among them."""

from __future__ import annotations

from .names import DevicesLike, given_devices, home_of
from .spread import SpreadEvaluator, evaluator_on

__all__ = ["DevicesLike", "SpreadEvaluator", "evaluator_on", "given_devices", "home_of"]
