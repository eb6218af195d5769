"""Recording what a diffusers pipeline passes to its network: its own call, stopped at the network's door."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from infodiff_widgets.errors import UnsupportedPipelineError

__all__ = ["Recording", "is_distilled", "record"]

# What every call is asked for, as far as the pipeline knows these words: one step, without guidance (models
# distilled from guidance are told 1), prompts as they are, sizes as they are.
_PLAIN: dict[str, Any] = {
    "num_inference_steps": 1,
    "guidance_scale": 1.0,
    "true_cfg_scale": 1.0,
    "clean_caption": False,
    "use_resolution_binning": False,
    "output_type": "latent",
}


class _Reached(BaseException):
    """The network was reached; derived so that no pipeline catches it."""


@dataclass(frozen=True)
class Recording:
    """What the network was given.

    Attributes
    ----------
    arguments
        By name, the latents among them.
    timestep
        The scheduler's, which the pipeline passed on in its own way.
    """

    arguments: dict[str, Any]
    timestep: float


@torch.no_grad()
def record(pipeline: Any, network: nn.Module, arguments: Mapping[str, Any]) -> Recording:
    """Run a pipeline up to its first call of a network, which is not carried out.

    Parameters
    ----------
    pipeline
        Left as it was found, its scheduler and the global random state included.
    network
        One of its modules.
    arguments
        Of the pipeline's call: prompts and sizes. Whatever its call does not know is left out.
    """
    known = inspect.signature(type(pipeline).__call__).parameters
    generator = torch.Generator().manual_seed(0)
    wanted = {**_PLAIN, "generator": generator, **arguments}
    if "guidance_scale" in known and known["guidance_scale"].default is None and not is_distilled(network):
        del wanted["guidance_scale"]  # Qwen-Image: for its distilled versions only
    caught: dict[str, Any] = {}

    def catch(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        bound = inspect.signature(getattr(network, "_orig_mod", network).forward).bind(*args, **kwargs)
        caught.update(bound.arguments)
        raise _Reached

    hook = network.register_forward_pre_hook(catch, with_kwargs=True)
    try:
        with _quiet(pipeline):
            try:
                pipeline(**{name: value for name, value in wanted.items() if name in known})
            except _Reached:
                return Recording(caught, float(pipeline.scheduler.timesteps[0]))
            except (AttributeError, TypeError, ValueError) as error:
                raise UnsupportedPipelineError(
                    f"{type(pipeline).__name__} cannot be called with {type(pipeline.scheduler).__name__} "
                    f"and its other parts: {error}"
                ) from error
    finally:
        hook.remove()
    raise UnsupportedPipelineError(
        f"{type(pipeline).__name__} came to an end without calling its {type(network).__name__}: "
        "it is none of the kind that it was taken for."
    )


@contextmanager
def _quiet(pipeline: Any) -> Iterator[None]:
    """Lend the pipeline another scheduler, and silence its progress bar."""
    scheduler, bar = pipeline.scheduler, getattr(pipeline, "_progress_bar_config", None)
    pipeline.scheduler = copy.deepcopy(scheduler)
    pipeline.set_progress_bar_config(disable=True)
    try:
        yield
    finally:
        pipeline.scheduler = scheduler
        if bar is None:
            del pipeline._progress_bar_config
        else:
            pipeline._progress_bar_config = bar


def is_distilled(network: nn.Module) -> bool:
    """Whether a network is told its guidance, as those that are distilled from guidance are.

    Not all of them say so in their configuration: FLUX.2 of diffusers 0.36 does not, and is told it always.
    """
    config = getattr(network, "config", {})
    if config.get("guidance_embeds") or config.get("time_cond_proj_dim"):
        return True
    return any(name.rpartition(".")[2] == "guidance_embedder" for name, _ in network.named_modules())
