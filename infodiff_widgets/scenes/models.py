"""The modules of the scenes pipeline, built from configs: a plain Stable Diffusion pipeline, small."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .vocabulary import BACKGROUNDS, COLOURS, KINDS, RELATIONS

__all__ = [
    "build_autoencoder",
    "build_pipeline",
    "build_scheduler",
    "build_text_encoder",
    "build_tokenizer",
    "build_unet",
]

WIDTH = 128
MAX_TOKENS = 32


def build_autoencoder() -> AutoencoderKL:
    """Return an untrained autoencoder: 128x128 RGB to 32x32 latents of 4 channels."""
    config: dict[str, Any] = dict(  # noqa: C408
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 32, 64),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=128,
        # Convolutions only, so that it can be trained on crops.
        mid_block_add_attention=False,
    )
    return AutoencoderKL(**config)


def build_tokenizer() -> CLIPTokenizer:
    """Return CLIP's tokenizer over its byte alphabet, with merges learned on the world's words.

    "triangle" and "purple" stay two tokens each, as long words do in the large vocabularies.
    """
    split = {"triangle", "purple"}
    words = sorted({w for text in (*COLOURS, *KINDS, *RELATIONS, *BACKGROUNDS, "on") for w in text.split()})
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        min_frequency=1,
        initial_alphabet=[],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(
        [*(w for w in words if w not in split), "tri", "angle", "pur", "ple"], trainer
    )
    learned = json.loads(tokenizer.to_str())["model"]["merges"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in learned]
    merges = [*merges, ("t", "r"), ("tr", "i"), ("p", "u"), ("pu", "r")]
    merges = list(dict.fromkeys(m for m in merges if m[0] + m[1] not in {"tri</w>", "pur</w>"}))
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, *(letter + "</w>" for letter in letters), *("".join(m) for m in merges)]
    tokens = [*dict.fromkeys(tokens), "<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        vocab_file, merges_file = Path(folder) / "vocab.json", Path(folder) / "merges.txt"
        vocab_file.write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
        merges_file.write_text("\n".join(["#version: 0.2", *(" ".join(m) for m in merges)]))
        return CLIPTokenizer.from_pretrained(folder, model_max_length=MAX_TOKENS)


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Return an untrained text encoder of three layers."""
    tokens: dict[str, Any] = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.eos_token_id,
    }
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=MAX_TOKENS,
            projection_dim=WIDTH,
            **tokens,
        )
    )


def build_unet() -> UNet2DConditionModel:
    """Return an untrained UNet over 32x32 latents, 6.7 M parameters, cross-attention at 8x8 and 4x4.

    The pooled text joins the time embedding (`addition_embed_type="text"`), which teaches the
    conditioning sooner and still takes no argument beyond Stable Diffusion's.
    """
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=(32, 64, 128, 128),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def build_scheduler() -> DDIMScheduler:
    """Return a scheduler with Stable Diffusion's noise schedule and v-prediction, as in SD 2.1-768."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def build_pipeline() -> StableDiffusionPipeline:
    """Return the whole pipeline, untrained."""
    tokenizer = build_tokenizer()
    parts: dict[str, Any] = dict(  # noqa: C408
        vae=build_autoencoder(),
        text_encoder=build_text_encoder(tokenizer),
        tokenizer=tokenizer,
        unet=build_unet(),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        image_encoder=None,
        requires_safety_checker=False,
    )
    return StableDiffusionPipeline(**parts)
