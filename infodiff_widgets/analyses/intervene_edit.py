"""The picture under a changed prompt: to its noise along the probability-flow ODE, and back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import UnsupportedPipelineError
from infodiff_widgets.images import load_image
from infodiff_widgets.turns import turn_of

from .attention import recorded
from .intervene_cases import Change
from .inversion import Solver, invert, regenerate, trajectory

__all__ = ["EditedPicture", "edit"]


@dataclass(frozen=True, eq=False)
class EditedPicture:
    """What became of a picture.

    Attributes
    ----------
    change
        Of the prompt.
    before, reconstructed, after
        The picture, what the unchanged prompt makes of its noise, and what the changed one makes of it.
    moved : (h, w)
        Squared difference of the latents of `after` and `reconstructed`, summed over channels.
    reconstruction_error
        Mean squared error of the latents of `reconstructed`, over their mean square: 0 is a perfect return.
    noise_scale
        Standard deviation of the noise over what it should be, 1: below it the picture is smoother than the
        network expects, and edits are weaker.
    attention : (h, w) or None
        To the word, where it was asked for: see `attention_capture`.
    evaluations
        Of the network.
    """

    change: Change
    before: Image.Image
    reconstructed: Image.Image
    after: Image.Image
    moved: NDArray[np.float64]
    reconstruction_error: float
    noise_scale: float
    attention: NDArray[np.float64] | None
    evaluations: int

    @property
    def changed(self) -> NDArray[np.float64]:
        """Where pixels changed, (H, W): mean absolute difference of the channels, as a part of their range.

        Between `after` and `reconstructed`, so that what inversion loses is no change.
        """
        after, same = (np.asarray(p.convert("RGB"), np.float64) for p in (self.after, self.reconstructed))
        return np.abs(after - same).mean(-1) / 255


def edit(
    model: Any,
    image: Any,
    change: Change,
    *,
    steps: int = 50,
    solver: Solver = "heun",
    attend: bool = False,
) -> EditedPicture:
    """Change the prompt of a picture and see what becomes of it.

    Parameters
    ----------
    model
        A pipeline, or a denoiser with ``decode_latents``.
    image
        See `images.load_image`.
    change
        From `intervene_cases.omit`, `swap` or `add`.
    steps, solver
        See `inversion.trajectory`.
    attend
        Whether to record attention to the word along the generation under the unchanged prompt.

    Raises
    ------
    UnsupportedPipelineError
        Where the latents cannot be decoded.

    Examples
    --------
    >>> from infodiff_widgets.analyses.intervene_cases import swap
    >>> edited = edit(pipeline, "picture.png", swap(prompt, "red", "green"), steps=2)
    >>> edited.after.size
    (64, 64)
    """
    denoiser: Any = as_denoiser(model)
    if not hasattr(denoiser, "decode_latents"):
        raise UnsupportedPipelineError(
            f"{type(denoiser).__name__} has no decode_latents: add that method, latents (B, C, h, w) to a "
            "list of PIL images."
        )
    picture = load_image(image, denoiser.image_rule)
    path = trajectory(denoiser.schedule, steps, solver=solver)
    turn = turn_of(denoiser)
    with turn:
        latents = denoiser.encode_image(picture)
        prompts = denoiser.encode_prompts([change.before, change.after])
    noise = invert(denoiser, latents[None], prompts.select([0]), path)
    size = (latents.shape[-2], latents.shape[-1])
    along = recorded(denoiser, change.before, [change.word], size) if attend else nullcontext()
    with along as total:
        same = regenerate(denoiser, noise, prompts.select([0]), path)[0]
    other = regenerate(denoiser, noise, prompts.select([1]), path)[0]
    with turn:
        reconstructed, after = (denoiser.decode_latents(x[None])[0] for x in (same, other))
    return EditedPicture(
        change=change,
        before=picture,
        reconstructed=reconstructed,
        after=after,
        moved=(other - same).double().square().sum(0).cpu().numpy(),
        reconstruction_error=float((same - latents).square().mean() / latents.square().mean()),
        noise_scale=float(noise.std() / path.sigma[-1]),
        attention=None if total is None else total.maps[0].numpy(),
        evaluations=3 * path.evaluations,
    )
