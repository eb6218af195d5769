"""What the estimator asks of a network: noise predictions at trained levels, under conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self, runtime_checkable

from PIL import Image
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule
from infodiff_widgets.images import ImageRule

__all__ = ["Conditions", "Denoiser", "refuse_long"]


class Conditions(Protocol):
    """Encoded prompts, a batch of them; what is inside is the denoiser's own affair.

    Examples
    --------
    >>> from infodiff_widgets.denoisers import as_denoiser
    >>> conditions = as_denoiser(pipeline).encode_prompts(["", "a red circle"])
    >>> len(conditions), len(conditions.select([1, 1, 0]))
    (2, 3)
    """

    def __len__(self) -> int:
        """Return the number of prompts."""
        ...

    def select(self, indices: Sequence[int]) -> Self:
        """Return the prompts at these places, which may repeat, as a batch of their own."""
        ...


@runtime_checkable
class Denoiser(Protocol):
    """A network that predicts noise, ``e(z, level, condition)``, always without guidance.

    Attributes
    ----------
    schedule
        The levels on which it was trained.
    image_rule
        The sizes of pictures that it takes.
    identity
        What tells it from other networks (names, hashes, data type): goes into results, and is the key of
        its cached calibration. Plain values that JSON can hold.

    Examples
    --------
    >>> from infodiff_widgets.denoisers import as_denoiser
    >>> denoiser = as_denoiser(pipeline)
    >>> isinstance(denoiser, Denoiser)
    True
    >>> latents = denoiser.encode_image(picture)
    >>> z, levels = latents[None], torch.tensor([500])
    >>> denoiser.epsilon(z, levels, denoiser.encode_prompts(["a red circle"])).shape == z.shape
    True
    """

    @property
    def schedule(self) -> NoiseSchedule:
        """The trained levels."""
        ...

    @property
    def image_rule(self) -> ImageRule:
        """The sizes of pictures."""
        ...

    @property
    def identity(self) -> dict[str, Any]:
        """Names, hashes, data type: what tells the network from others, the key of what is cached of it."""
        ...

    def encode_image(self, image: Image.Image) -> Tensor:
        """Return the latents of an RGB picture, (C, h, w) float32, on the network's device."""
        ...

    def encode_prompts(self, prompts: Sequence[str]) -> Conditions:
        """Encode texts, "" among them perhaps; raise `PromptError` for one that is too long."""
        ...

    def epsilon(self, z: Tensor, levels: Tensor, conditions: Any) -> Tensor:
        """Predict the noise.

        Parameters
        ----------
        z : (B, C, h, w)
            Noised latents, float32.
        levels : (B,)
            Indices into the schedule, int64, on the CPU.
        conditions : Conditions
            B of them, from `encode_prompts`.

        Returns
        -------
        (B, C, h, w)
            float32.
        """
        ...


def refuse_long(denoiser: Denoiser, texts: Iterable[str]) -> None:
    """Refuse prompts that are too long, where a network can tell without its encoders: it has `shorten`.

    Raises
    ------
    PromptError
        As from `Denoiser.encode_prompts`.
    """
    shorten = getattr(denoiser, "shorten", None)
    if shorten is None:
        return
    for text in sorted(texts, key=len, reverse=True):  # a prompt before its parts
        if shorten(text) != text:
            denoiser.encode_prompts([text])
