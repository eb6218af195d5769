"""Noise predictions of each class of pipelines, literally: its own modules, one prompt, textbook formulae."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

Literal = tuple[Tensor, Tensor]


def encode(name: str, pipeline: Any, pixels: Tensor) -> Tensor:
    """(1, 3, H, W) in -1..1 -> latents."""
    vae = pipeline.vae
    if name == "sana":
        return vae.encode(pixels).latent * 0.41407
    if name in ("flux2", "flux2_klein"):
        return pipeline._unpatchify_latents(pipeline._encode_vae_image(pixels, generator=None))
    if name == "qwen_image":
        mean = vae.encode(pixels[:, :, None]).latent_dist.mode()[:, :, 0]
        moments = zip((0.1, -0.2, 0.3, 0.0), (1.0, 2.0, 0.5, 1.5), strict=True)
        return torch.stack([(mean[:, c] - m) / s for c, (m, s) in enumerate(moments)], 1)
    shift, scale = {
        "xl": (0, 0.18215),
        "pixart": (0, 0.18215),
        "sd3": (0.1, 1.5),
    }.get(name, (0.12, 0.36))
    return (vae.encode(pixels).latent_dist.mode() - shift) * scale


def predict(name: str, pipeline: Any, x: Tensor, eps: Tensor, timestep: float, text: str) -> Literal:
    """Noise x, (1, C, h, w), at a timestep of the scheduler; return the prediction of eps and the log-SNR."""
    if name in ("xl", "pixart"):
        t = torch.tensor([int(timestep)])
        signal = pipeline.scheduler.alphas_cumprod.double()[t] ** 0.5
        noise = (1 - signal**2) ** 0.5
        x_t = (signal * x + noise * eps).float()
        return (xl if name == "xl" else pixart)(pipeline, x_t, t, text), 2 * torch.log(signal / noise)
    t = torch.tensor([timestep / 1000], dtype=torch.float64)
    x_t = ((1 - t) * x + t * eps).float()
    velocity = FLOWS[name](pipeline, x_t, t.float(), text)  # from the picture to the noise
    return (x_t + (1 - t) * velocity).float(), 2 * torch.log((1 - t.double()) / t.double())


def xl(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, _, pooled, _ = pipeline.encode_prompt(text or "a", do_classifier_free_guidance=False)
    if text == "":  # what SDXL has for its unconditional
        embeds, pooled = 0 * embeds, 0 * pooled
    height, width = 8 * x_t.shape[2], 8 * x_t.shape[3]
    added = {"text_embeds": pooled, "time_ids": torch.tensor([[height, width, 0, 0, height, width]]).float()}
    return pipeline.unet(x_t, t, embeds, added_cond_kwargs=added).sample


def pixart(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, mask, _, _ = pipeline.encode_prompt(text, do_classifier_free_guidance=False)
    added = {"resolution": None, "aspect_ratio": None}
    output = pipeline.transformer(x_t, embeds, t, added, encoder_attention_mask=mask).sample
    return output.chunk(2, dim=1)[0]


def sd3(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, _, pooled, _ = pipeline.encode_prompt(text, text, text, do_classifier_free_guidance=False)
    return pipeline.transformer(x_t, embeds, pooled, 1000 * t).sample


def flux(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, pooled, text_ids = pipeline.encode_prompt(text)
    _, channels, height, width = x_t.shape
    ids = pipeline._prepare_latent_image_ids(1, height // 2, width // 2, "cpu", torch.float32)
    tokens = pipeline._pack_latents(x_t, 1, channels, height, width)
    guidance = torch.ones(1) if pipeline.transformer.config.guidance_embeds else None
    output = pipeline.transformer(tokens, embeds, pooled, t, ids, text_ids, guidance).sample
    return pipeline._unpack_latents(output, 8 * height, 8 * width, 8)


def flux2(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, text_ids = pipeline.encode_prompt(text)
    patches = pipeline._patchify_latents(x_t)
    ids = pipeline._prepare_latent_ids(patches)
    told = pipeline.transformer.config.get("guidance_embeds", True)  # always, with diffusers 0.36
    guidance = torch.ones(1) if told else None
    output = pipeline.transformer(
        pipeline._pack_latents(patches), embeds, t, ids, text_ids, guidance, return_dict=False
    )[0]
    return pipeline._unpatchify_latents(pipeline._unpack_latents_with_ids(output, ids))


def sana(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    import inspect

    chi = inspect.signature(type(pipeline).__call__).parameters["complex_human_instruction"].default
    embeds, mask, _, _ = pipeline.encode_prompt(text, False, complex_human_instruction=chi if text else None)
    return pipeline.transformer(x_t, embeds, 1000 * t * 0.5, encoder_attention_mask=mask).sample


def lumina2(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    if text:
        embeds, mask, _, _ = pipeline.encode_prompt(text, False)
    else:
        embeds, mask = pipeline._get_gemma_prompt_embeds("")
    return -pipeline.transformer(x_t, 1 - t, embeds, mask).sample


def z_image(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, _ = pipeline.encode_prompt(text, do_classifier_free_guidance=False)
    output = pipeline.transformer([x_t[0][:, None]], 1 - t, embeds, return_dict=False)[0]
    return -output[0][None, :, 0]


def qwen_image(pipeline: Any, x_t: Tensor, t: Tensor, text: str) -> Tensor:
    embeds, mask = pipeline.encode_prompt(text)
    _, channels, height, width = x_t.shape
    tokens = pipeline._pack_latents(x_t, 1, channels, height, width)
    shapes = [[(1, height // 2, width // 2)]]
    output = pipeline.transformer(tokens, embeds, mask, t, shapes).sample
    return pipeline._unpack_latents(output, 8 * height, 8 * width, 8)[:, :, 0]


FLOWS: dict[str, Any] = {
    "sd3": sd3,
    "flux": flux,
    "flux2": flux2,
    "flux2_klein": flux2,
    "sana": sana,
    "lumina2": lumina2,
    "z_image": z_image,
    "qwen_image": qwen_image,
}
