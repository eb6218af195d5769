"""What a run is asked: everything that a user can get wrong is checked here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from .bands import band_edges, band_of
from .channel import Quadrature
from .checkpoint import check_place
from .denoisers import Denoiser, as_denoiser
from .denoisers.identity import apart_from_place
from .devices import given_devices
from .errors import ArgumentError, NumericalError, UnsupportedPipelineError
from .evaluation import check_batch_size
from .images import load_image
from .naming import resolve_words
from .options import Options, given_density, given_pairs, given_swaps, shortened
from .plan import Jobs, Plan
from .sampling import LevelDensity
from .stopping import Stop
from .versions import versions

__all__ = ["Question"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """A network, a picture and what to ask of them.

    Attributes
    ----------
    denoiser, prompt, picture
        As the network takes them.
    cut
        What fell away at the end of the prompt, "" for nothing.
    options
        As the user gave them.
    devices
        None where the network is called where it is.
    stop
        What ends the run early.
    density
        None where it is to be fitted.
    plan
        The prompts and what is compared.
    draws
        Planned.
    quadrature, band_edges
        The levels of noise, and how they are divided.
    """

    denoiser: Denoiser
    prompt: str
    picture: Image.Image
    options: Options
    devices: tuple[torch.device, ...] | None
    stop: Stop
    density: LevelDensity | None
    plan: Plan
    draws: int
    quadrature: Quadrature
    band_edges: NDArray[np.float64]
    cut: str = ""

    @classmethod
    def of(cls, model: Any, image: Any, prompt: str, options: Options) -> Self:
        """Read what a user gave; the network is not called.

        Raises
        ------
        InfodiffError
            Where it cannot be used.
        """
        denoiser = as_denoiser(model)
        whole, prompt = prompt, shortened(prompt, denoiser) if options.truncate else prompt
        stop = Stop.given(options.until, options.max_evaluations, options.max_seconds)
        if options.precision not in ("auto", "pipeline", "float32"):
            raise ArgumentError(f"precision={options.precision!r}: give 'auto', 'pipeline' or 'float32'.")
        check_batch_size(options.batch_size)
        if options.checkpoint is not None:
            check_place(Path(options.checkpoint))
        devices = given_devices(options.devices)
        density = given_density(options.density)
        plan = Plan.build(
            prompt,
            resolve_words(prompt, options.words),
            options.quantities,
            options.placeholder,
            options.reference,
            given_swaps(prompt, options.swaps),
            given_pairs(prompt, options.pairs),
        )
        draws = stop.planned(options.draws, len(plan.jobs(np.array([0]), options.seed).texts))
        quadrature = denoiser.schedule.quadrature(options.log_snr_range)
        edges = band_edges(options.bands, quadrature.low, quadrature.high)
        picture = load_image(image, denoiser.image_rule, resize=options.resize, prompt=prompt)
        return cls(
            denoiser=denoiser,
            prompt=prompt,
            picture=picture,
            options=options,
            devices=devices,
            stop=stop,
            density=density,
            plan=plan,
            draws=draws,
            quadrature=quadrature,
            band_edges=edges,
            cut=whole[len(prompt) :] if options.truncate else "",
        )

    @cached_property
    def latents(self) -> Tensor:
        """Those of the picture, (C, h, w), for which the encoder of pictures is called.

        Raises
        ------
        InfodiffError
            Where they cannot be used, or the network's output on them contradicts its scheduler.
        """
        latents = self.denoiser.encode_image(self.picture)
        if latents.ndim != 3:
            name = type(self.denoiser).__name__
            raise UnsupportedPipelineError(
                f"{name}.encode_image returned latents of shape {tuple(latents.shape)}: return those of one "
                "picture, (C, h, w)."
            )
        if not bool(latents.isfinite().all()):
            raise NumericalError("The picture's latents hold NaN or infinity: run the VAE in float32.")
        return latents

    def jobs(self, draws: NDArray[np.int64]) -> Jobs:
        """Say what some draws ask of the network."""
        return self.plan.jobs(draws, int(self.options.seed))

    def texts(self) -> Iterator[str]:
        """List the prompts: those of every draw, then those that only some draws need."""
        yield from self.plan.texts
        if self.plan.players is not None:
            for draw in range(self.draws):
                yield from self.jobs(np.array([draw])).texts

    def bands(self, log_snr: NDArray[np.float64]) -> tuple[NDArray[np.int64] | None, int]:
        """Return the band of each level, and how many bands there are; None and 0 without bands."""
        if not self.band_edges.size:
            return None, 0
        edges, quadrature = self.band_edges, self.quadrature
        return band_of(log_snr, edges, quadrature.low, quadrature.high), edges.size - 1

    def provenance(self, stop: Stop | None) -> dict[str, Any]:
        """Return what repeats the run.

        Parameters
        ----------
        stop
            What ends it; None leaves that out.
        """
        options = self.options
        asked = {
            "denoiser": self.denoiser.identity,
            "scheme": "systematic levels, antithetic pairs",
            "seed": int(options.seed),
            "draws": int(self.draws),
            "quantities": list(self.plan.quantities),
            "words": [[word.text, word.start, word.stop] for word in self.plan.words],
            "placeholder": options.placeholder,
            "reference": options.reference,
            "swaps": [[word.text, word.start, word.stop, text] for word, text in self.plan.swaps],
            "pairs": [[list(word.span) for word in pair] for pair in self.plan.pairs],
            "precision": options.precision,
            "bands": self.band_edges.tolist(),
            "log_snr_range": [self.quadrature.low, self.quadrature.high],
            "image_sha256": hashlib.sha256(np.asarray(self.picture).tobytes()).hexdigest(),
            "prompts": list(self.plan.texts),
            "device": str(self.latents.device),
            "devices": [str(device) for device in self.devices or (self.latents.device,)],
            "versions": versions(),
        }
        if stop is None:
            return asked
        ends = {
            "until": stop.relative_error,
            "max_evaluations": stop.evaluations,
            "max_seconds": stop.seconds,
        }
        return {**asked, **ends, "cut": self.cut, "doubt": getattr(self.denoiser, "doubt", "")}

    @cached_property
    def key(self) -> dict[str, str]:
        """Digests of all that determines the answer, by name; not of what only ends the run."""
        density = self.density.to_dict() if self.density else None
        network = apart_from_place(self.denoiser.identity)
        asked = {**self.provenance(None), "denoiser": network}
        named = {**asked, "batch_size": self.options.batch_size, "density": density}
        plain = {name: json.dumps(value, sort_keys=True, default=str) for name, value in named.items()}
        return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in plain.items()}
