"""Networks behind one interface, `Denoiser`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from infodiff_widgets.errors import UnsupportedPipelineError

from .base import Conditions, Denoiser

__all__ = ["SUPPORTED", "Conditions", "Denoiser", "as_denoiser"]

SUPPORTED = {
    "StableDiffusionPipeline": "stable_diffusion.StableDiffusionDenoiser",
    "StableDiffusionImg2ImgPipeline": "stable_diffusion.StableDiffusionDenoiser",
    "StableDiffusionXLPipeline": "stable_diffusion.StableDiffusionXLDenoiser",
    "StableDiffusion3Pipeline": "stable_diffusion_3.StableDiffusion3Denoiser",
    "FluxPipeline": "flux.FluxDenoiser",
    "Flux2Pipeline": "flux2.Flux2Denoiser",
    "Flux2KleinPipeline": "flux2.Flux2KleinDenoiser",
    "Lumina2Pipeline": "lumina2.Lumina2Denoiser",
    "PixArtSigmaPipeline": "pixart.PixArtDenoiser",
    "QwenImagePipeline": "qwen_image.QwenImageDenoiser",
    "SanaPipeline": "sana.SanaDenoiser",
    "ZImagePipeline": "z_image.ZImageDenoiser",
}
"""Classes of diffusers, by name, and the adapters of these and of their subclasses."""


def as_denoiser(model: Any) -> Denoiser:
    """Return a denoiser for a diffusers pipeline; a denoiser passes through.

    Raises
    ------
    UnsupportedPipelineError
        For anything else.

    Examples
    --------
    >>> denoiser = as_denoiser(pipeline)
    >>> low, high = denoiser.schedule.trained_range
    >>> round(low, 2)
    -5.36
    """
    if isinstance(model, Denoiser):
        return model
    for cls in type(model).__mro__:
        if cls.__name__ in SUPPORTED:
            # Imported here because torch and diffusers take seconds.
            module, name = SUPPORTED[cls.__name__].split(".")
            return getattr(import_module(f".{module}", __name__), name)(model)
    raise UnsupportedPipelineError(_refusal(model))


def _refusal(model: Any) -> str:
    if isinstance(model, str):
        return f"{model!r} is a name: load it, for example with diffusers.DiffusionPipeline.from_pretrained."
    if isinstance(model, type):
        return f"{model.__name__} is a class: pass an object of it, such as a loaded pipeline."
    name = type(model).__name__
    families = [known for known in SUPPORTED if name.startswith(known.removesuffix("Pipeline"))]
    related = f"; of its family, {max(families, key=len)} is" if families else ""
    return (
        f"{name} is not supported{related}. Those that are stand in infodiff_widgets.denoisers.SUPPORTED and "
        'in the README, "What it supports"; any other network plugs in by a short class of your own with the '
        "methods of infodiff_widgets.denoisers.Denoiser."
    )
