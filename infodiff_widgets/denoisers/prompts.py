"""From prompts to recorded conditions, by a pipeline's own call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from infodiff_widgets.errors import UnsupportedPipelineError

from .conditions import RecordedConditions, Size, batched, join, rows_of, select
from .recording import Recording, record

if TYPE_CHECKING:
    from .pipeline import PipelineDenoiser

__all__ = ["PromptRecorder"]


class PromptRecorder:
    """Records what a denoiser's pipeline makes of prompts.

    Attributes
    ----------
    latents_name
        Of the network's arguments, the one that takes the noised latents.
    """

    def __init__(self, denoiser: PipelineDenoiser) -> None:
        self._denoiser = denoiser
        forward = getattr(denoiser.network, "_orig_mod", denoiser.network).forward  # beneath torch.compile
        self.latents_name = next(iter(inspect.signature(forward).parameters))

    def conditions(self, texts: tuple[str, ...]) -> RecordedConditions:
        """Return conditions that record themselves at the sizes that are asked for."""
        indices = tuple(range(len(texts)))
        return RecordedConditions(lambda size: self._record_all(texts, size), self._rows, indices)

    @cached_property
    def _rows(self) -> dict[str, Any]:
        side = self._denoiser.image_rule.size // self._denoiser.factor
        # Texts of two lengths, so that what is padded shows its mask.
        one, two = (self._record({"prompt": texts}, (side, side)) for texts in ([""], ["", "a cat"]))
        return batched(one, two)

    def _record_all(self, texts: tuple[str, ...], size: Size) -> dict[str, Any]:
        special = self._denoiser.unconditional() if "" in texts else None
        plain = [index for index, text in enumerate(texts) if text or special is None]
        at_once = self._denoiser.texts_at_once or len(texts)
        calls: list[Mapping[str, Any]] = [
            {"prompt": [texts[index] for index in plain[start : start + at_once]]}
            for start in range(0, len(plain), at_once)
        ]
        if special is not None:
            calls.append(special)
        row = {index: place for place, index in enumerate(plain)}
        order = [row.get(index, len(plain)) for index in range(len(texts))]
        return select(join([self._record(call, size) for call in calls], self._rows), self._rows, order)

    def _record(self, call: Mapping[str, Any], size: Size) -> dict[str, Any]:
        denoiser = self._denoiser
        height, width = (side * denoiser.factor for side in size)
        asked = len(call.get("prompt", [""]))
        plain = {"height": height, "width": width, **denoiser.extra_arguments(asked, (height, width))}
        recording = record(denoiser.pipeline, denoiser.network, {**plain, **call})
        self._check_timestep(recording)
        given = rows_of(recording.arguments[self.latents_name])
        if given != asked:
            raise UnsupportedPipelineError(
                f"{type(denoiser.pipeline).__name__} calls its network with {given} inputs for {asked} "
                "prompts: it cannot be asked to leave out guidance."
            )
        ours = (self.latents_name, denoiser.timestep_name, "return_dict")
        return {name: value for name, value in recording.arguments.items() if name not in ours}

    def _check_timestep(self, recording: Recording) -> None:
        denoiser = self._denoiser
        passed = float(torch.as_tensor(recording.arguments[denoiser.timestep_name]).flatten()[0])
        expected = float(denoiser.told(torch.tensor(recording.timestep, dtype=torch.float64)))
        if abs(passed - expected) > 0.01 * abs(expected) + 1e-3:  # half precision rounds it
            raise UnsupportedPipelineError(
                f"{type(denoiser.pipeline).__name__} tells its network {passed:g} for timestep "
                f"{recording.timestep:g}, where {expected:g} was expected: this version of diffusers is not "
                "known to infodiff-widgets."
            )
