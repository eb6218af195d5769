"""Train the scenes pipeline: ``python -m infodiff_widgets.scenes.train``.

Stages, each resumed or skipped when its files exist under ``--out``:

1. ``autoencoder``: on crops of rendered scenes;
2. ``text``: the text encoder alone, to read captions;
3. ``latents``: scenes rendered and encoded once, in shards;
4. ``denoiser``: the UNet, with checkpoints every few minutes;
5. ``export``: the averaged weights as a half-precision pipeline folder.

``--start infodiff_widgets/scenes/pipeline`` goes on from the shipped weights where ``--out`` is empty.
Two cores are used best by two processes of one thread each:
``torchrun --nproc-per-node 2 -m infodiff_widgets.scenes.train --stage denoiser``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from transformers import CLIPTextModel

from .data import shard_path, write_shard
from .models import build_autoencoder, build_pipeline, build_text_encoder, build_tokenizer
from .train_autoencoder import train_autoencoder
from .train_denoiser import Options, export, train_denoiser
from .train_text import train_text_encoder

STAGES = ("autoencoder", "text", "latents", "denoiser", "export")


def main(arguments: list[str] | None = None) -> None:
    """Run the stages asked for, in order."""
    options = _parser().parse_args(arguments)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    stages = STAGES if options.stage == "all" else (options.stage,)
    start = StableDiffusionPipeline.from_pretrained(options.start) if options.start else None
    if start is not None and not (out / "vae").exists():
        start.vae.save_pretrained(out / "vae")
        start.text_encoder.save_pretrained(out / "text_encoder")
    if "autoencoder" in stages and not (out / "vae").exists():
        torch.manual_seed(options.seed)
        autoencoder = build_autoencoder()
        train_autoencoder(autoencoder, options.autoencoder_steps, seed=options.seed)
        autoencoder.save_pretrained(out / "vae")
    if "text" in stages and not (out / "text_encoder").exists():
        torch.manual_seed(options.seed)
        tokenizer = build_tokenizer()
        encoder = build_text_encoder(tokenizer)
        train_text_encoder(encoder, tokenizer, options.text_steps, seed=options.seed)
        encoder.save_pretrained(out / "text_encoder")
    if "latents" in stages:
        autoencoder = AutoencoderKL.from_pretrained(out / "vae")
        for index in range(options.shards):
            if not shard_path(out / "latents", index).exists():
                write_shard(out / "latents", index, autoencoder)
    if "denoiser" in stages or "export" in stages:
        pipeline = start or build_pipeline()
        pipeline.register_modules(
            vae=AutoencoderKL.from_pretrained(out / "vae"),
            text_encoder=CLIPTextModel.from_pretrained(out / "text_encoder"),
        )
        training = Options(steps=options.steps, batch=options.batch, rate=options.rate, seed=options.seed)
        if "denoiser" in stages:
            train_denoiser(pipeline, out, training)
        if "export" in stages:
            export(pipeline, out, options.pipeline)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infodiff_widgets.scenes.train",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("runs/scenes"), help="folder of checkpoints and data")
    add("--pipeline", type=Path, default=Path(__file__).parent / "pipeline", help="where `export` writes")
    add("--start", type=Path, help="go on from this pipeline folder, such as the shipped one")
    add("--stage", choices=("all", *STAGES), default="all")
    add("--autoencoder-steps", type=int, default=1600)
    add("--text-steps", type=int, default=2000)
    add("--shards", type=int, default=24, help="shards of 2,048 scenes")
    add("--steps", type=int, default=12000, help="optimiser steps of the denoiser, in all")
    add("--batch", type=int, default=24, help="examples per step and process")
    add("--rate", type=float, default=1.2e-3, help="peak learning rate of the denoiser")
    add("--threads", type=int, default=0, help="threads per process (0: torch's choice)")
    add("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
