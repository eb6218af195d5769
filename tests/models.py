"""Models with words whose posterior means, and so whose information, are known in closed form.

Both are denoisers; they ignore the picture and hold the latents `x` themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule, Quadrature, noise_scale, signal_scale
from infodiff_widgets.images import ImageRule
from infodiff_widgets.words import split_words

PROMPT = "a red circle on sand"
SLOTS = (("red", "blue", "green"), ("circle", "square"), ("sand", "grass"))
PICTURE = Image.new("RGB", (48, 48), "white")


def stable_diffusion_schedule(levels: int = 1000) -> NoiseSchedule:
    """The schedule of Stable Diffusion."""
    betas = np.linspace(0.00085**0.5, 0.012**0.5, levels) ** 2
    return NoiseSchedule.from_alphas_cumprod(np.cumprod(1 - betas))


@dataclass(frozen=True)
class Texts:
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, indices: Sequence[int]) -> Texts:
        return Texts(tuple(self.texts[index] for index in indices))


@dataclass
class ExactDenoiser:
    """What the two models share. `calls` records the number of inputs of each call."""

    x: Tensor
    schedule: NoiseSchedule = field(default_factory=stable_diffusion_schedule)
    image_rule: ImageRule = field(default_factory=lambda: ImageRule(48, 8))
    calls: list[int] = field(default_factory=list)

    @property
    def identity(self) -> dict[str, Any]:
        return {"class": type(self).__name__, "x": float(self.x.double().sum())}

    def encode_image(self, image: Image.Image) -> Tensor:
        return self.x.float()

    def encode_prompts(self, prompts: Sequence[str]) -> Texts:
        return Texts(tuple(prompts))

    def epsilon(self, z: Tensor, levels: Tensor, conditions: Texts) -> Tensor:
        self.calls.append(len(z))
        log_snr = torch.as_tensor(self.schedule.log_snr.copy())[levels]
        out = torch.empty(z.shape, dtype=torch.float64)
        for text in set(conditions.texts):
            rows = [index for index, other in enumerate(conditions.texts) if other == text]
            out[rows] = self.predict(z[rows].double(), log_snr[rows], text)
        return out.float()

    def predict(self, z: Tensor, log_snr: Tensor, text: str) -> Tensor:
        raise NotImplementedError


class Mixture(ExactDenoiser):
    """x = sum over slots of the mean of the slot's word + sigma n; words are uniform and independent.

    Each slot acts on cells of its own, which overlap a little. Words of a text fix their slots; other words
    ("a", "on") say nothing. A missing word leaves its slot uniform.
    """

    SIGMA = 1.0

    def __init__(self, seed: int = 0, channels: int = 2, size: int = 6, strength: float = 0.3) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.means = []
        for index, slot in enumerate(SLOTS):
            support = torch.zeros(size, size, dtype=torch.float64)
            support[:, 2 * index : 2 * index + 2 + (index < 2)] = 1.0
            directions = torch.randn(
                len(slot), channels, size, size, generator=generator, dtype=torch.float64
            )
            self.means.append(strength * directions * support)
        truth = {word.text for word in split_words(PROMPT)}
        chosen = [next(i for i, word in enumerate(slot) if word in truth) for slot in SLOTS]
        x = sum(means[choice] for means, choice in zip(self.means, chosen, strict=True))
        noise = torch.randn(channels, size, size, generator=generator, dtype=torch.float64)
        super().__init__(x + self.SIGMA * noise)
        # The latents that the estimator sees are float32: the truth is about those.
        self.x = self.x.float().double()

    def components(self, text: str) -> Tensor:
        """Means of the equally likely components that the text leaves open, (K, C, h, w)."""
        said = {word.text for word in split_words(text)}
        open_ = torch.zeros(1, *self.means[0].shape[1:], dtype=torch.float64)
        for slot, means in zip(SLOTS, self.means, strict=True):
            known = [index for index, word in enumerate(slot) if word in said]
            options = means[known] if known else means
            open_ = (open_[:, None] + options[None]).flatten(0, 1)
        return open_

    def predict(self, z: Tensor, log_snr: Tensor, text: str) -> Tensor:
        means = self.components(text)
        signal, noise = (scale(log_snr).view(-1, 1, 1, 1) for scale in (signal_scale, noise_scale))
        variance = (signal * self.SIGMA) ** 2 + noise**2
        # Squared distances by the expanded square: (B, K) products instead of (B, K, C, h, w) differences.
        flat, centres = z.flatten(1), means.flatten(1)
        s, v = signal.view(-1, 1), variance.view(-1, 1)
        weight = torch.softmax((s * flat @ centres.T - 0.5 * s**2 * centres.square().sum(1)) / v, 1)
        mean = (weight @ centres).view(z.shape)
        return noise * (z - signal * mean) / variance


class Linear(ExactDenoiser):
    """x = sum over words of b_w y_w + sigma n, cell by cell, with y_w standard normal fields.

    A word in the text fixes its y_w. Everything is Gaussian, so the integrands are known without noise.
    """

    SIGMA = 0.3

    def __init__(self, seed: int = 0, channels: int = 2, size: int = 6) -> None:
        generator = torch.Generator().manual_seed(seed)
        shape = (channels, size, size)
        self.weights: dict[str, Tensor] = {}
        self.fields: dict[str, Tensor] = {}
        for index, slot in enumerate(SLOTS):
            weight = torch.zeros(shape, dtype=torch.float64)
            weight[:, :, 2 * index : 2 * index + 2 + (index < 2)] = 0.5 + 0.3 * index
            self.weights[slot[0]] = weight
            self.fields[slot[0]] = torch.randn(shape, generator=generator, dtype=torch.float64)
        x = sum(self.weights[word] * self.fields[word] for word in self.weights)
        noise = torch.randn(shape, generator=generator, dtype=torch.float64)
        super().__init__((x + self.SIGMA * noise).float().double())

    def moments(self, text: str) -> tuple[Tensor, Tensor]:
        """Mean and variance of x given a text, (C, h, w) each."""
        said = {word.text for word in split_words(text)}
        mean, variance = torch.zeros_like(self.x), torch.full_like(self.x, self.SIGMA**2)
        for word, weight in self.weights.items():
            if word in said:
                mean = mean + weight * self.fields[word]
            else:
                variance = variance + weight**2
        return mean, variance

    def predict(self, z: Tensor, log_snr: Tensor, text: str) -> Tensor:
        offset, gain = self.affine(log_snr, text)
        signal, noise = (scale(log_snr).view(-1, 1, 1, 1) for scale in (signal_scale, noise_scale))
        return offset + gain * (z - signal * self.x) / noise

    def affine(self, log_snr: Tensor, text: str) -> tuple[Tensor, Tensor]:
        """The prediction as offset + gain * eps, (B, C, h, w) each."""
        mean, variance = self.moments(text)
        signal, noise = (scale(log_snr).view(-1, 1, 1, 1) for scale in (signal_scale, noise_scale))
        shrink = noise / (signal**2 * variance + noise**2)
        return shrink * signal * (self.x - mean), shrink * noise

    def truth(self, without: str, with_: str, quadrature: Quadrature) -> NDArray[np.float64]:
        """The exact maps, (2, h, w), of (orthogonal, standard): the quadrature of the exact integrands."""
        log_snr = torch.as_tensor(quadrature.log_snr)
        (a, b), (c, d) = self.affine(log_snr, without), self.affine(log_snr, with_)
        orthogonal = (a - c) ** 2 + (b - d) ** 2
        standard = a**2 + (1 - b) ** 2 - c**2 - (1 - d) ** 2
        half = 0.5 * torch.stack([orthogonal, standard]).sum(2)
        return torch.einsum("fkhw,k->fhw", half, torch.as_tensor(quadrature.widths)).numpy()


def long_run(
    model: ExactDenoiser,
    without: str,
    with_: str,
    quadrature: Quadrature,
    *,
    levels: int = 125,
    noises: int = 64,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maps (2, h, w) and their standard errors by brute force, written apart from the package's estimator.

    Even spacing of the quantiles of a uniform density, many antithetic noises at each level.
    """
    generator = torch.Generator().manual_seed(99)
    cumulative = np.cumsum(quadrature.widths)
    at = np.searchsorted(cumulative, (np.arange(levels) + 0.5) / levels * cumulative[-1])
    total, variance = 0.0, 0.0
    for log_snr in quadrature.log_snr[at]:
        a = torch.full((2 * noises,), float(log_snr), dtype=torch.float64)
        half = torch.randn((noises, *model.x.shape), generator=generator, dtype=torch.float64)
        eps = torch.cat([half, -half])
        signal, noise = (scale(a).view(-1, 1, 1, 1) for scale in (signal_scale, noise_scale))
        z = signal * model.x + noise * eps
        e, f = model.predict(z, a, without), model.predict(z, a, with_)
        both = torch.stack([(e - f) ** 2, (eps - e) ** 2 - (eps - f) ** 2]).sum(3 - 1)
        pairs = 0.25 * (both[:, :noises] + both[:, noises:])
        total = total + pairs.mean(1) * cumulative[-1] / levels
        variance = variance + pairs.var(1) / noises * (cumulative[-1] / levels) ** 2
    return torch.as_tensor(total).numpy(), torch.as_tensor(variance).sqrt().numpy()
