"""What tells one network from another: names, and hashes of configurations and of a sample of weights."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from .half import own_dtype

__all__ = ["apart_from_place", "digest", "identify"]

_SAMPLE = 16  # values per tensor
_SNAPSHOT = re.compile(r"models--(?P<model>[^/\\]+)[/\\]snapshots[/\\](?P<revision>[0-9a-f]{40})")


def identify(pipeline: Any, network: nn.Module) -> dict[str, Any]:
    """Return names, hashes and data type of a pipeline's network.

    And hashes of what makes its input: another autoencoder or text encoder means other numbers.
    """
    config: Any = network.config
    return {
        "pipeline": type(pipeline).__name__,
        **_origin(str(config.get("_name_or_path", "") or pipeline.config.get("_name_or_path", ""))),
        "network": type(network).__name__,
        "network_config": digest({key: value for key, value in dict(config).items() if key[0] != "_"}),
        "network_weights": _sample(network),
        **_adapters(network),
        "other_weights": {
            name: _sample(part)
            for name, part in sorted(pipeline.components.items())
            if isinstance(part, nn.Module) and (name == "vae" or name.startswith("text_encoder"))
        },
        "scheduler": type(pipeline.scheduler).__name__,
        "dtype": str(own_dtype(network)).removeprefix("torch."),
    }


def _origin(path: str) -> dict[str, str]:
    """Return the name of a model, and its revision where a path in the hub's cache tells it."""
    snapshot = _SNAPSHOT.search(path)
    if snapshot is None:
        return {"model": path}
    return {"model": snapshot["model"].replace("--", "/"), "revision": snapshot["revision"]}


def apart_from_place(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an identity what makes the numbers: not where weights came from, where their hash is told.

    So what is known of a network is known of the same one in a folder that was moved or copied.
    """
    names = ("model", "revision") if "network_weights" in identity else ()
    return {name: value for name, value in identity.items() if name not in names}


def _adapters(network: nn.Module) -> dict[str, Any]:
    """Return the strengths of the adapters (LoRA) at work, where there are layers for any.

    Their weights are among the network's own; a strength is an attribute, one for each layer and adapter.
    """
    parts: list[tuple[str, Any]] = list(network.named_modules())
    layers = {
        name: {} if part.disable_adapters else {one: part.scaling.get(one) for one in part.active_adapters}
        for name, part in parts
        if isinstance(getattr(part, "scaling", None), Mapping) and hasattr(part, "active_adapters")
    }
    return {"adapters": digest(layers)} if layers else {}


def digest(value: Any) -> str:
    """Return a short hash of plain values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _sample(network: nn.Module) -> str:
    """Hash a few values of every tensor: tells fine-tuned weights apart without reading them all."""
    sampled = [
        (tensor.detach()[0] if tensor.ndim else tensor.detach()).flatten()[:_SAMPLE].float()
        for tensor in network.parameters()
        if not tensor.is_meta  # offloaded to disk
    ]
    whole = hashlib.sha256()
    # One transfer from a GPU, not one for each tensor.
    for _, values in itertools.groupby(sampled, lambda values: values.device):
        whole.update(torch.cat(list(values)).cpu().numpy().tobytes())
    return whole.hexdigest()[:16]
