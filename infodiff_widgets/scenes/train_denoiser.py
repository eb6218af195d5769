"""Fourth stage: the UNet, over the whole range of log-SNR, beside a text encoder that stays as it is.

Trained along, the text encoder forgot which object is first: a linear probe read the first object's
colour from it in 58% of the captions after 5,500 joint steps, and in all of them before.

Two kinds of examples share a batch. Most are regressed on the noise, as everywhere. The others teach
"the prompt without the word": at the optimum its prediction is the mean of the predictions with the
word over what the word may be, E[v(x_a, y) | x_a, y without the word], so these are regressed on
what the network's own running average predicts with the word. The mean of the target is the same as
that of the noise; its scatter is what the word says and nothing else, some hundred times less, and
12,500 steps on noise alone had left the network without the word twice too far from the world.
"""

from __future__ import annotations

import copy
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from diffusers import StableDiffusionPipeline
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from tqdm.auto import tqdm

from infodiff_widgets.channel import NoiseSchedule, noised

from . import checkpoint
from .captions import vary, without_one
from .data import LatentScenes
from .mixed import mixed_precision
from .optimizer import Optimizer
from .train_text import tokenize

__all__ = ["Options", "export", "train_denoiser"]

#: Share of the examples drawn from the noisier part of the range, where words are decided.
NOISY_SHARE, NOISY_BELOW = 0.75, -1.0
#: Share of the examples that are taught by the running average, and the weight of their errors.
TAUGHT_SHARE, TAUGHT_WEIGHT = 0.5, 8.0
#: Steps after which the teacher follows the running average.
TEACHER_EVERY = 10
SAVE_EVERY_SECONDS = 300


@dataclass(frozen=True)
class Options:
    """What a run is; `batch` is per process."""

    steps: int
    batch: int
    rate: float
    seed: int


def train_denoiser(pipeline: StableDiffusionPipeline, out: Path, options: Options) -> None:
    """Train to step `options.steps`, from `out/denoiser.safetensors` when it exists.

    v-prediction with levels even in log-SNR: the squared error of v weighs the noisy end, where the
    words decide the layout, more than the likelihood would, and every level is seen.
    """
    rank, world = _processes()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        pipeline.unet.set_attn_processor(AttnProcessor())  # at 8x8 plain attention is the faster one
    model = pipeline.unet.to(device)
    encoder = pipeline.text_encoder.to(device).requires_grad_(False)
    optimizer = Optimizer(model, options.rate)
    average = checkpoint.Average(model, decay=0.998)
    path = out / "denoiser.safetensors"
    start = checkpoint.load(path, model, average, optimizer)["step"] if path.exists() else 0
    if start == 0:
        _share_parameters(model, world)
    # Each process, and each resumption, has noise of its own.
    rng = np.random.default_rng((options.seed, rank, start))
    torch.manual_seed(int(rng.integers(2**31)))
    data = LatentScenes(out / "latents")
    log_snr = NoiseSchedule.from_alphas_cumprod(pipeline.scheduler.alphas_cumprod).log_snr
    log_snr_of = torch.from_numpy(log_snr).float().to(device)
    teacher = copy.deepcopy(model).requires_grad_(False)
    taught = round(TAUGHT_SHARE * options.batch)
    saved, smooth = time.monotonic(), np.zeros(2)
    with tqdm(total=options.steps, initial=start, desc="denoiser", disable=rank > 0, mininterval=10) as bar:
        for step in range(start, options.steps):
            optimizer.set_rate(options.rate * _schedule(step, options.steps))
            if step % 50 == 0:
                data.refresh()
            if (step - start) % TEACHER_EVERY == 0:
                average.copy_to(teacher)
            latents, units = data.batch(rng, options.batch)
            captions = [" ".join(text for text, _ in row) for row in units[:taught]]
            captions += [without_one(row, rng) for row in units[:taught]]
            captions += [vary(row, rng) for row in units[taught:]]
            with torch.no_grad():
                hidden = encoder(tokenize(pipeline.tokenizer, captions).to(device)).last_hidden_state
            levels = [_levels(log_snr, size, rng) for size in (taught, options.batch - taught)]
            level = torch.from_numpy(np.concatenate(levels)).to(device)
            loss, gap = _losses(model, teacher, latents.to(device), level, log_snr_of[level], hidden)
            ((1 - TAUGHT_SHARE) * loss + TAUGHT_SHARE * TAUGHT_WEIGHT * gap).backward()
            _average_gradients(model, world)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            average.update(model, step)
            value = np.array([loss.item(), gap.item()])
            smooth = value if step == start else 0.99 * smooth + 0.01 * value
            bar.set_postfix(loss=f"{smooth[0]:.4f}", taught=f"{smooth[1]:.5f}", refresh=False)
            bar.update()
            last = step + 1 == options.steps
            if rank == 0 and (last or time.monotonic() - saved > SAVE_EVERY_SECONDS):
                info = {"step": step + 1, "loss": list(smooth), "processes": world, **asdict(options)}
                checkpoint.save(path, model, average, optimizer, info)
                saved = time.monotonic()
    if rank == 0:
        images = (options.steps - start) * options.batch * world
        print(f"denoiser: step {options.steps}, {images:,} images in this run, losses {smooth.round(5)}")  # noqa: T201
    if world > 1:
        dist.destroy_process_group()


