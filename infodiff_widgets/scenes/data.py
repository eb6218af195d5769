"""Training data: scenes rendered and encoded once, kept as shards of latents with their captions."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.numpy import load_file, save_file
from torch import Tensor

from infodiff_widgets.files import whole

from .mixed import mixed_precision
from .render import render
from .world import Role, sample

__all__ = ["SHARD", "LatentScenes", "encode", "shard_path", "write_shard"]

#: Scenes per shard.
SHARD = 2048


@torch.inference_mode()
def encode(autoencoder: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Encode RGB in 0..1, (n, 3, H, W), to the posterior means, scaled: (n, 4, H/4, W/4)."""
    mean = autoencoder.encode(2 * pictures - 1).latent_dist.mean  # pyright: ignore[reportAttributeAccessIssue]
    return mean * autoencoder.config["scaling_factor"]


def write_shard(folder: Path, index: int, autoencoder: AutoencoderKL) -> None:
    """Render and encode the scenes of one shard, whose seed is its index."""
    scenes = list(itertools.islice(sample(seed=1_000_000 + index, held_out=False), SHARD))
    parts = []
    for start in range(0, SHARD, 32):
        batch = scenes[start : start + 32]
        with mixed_precision():
            parts.append(encode(autoencoder, render(batch)).float().numpy().astype(np.float16))
    captions = json.dumps([[(text, *role) for text, role in scene.units] for scene in scenes])
    target = shard_path(folder, index)
    target.parent.mkdir(parents=True, exist_ok=True)
    units = np.frombuffer(captions.encode(), dtype=np.uint8)
    with whole(target) as part:
        save_file({"latents": np.concatenate(parts), "units": units}, part)


def shard_path(folder: Path, index: int) -> Path:
    """Return the file of a shard."""
    return folder / f"latents-{index:05d}.safetensors"


class LatentScenes:
    """The shards that exist so far; looks for new ones each time it starts over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.latents: list[np.ndarray] = []
        self.units: list[list[tuple[str, Role]]] = []
        self.refresh()

    def refresh(self) -> None:
        """Read shards written since the last look."""
        while shard_path(self.folder, len(self.latents)).exists():
            shard = load_file(shard_path(self.folder, len(self.latents)))
            self.latents.append(shard["latents"])
            rows = json.loads(shard["units"].tobytes())
            self.units += [[(text, Role(name, item)) for text, name, item in row] for row in rows]

    def __len__(self) -> int:
        return len(self.units)

    def batch(self, rng: np.random.Generator, size: int) -> tuple[Tensor, list[list[tuple[str, Role]]]]:
        """Draw `size` examples: latents (size, 4, 32, 32) float32 and the units of their captions."""
        rows = rng.integers(len(self), size=size)
        latents = np.stack([self.latents[row // SHARD][row % SHARD] for row in rows])
        return torch.from_numpy(latents.astype(np.float32)), [self.units[row] for row in rows]
