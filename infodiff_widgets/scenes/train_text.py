"""Second stage: the text encoder alone learns what captions say, as CLIP's does from pairs.

Linear heads on the pooled token predict the scene as it lies on the picture (which object is at the
left or top, its colour and kind, the background) from captions with words left out. It takes
minutes, and spares the UNet the long search for words that mean nothing yet.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm
from transformers import CLIPTextModel, CLIPTokenizer

from .captions import vary
from .mixed import mixed_precision
from .vocabulary import BACKGROUNDS, COLOURS, KINDS, RELATIONS
from .world import Scene, sample

__all__ = ["tokenize", "train_text_encoder"]

HEADS = (2, len(BACKGROUNDS), len(COLOURS), len(KINDS), len(COLOURS), len(KINDS))


def tokenize(tokenizer: CLIPTokenizer, captions: Sequence[str]) -> Tensor:
    """Token ids, (captions, tokens), padded as the pipeline pads them."""
    return tokenizer(
        list(captions),
        padding="max_length",
        truncation=True,
        max_length=tokenizer.model_max_length,
        return_tensors="pt",
    ).input_ids


def train_text_encoder(
    encoder: CLIPTextModel, tokenizer: CLIPTokenizer, steps: int, batch: int = 96, seed: int = 0
) -> float:
    """Train in place and return the last loss, the mean cross-entropy of the heads in nats."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    heads = nn.Linear(encoder.config.hidden_size, sum(HEADS))
    parameters = [*encoder.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
    scenes = sample(seed + 1, held_out=False)
    value = 0.0
    with tqdm(total=steps, desc="text encoder") as bar:
        for step in range(steps):
            optimizer.param_groups[0]["lr"] = 1e-3 * min(1.0, (step + 1) / 100, 2 * (1 - step / steps) + 0.02)
            drawn = list(itertools.islice(scenes, batch))
            ids = tokenize(tokenizer, [vary(scene.units, rng) for scene in drawn])
            with mixed_precision():
                pooled = encoder(ids).pooler_output.float()
            logits = heads(pooled).split(HEADS, dim=1)
            targets = torch.tensor([_layout(scene) for scene in drawn]).T
            loss = torch.stack([F.cross_entropy(a, b) for a, b in zip(logits, targets, strict=True)]).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            value = 0.98 * value + 0.02 * float(loss.detach()) if step else float(loss.detach())
            bar.set_postfix(loss=f"{value:.3f}")
            bar.update()
    return value


def _layout(scene: Scene) -> list[int]:
    """Class of each head: axis, background, then colour and kind of the left or top object, and the other."""
    dx, dy = RELATIONS[scene.relation]
    items = scene.items if dx + dy < 0 else scene.items[::-1]
    classes = [0 if dx else 1, list(BACKGROUNDS).index(scene.background)]
    for item in items:
        classes += [list(COLOURS).index(item.colour), KINDS.index(item.kind)]
    return classes
