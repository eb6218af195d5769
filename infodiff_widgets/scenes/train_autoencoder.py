"""First stage: the autoencoder, on 64x64 crops of rendered scenes (it has only convolutions)."""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor
from tqdm.auto import tqdm

from .render import SIZE, render
from .world import sample

__all__ = ["train_autoencoder"]

KL_WEIGHT = 1e-4
CROP = 64


def train_autoencoder(autoencoder: AutoencoderKL, steps: int, batch: int = 16, seed: int = 0) -> float:
    """Train in place, set the scaling factor to 1 / rms of the latents, and return the last loss.

    The loss is squared plus absolute error, also of the pictures' finite differences (edges), plus a
    small Kullback-Leibler term that keeps the latents smooth.
    """
    scenes = sample(seed, held_out=False)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(autoencoder.parameters(), lr=2e-3, betas=(0.9, 0.99), weight_decay=0.0)
    loss = math.inf
    with tqdm(total=steps, desc="autoencoder") as bar:
        for step in range(steps):
            rate = min(1.0, (step + 1) / 50, 1.2 * (1 - step / steps) + 0.01)
            optimizer.param_groups[0]["lr"] = 2e-3 * rate
            pictures = _crops(render(list(itertools.islice(scenes, batch))), generator)
            with torch.autocast("cpu", torch.bfloat16):
                posterior = autoencoder.encode(pictures).latent_dist  # pyright: ignore
                output = autoencoder.decode(posterior.sample(generator)).sample.float()  # pyright: ignore
            total = _error(output, pictures) + KL_WEIGHT * posterior.kl().float().mean() / CROP**2 * 16
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(autoencoder.parameters(), 1.0)
            optimizer.step()
            loss = float(total)
            bar.set_postfix(
                loss=f"{loss:.4f}", psnr=f"{-10 * math.log10(float(F.mse_loss(output, pictures)) / 4):.1f}"
            )
            bar.update()
    _scale(autoencoder, render(list(itertools.islice(scenes, 64))))
    return loss


def _crops(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """One aligned random crop of each picture, RGB moved to -1..1."""
    corners = 4 * torch.randint((SIZE - CROP) // 4 + 1, (len(pictures), 2), generator=generator)
    crops = [p[:, y : y + CROP, x : x + CROP] for p, (y, x) in zip(pictures, corners.tolist(), strict=True)]
    return 2 * torch.stack(crops) - 1


def _error(output: Tensor, target: Tensor) -> Tensor:
    difference = output - target
    edges = difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()
    return difference.square().mean() + 0.5 * difference.abs().mean() + 0.5 * edges


@torch.no_grad()
def _scale(autoencoder: AutoencoderKL, pictures: Tensor) -> None:
    mean = autoencoder.encode(2 * pictures - 1).latent_dist.mean  # pyright: ignore
    autoencoder.register_to_config(scaling_factor=float(1 / mean.square().mean().sqrt()))
