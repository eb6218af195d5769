"""First stage: the autoencoder, on 64x64 crops of rendered scenes (it has only convolutions)."""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor
from tqdm.auto import tqdm

from .mixed import mixed_precision
from .render import SIZE, render
from .world import sample

__all__ = ["train_autoencoder", "whiten"]

KL_WEIGHT = 1e-4
CROP = 64
POSTERIOR_STD = 0.5


def train_autoencoder(autoencoder: AutoencoderKL, steps: int, batch: int = 16, seed: int = 0) -> float:
    """Train in place, whiten the latents, and return the last loss.

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
            with mixed_precision():
                posterior = autoencoder.encode(pictures).latent_dist  # pyright: ignore
                output = autoencoder.decode(posterior.sample(generator)).sample.float()  # pyright: ignore
            total = _error(output, pictures) + KL_WEIGHT * posterior.kl().float().mean() / CROP**2 * 16
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(autoencoder.parameters(), 1.0)
            optimizer.step()
            loss = float(total.detach())
            psnr = -10 * math.log10(float(F.mse_loss(output.detach(), pictures)) / 4)
            bar.set_postfix(loss=f"{loss:.4f}", psnr=f"{psnr:.1f}")
            bar.update()
    whiten(autoencoder, render(list(itertools.islice(scenes, 128))))
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
def whiten(autoencoder: AutoencoderKL, pictures: Tensor) -> None:
    """Make the latent channels uncorrelated, of mean 0 and variance 1 or less, by the 1x1 convolutions.

    Left alone, lightness takes nearly all of the variance and colour drowns in the noise long before
    it. An axis that the decoder hardly reads (its posterior is wide) is not blown up: its noise stays
    at `POSTERIOR_STD`. Reconstructions stay what they were; the posterior's variances become their means.
    """
    encode, decode = autoencoder.quant_conv, autoencoder.post_quant_conv
    assert encode is not None
    assert encode.bias is not None
    assert decode is not None
    assert decode.bias is not None
    channels = decode.in_channels
    posterior = autoencoder.encode(2 * pictures - 1).latent_dist  # pyright: ignore
    noise = posterior.var.double().mean((0, 2, 3))
    flat = posterior.mean.permute(1, 0, 2, 3).flatten(1).double()
    shift = flat.mean(1, keepdim=True)
    # Principal axes where the posterior's noise is 1: both it and the signal are diagonal there.
    whitener = noise.rsqrt().diag()
    values, vectors = torch.linalg.eigh(whitener @ torch.cov(flat) @ whitener)
    scale = values.rsqrt().clamp_max(POSTERIOR_STD)
    forward = scale.diag() @ vectors.T @ whitener
    back = forward.inverse()
    weight, bias = encode.weight[:channels, :, 0, 0].double(), encode.bias[:channels].double()
    encode.weight[:channels, :, 0, 0] = (forward @ weight).float()
    encode.bias[:channels] = (forward @ (bias - shift[:, 0])).float()
    encode.weight[channels:] = 0
    encode.bias[channels:] = 2 * scale.log().float()
    weight = decode.weight[:, :, 0, 0].double()
    decode.bias += (weight @ shift)[:, 0].float()
    decode.weight[:, :, 0, 0] = (weight @ back).float()
    autoencoder.register_to_config(scaling_factor=1.0)
