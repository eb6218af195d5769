"""Networks behind one interface, `Denoiser`."""

from __future__ import annotations

from typing import Any

from infodiff_widgets.errors import UnsupportedPipelineError

from .base import Conditions, Denoiser

__all__ = ["Conditions", "Denoiser", "as_denoiser"]


def as_denoiser(model: Any) -> Denoiser:
    """Return a denoiser for a diffusers pipeline; a denoiser passes through.

    Raises
    ------
    UnsupportedPipelineError
        For anything else.
    """
    if isinstance(model, Denoiser):
        return model
    # Imported here because diffusers takes seconds.
    from .stable_diffusion import SUPPORTED, StableDiffusionDenoiser

    if isinstance(model, SUPPORTED):
        return StableDiffusionDenoiser(model)
    kind = model.__name__ if isinstance(model, type) else type(model).__name__
    raise UnsupportedPipelineError(
        f"{kind} is not supported. Pass a loaded {' or '.join(cls.__name__ for cls in SUPPORTED)}, "
        "or an object with the methods of infodiff_widgets.denoisers.Denoiser."
    )
