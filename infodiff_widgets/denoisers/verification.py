"""Is the network's output what the scheduler says? Found out on a picture whose noise is known.

At a middle noise level the output is read in every way that there is. Of a trained network, the right reading
has the smallest error, since its prediction of the noise is a posterior mean. An untrained network shows
itself by telling no more about the noise than its input does.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from infodiff_widgets.channel import noised, to_epsilon
from infodiff_widgets.errors import UnsupportedPipelineError

from .parametrisation import PREDICTIONS

if TYPE_CHECKING:
    from .pipeline import PipelineDenoiser

__all__ = ["Verdict", "judge", "verify"]

_logger = logging.getLogger(__name__)

_TELLING = 0.8  # of the error of scaling the input: a network that does not beat it says nothing
_CLEAR = 1.25  # an error that is this many times the smallest is a contradiction

_agreed: WeakKeyDictionary[torch.nn.Module, set[str]] = WeakKeyDictionary()
"""Networks whose output was found to be what is said, with the identities that they had then."""


@dataclass(frozen=True)
class Verdict:
    """What the output turned out to be.

    Attributes
    ----------
    found
        A prediction type, with a minus sign where the output is its negative; None where nothing can be said.
    on_picture, on_noise
        The output, regressed on the picture and the noise.
    agrees
        False where `found` is clearly better than what was expected.
    """

    found: str | None
    on_picture: float = float("nan")
    on_noise: float = float("nan")
    agrees: bool = True


def verify(denoiser: PipelineDenoiser, x: Tensor) -> tuple[int, str]:
    """Check what a network predicts, on a picture's latents, (C, h, w).

    Of a network that has passed, and has the same weights and schedule since, that is known.

    Returns
    -------
    evaluations
        That it took; 0 where it is known.
    doubt
        A sentence for whoever reads the numbers, where the network tells nothing; else "".

    Raises
    ------
    UnsupportedPipelineError
        Where that clearly contradicts the scheduler.
    """
    known = _agreed.setdefault(denoiser.network, set())
    identity = json.dumps(denoiser.identity, sort_keys=True, default=str)
    if identity in known:
        return 0, ""
    level = torch.as_tensor(abs(denoiser.schedule.log_snr).argmin())[None]
    log_snr = torch.as_tensor(denoiser.schedule.log_snr.copy())[level]
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0)).to(x.device)
    conditions = denoiser.encode_prompts([""])
    epsilon = torch.stack([noise, -noise])
    z = noised(x, epsilon, log_snr)
    output = torch.cat([denoiser.output(row[None], level, conditions) for row in z])
    verdict = judge(output, x.expand_as(z), epsilon, z, log_snr, denoiser.prediction_type)
    network, scheduler = type(denoiser.network).__name__, type(denoiser.pipeline.scheduler).__name__
    if verdict.found is None:
        _logger.warning(
            "%s tells nothing about the noise of this picture (is it untrained, or the picture noise?): "
            "its output is taken for %s, as %s says",
            network,
            denoiser.prediction_type,
            scheduler,
        )
    elif not verdict.agrees:
        raise UnsupportedPipelineError(
            f"{network} does not predict {denoiser.prediction_type}, as {scheduler} says, but "
            f"{verdict.found}: on this picture, at log-SNR {float(log_snr):.2f}, its output is "
            f"{verdict.on_picture:+.2f} picture {verdict.on_noise:+.2f} noise. Load the scheduler that came "
            "with the model, or set its prediction_type."
        )
    else:
        known.add(identity)
    return len(output), _doubt(denoiser, verdict)


def _doubt(denoiser: PipelineDenoiser, verdict: Verdict) -> str:
    """Return what is to be known of numbers from this network; of NaN, the estimate has its own to say."""
    if verdict.found is not None or not math.isfinite(verdict.on_noise):
        return ""
    network, scheduler = type(denoiser.network).__name__, type(denoiser.pipeline.scheduler).__name__
    return (
        f"{network} told nothing about the noise of the first picture that this denoiser was given: either "
        "it is untrained, or that picture was mere noise. Its output is taken for "
        f"{denoiser.prediction_type}, as {scheduler} says, and these numbers may mean nothing. See by a "
        "picture from pipeline(prompt) whether its weights were loaded."
    )


def judge(output: Tensor, x: Tensor, epsilon: Tensor, z: Tensor, log_snr: Tensor, expected: str) -> Verdict:
    """Compare an output with a picture and noise.

    Parameters
    ----------
    output, x, epsilon, z : (B, C, h, w)
        What the network returned, what was noised, with what, and the outcome.
    log_snr : (1,) or (B,)
        Around 0.
    expected
        The prediction type that the output is taken for.
    """
    if not bool(output.isfinite().all()):
        return Verdict(None)
    parts = torch.stack([x.flatten(), epsilon.flatten()], 1).double().cpu()
    weights = torch.linalg.lstsq(parts, output.flatten().double().cpu()[:, None]).solution.flatten().tolist()
    errors = {
        sign + kind: float((epsilon - to_epsilon(factor * output, z, log_snr, kind)).double().square().mean())
        for kind in PREDICTIONS
        for sign, factor in (("", 1), ("-", -1))
    }
    best = min(errors, key=lambda name: errors[name])
    scale = float((epsilon * z).double().sum() / z.double().square().sum())
    baseline = float((epsilon - scale * z).double().square().mean())
    if errors[best] >= _TELLING * baseline:
        return Verdict(None, *weights)
    return Verdict(best, *weights, agrees=errors[expected] <= _CLEAR * errors[best])
