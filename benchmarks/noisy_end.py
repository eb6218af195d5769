"""What a picture shows at the noisiest level already: ``python -m benchmarks.noisy_end``.

Stable Diffusion's schedule ends before all is noise (Lin et al., 2024, *Common Diffusion Noise Schedules and
Sample Steps are Flawed*): the mean colour of a large area survives. What a word says about it lies below the
range of any integral, whatever the network. Here for the background words of the scenes: a classifier reads
them from noised latents, and what it knows is a lower bound of what the picture shows, in nats.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from infodiff_widgets import scenes
from infodiff_widgets.channel import noised
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.scenes.data import encode
from infodiff_widgets.scenes.evaluate import NOISY_BELOW
from infodiff_widgets.scenes.render import render

#: Cells averaged in each direction: the background is wide, and a classifier wants few numbers.
BLOCK = 4
COPIES = 3


def shown(latents: torch.Tensor, words: np.ndarray, log_snr: float) -> float:
    """Return the nats that a held-out half's noised latents, (n, C, h, w), show of their words, (n,)."""
    copies = latents.repeat(COPIES, 1, 1, 1)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(copies.shape, generator=generator)
    z = noised(copies, noise, torch.full((len(copies),), log_snr))
    values = torch.nn.functional.avg_pool2d(z, BLOCK).flatten(1).numpy()
    labels = np.tile(words, COPIES)
    first = np.tile(np.arange(len(words)) < len(words) // 2, COPIES)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=300))
    classifier.fit(values[first], labels[first])
    return np.log(len(set(words))) - log_loss(labels[~first], classifier.predict_proba(values[~first]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=6000)
    options = parser.parse_args()
    pipeline = scenes.load_pipeline("cpu")
    drawn = list(itertools.islice(scenes.sample(seed=11), options.scenes))
    with torch.inference_mode():
        parts = [encode(pipeline.vae, render(drawn[i : i + 32])) for i in range(0, len(drawn), 32)]
    latents = torch.cat(parts).float()
    words = np.array([next(text for text, role in s.units if role.name == "background") for s in drawn])
    low, _ = as_denoiser(pipeline).schedule.trained_range
    entropy = scenes.entropy(words[0])
    at_low, at_high = shown(latents, words, low), shown(latents, words, NOISY_BELOW)
    print(f"A background word carries {entropy:.2f} nats. A picture shows at least")
    print(f"  {at_low:.2f} of them at log-SNR {low:.2f}, the noisiest level,")
    print(f"  {at_high:.2f} at {NOISY_BELOW:g}.")
    share = (entropy - at_low) / entropy
    print(f"Between the two a word can tell a perfect network no more than {share:.0%} of its nats.")


if __name__ == "__main__":
    main()
