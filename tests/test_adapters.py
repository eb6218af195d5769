"""A network with adapters (LoRA) is another at every strength of theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from peft import LoraConfig
from PIL import Image
from tiny import tiny_pipeline

from infodiff_widgets import estimate
from infodiff_widgets.denoisers import as_denoiser

PICTURE = Image.effect_noise((64, 64), 50).convert("RGB")


def adapted() -> Any:
    """A tiny pipeline with an adapter that says something."""
    pipeline = tiny_pipeline(window=64)
    layers = ["to_q", "to_k", "to_v"]
    pipeline.unet.add_adapter(LoraConfig(r=2, target_modules=layers, init_lora_weights=False), "style")
    return pipeline


def maps(pipeline: Any) -> np.ndarray:
    result = estimate(pipeline, PICTURE, "a red circle", draws=4, density="uniform", progress=False)
    return result.map("red").values


def test_the_strength_of_an_adapter_tells_networks_apart() -> None:
    torch.manual_seed(0)
    pipeline, seen = adapted(), {}
    for strength in (1.0, 0.5):
        pipeline.unet.set_adapters(["style"], [strength])
        seen[str(as_denoiser(pipeline).identity)] = maps(pipeline)
    pipeline.unet.disable_adapters()
    seen[str(as_denoiser(pipeline).identity)] = maps(pipeline)
    assert len(seen) == 3
    half, off = list(seen.values())[1:]
    assert not np.allclose(half, off, rtol=1e-2)


def test_a_network_without_adapters_has_no_word_of_them() -> None:
    assert "adapters" not in as_denoiser(tiny_pipeline(window=64)).identity