def export(pipeline: StableDiffusionPipeline, out: Path, target: Path) -> None:
    """Write the averaged weights as a pipeline folder in half precision, safetensors only."""
    model = pipeline.unet
    average = checkpoint.Average(model, decay=0.0)
    info = checkpoint.load(out / "denoiser.safetensors", model, average)
    average.copy_to(model)
    pipeline.to(dtype=torch.float16)
    pipeline.save_pretrained(target, safe_serialization=True)
    # transformers 5 loads in the dtype of the config, diffusers in float32: let the two agree.
    config = target / "text_encoder" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "dtype": "float32"}, indent=2) + "\n")
    print(f"exported step {info['step']} to {target}")  # noqa: T201


def _losses(
    model: nn.Module, teacher: nn.Module, x: Tensor, level: Tensor, log_snr: Tensor, hidden: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean squared errors of v: of the examples regressed on the noise, and of the taught ones.

    `hidden` holds the whole prompts of the taught examples first, then the prompts of all examples;
    the taught ones are the first of `x`, (n, 4, h, w), `level` and `log_snr`, both (n,).
    """
    eps = torch.randn_like(x)
    noisy = noised(x, eps, log_snr)
    target = noised(eps, -x, log_snr)  # v = sqrt(s(a)) eps - sqrt(s(-a)) x
    taught = len(hidden) - len(x)
    with mixed_precision(x.device.type):
        v = model(noisy, level, encoder_hidden_states=hidden[taught:], return_dict=False)[0].float()
        with torch.no_grad():
            told = teacher(
                noisy[:taught], level[:taught], encoder_hidden_states=hidden[:taught], return_dict=False
            )[0].float()
    gap = (v[:taught] - told).square().mean()
    return (v - target)[taught:].square().mean(), gap


def _levels(log_snr: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Stratified draws, even in log-SNR over the range and again over its noisy part; nearest levels."""
    low, high = float(log_snr.min()), float(log_snr.max())
    u = (np.arange(size) + rng.random(size)) / size
    noisy = u < NOISY_SHARE
    a = np.where(
        noisy,
        low + u / NOISY_SHARE * (NOISY_BELOW - low),
        low + (u - NOISY_SHARE) / (1 - NOISY_SHARE) * (high - low),
    )
    # log_snr descends with the level; search in its ascending mirror.
    ascending = log_snr[::-1]
    right = np.clip(np.searchsorted(ascending, a), 1, len(ascending) - 1)
    nearer_left = a - ascending[right - 1] < ascending[right] - a
    return len(log_snr) - 1 - (right - nearer_left)


def _schedule(step: int, steps: int) -> float:
    """Warm up over 300 steps, hold, and fall to zero over the last 30%."""
    return min(1.0, (step + 1) / 300, (1 - step / steps) / 0.3 + 0.01)


def _processes() -> tuple[int, int]:
    """Rank and number of processes, joined by gloo when torchrun started several."""
    if not dist.is_torchelastic_launched():
        return 0, 1
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    return dist.get_rank(), dist.get_world_size()


def _share_parameters(model: nn.Module, world: int) -> None:
    if world > 1:
        for parameter in model.parameters():
            dist.broadcast(parameter.data, src=0)


def _average_gradients(model: nn.Module, world: int) -> None:
    if world > 1:
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        parts = (flat / world).split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
