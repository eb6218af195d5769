"""Tiny pipelines with random weights, of every class but Stable Diffusion, from configurations alone."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import diffusers
import pytest
import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
)
from packaging.version import Version
from tiny import tiny_tokenizer
from tiny_text import WIDTH, clip, gemma, mistral, qwen3, qwen_vl, t5, word_tokenizer

FLOW: dict[str, Any] = {"shift": 3.0, "use_dynamic_shifting": True}


def autoencoder(channels: int = 4, cls: Any = AutoencoderKL, **settings: Any) -> Any:
    """8 pixels to a cell."""
    return cls(
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        **settings,
    )


def xl(**unet: Any) -> Any:
    return diffusers.StableDiffusionXLPipeline(
        vae=autoencoder(force_upcast=True),
        text_encoder=clip(),
        text_encoder_2=clip(projection=True),
        tokenizer=tiny_tokenizer(),
        tokenizer_2=tiny_tokenizer(),
        unet=diffusers.UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(8, 16),
            layers_per_block=1,
            norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=2 * WIDTH,
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=WIDTH + 6 * 8,
            **unet,
        ),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
        add_watermarker=False,
    )


def sd3(*, with_t5: bool = True) -> Any:
    return diffusers.StableDiffusion3Pipeline(
        vae=autoencoder(4, scaling_factor=1.5, shift_factor=0.1),
        text_encoder=clip(projection=True),
        text_encoder_2=clip(projection=True),
        text_encoder_3=t5(2 * WIDTH) if with_t5 else None,  # pyright: ignore[reportArgumentType]
        tokenizer=tiny_tokenizer(),
        tokenizer_2=tiny_tokenizer(),
        tokenizer_3=word_tokenizer() if with_t5 else None,  # pyright: ignore[reportArgumentType]
        transformer=diffusers.SD3Transformer2DModel(
            sample_size=8,
            patch_size=2,
            in_channels=4,
            out_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=2 * WIDTH,
            caption_projection_dim=16,
            pooled_projection_dim=2 * WIDTH,
            pos_embed_max_size=16,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )


def flux(*, guidance: bool = True) -> Any:
    pipeline = diffusers.FluxPipeline(
        vae=autoencoder(4, scaling_factor=0.36, shift_factor=0.12),
        text_encoder=clip(),
        text_encoder_2=t5(),
        tokenizer=tiny_tokenizer(),
        tokenizer_2=word_tokenizer(),  # pyright: ignore[reportArgumentType]
        transformer=diffusers.FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            guidance_embeds=guidance,
            axes_dims_rope=(4, 4, 8),
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(**FLOW),
    )
    pipeline.default_sample_size = 8
    return pipeline


def _flux2_parts(layers: int) -> dict[str, Any]:
    vae = autoencoder(2, diffusers.AutoencoderKLFlux2)
    # With diffusers 0.36 there is no choice: it is that of FLUX.2 [dev].
    network = diffusers.Flux2Transformer2DModel
    choice = {"guidance_embeds": layers == 30} if "guidance_embeds" in signature(network).parameters else {}
    vae.bn.running_mean.copy_(torch.linspace(-1, 1, 8))
    vae.bn.running_var.copy_(torch.linspace(0.5, 2, 8))
    return {
        "vae": vae,
        "tokenizer": word_tokenizer("$A"),
        "transformer": network(
            in_channels=8,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * WIDTH,
            axes_dims_rope=(4, 4, 4, 4),
            **choice,
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(**FLOW),
    }


def flux2() -> Any:
    pipeline = diffusers.Flux2Pipeline(text_encoder=mistral(30), **_flux2_parts(30))
    pipeline.default_sample_size = 8
    return pipeline


def flux2_klein() -> Any:
    pipeline = diffusers.Flux2KleinPipeline(text_encoder=qwen3(28, causal=True), **_flux2_parts(28))
    pipeline.default_sample_size = 8
    return pipeline


def pixart() -> Any:
    return diffusers.PixArtSigmaPipeline(
        tokenizer=word_tokenizer(),  # pyright: ignore[reportArgumentType]
        text_encoder=t5(),
        vae=autoencoder(),
        transformer=diffusers.PixArtTransformer2DModel(
            num_attention_heads=2,
            attention_head_dim=8,
            num_layers=1,
            sample_size=8,
            cross_attention_dim=16,
            caption_channels=WIDTH,
            use_additional_conditions=False,
            norm_num_groups=4,
        ),
        scheduler=DPMSolverMultistepScheduler(),
    )


def sana() -> Any:
    return diffusers.SanaPipeline(
        tokenizer=word_tokenizer("<s> $A"),  # pyright: ignore[reportArgumentType]
        text_encoder=gemma(),
        vae=AutoencoderDC(
            latent_channels=4,
            attention_head_dim=2,
            encoder_block_types=("ResBlock", "EfficientViTBlock"),
            decoder_block_types=("ResBlock", "EfficientViTBlock"),
            encoder_block_out_channels=(8, 8),
            decoder_block_out_channels=(8, 8),
            encoder_qkv_multiscales=((), (5,)),
            decoder_qkv_multiscales=((), (5,)),
            encoder_layers_per_block=(1, 1),
            decoder_layers_per_block=[1, 1],  # pyright: ignore[reportArgumentType]
            downsample_block_type="conv",
            upsample_block_type="interpolate",
            decoder_norm_types="rms_norm",
            decoder_act_fns="silu",
            scaling_factor=0.41407,
        ),
        transformer=diffusers.SanaTransformer2DModel(
            in_channels=4,
            out_channels=4,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=4,
            num_cross_attention_heads=2,
            cross_attention_head_dim=4,
            cross_attention_dim=8,
            caption_channels=WIDTH,
            sample_size=32,
            timestep_scale=0.5,
        ),
        scheduler=DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
    )


def lumina2() -> Any:
    return diffusers.Lumina2Pipeline(
        transformer=diffusers.Lumina2Transformer2DModel(
            sample_size=8,
            in_channels=4,
            hidden_size=24,
            num_layers=1,
            num_refiner_layers=1,
            num_attention_heads=1,
            num_kv_heads=1,
            multiple_of=2,
            axes_dim_rope=(8, 8, 8),
            axes_lens=(400, 32, 32),
            cap_feat_dim=WIDTH,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=autoencoder(4, scaling_factor=0.36, shift_factor=0.12),
        text_encoder=gemma(),
        tokenizer=word_tokenizer("<s> $A"),  # pyright: ignore[reportArgumentType]
    )


def z_image() -> Any:
    pipeline = diffusers.ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(**FLOW),
        vae=autoencoder(4, scaling_factor=0.36, shift_factor=0.12),
        text_encoder=qwen3(2),
        tokenizer=word_tokenizer("$A"),  # pyright: ignore[reportArgumentType]
        transformer=diffusers.ZImageTransformer2DModel(
            in_channels=4,
            dim=32,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=WIDTH,
            axes_dims=[8, 4, 4],
            axes_lens=[256, 64, 64],
        ),
    )
    for token in (pipeline.transformer.x_pad_token, pipeline.transformer.cap_pad_token):
        torch.nn.init.zeros_(token)  # diffusers 0.36 leaves them as the memory was
    return pipeline


def qwen_image() -> Any:
    pipeline = diffusers.QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(**FLOW),
        vae=diffusers.AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=4,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            latents_mean=[0.1, -0.2, 0.3, 0.0],
            latents_std=[1.0, 2.0, 0.5, 1.5],
        ),
        text_encoder=qwen_vl(),
        tokenizer=word_tokenizer("$A"),  # pyright: ignore[reportArgumentType]
        transformer=diffusers.QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            axes_dims_rope=(4, 4, 8),
        ),
    )
    pipeline.default_sample_size = 8
    prefix = pipeline.prompt_template_encode.split("{}")[0]
    pipeline.prompt_template_encode_start_idx = len(pipeline.tokenizer(prefix).input_ids)
    return pipeline


BUILDERS: dict[str, Callable[..., Any]] = {
    builder.__name__: builder
    for builder in (xl, sd3, flux, flux2, flux2_klein, pixart, sana, lumina2, z_image, qwen_image)
}

SINCE = {"flux2": "0.36.0", "flux2_klein": "0.37.0", "z_image": "0.36.0", "qwen_image": "0.37.0"}
"""The diffusers from which on a class can be used; the others can with the oldest that is allowed."""


def lacking(name: str) -> str | None:
    """Why a class cannot be used with the installed diffusers; None where it can."""
    since, there = SINCE.get(name, "0"), diffusers.__version__
    if Version(there) >= Version(since):
        return None
    return f"{name} needs diffusers {since}, and this is {there}"


def build(name: str, **settings: Any) -> Any:
    """Build one, with weights of a fair size even where a layer starts from zero.

    The test is skipped where the installed diffusers is too old for its class.
    """
    reason = lacking(name)
    if reason is not None:
        pytest.skip(reason)
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    pipeline = BUILDERS[name](**settings)
    network = getattr(pipeline, "transformer", None) or pipeline.unet
    with torch.no_grad():
        for weights in network.parameters():
            if weights.ndim > 1:
                weights.add_(0.2 * torch.randn(weights.shape, generator=generator))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
