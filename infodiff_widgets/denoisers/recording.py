"""Recording what a diffusers pipeline passes to its network: its own call, stopped at the network's door."""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from infodiff_widgets.errors import UnsupportedPipelineError
from infodiff_widgets.listing import listed

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
        Left as it is, its scheduler and the global random state included: others may be using it.
    network
        One of its modules. Calls of other threads pass.
    arguments
        Of the pipeline's call: prompts and sizes. Whatever its call does not know is left out.
    """
    known = inspect.signature(type(pipeline).__call__).parameters
    generator = torch.Generator().manual_seed(0)
    wanted = {**_PLAIN, "generator": generator, **arguments}
    if "guidance_scale" in known and known["guidance_scale"].default is None and not is_distilled(network):
        del wanted["guidance_scale"]  # Qwen-Image: for its distilled versions only
    caught: dict[str, Any] = {}
    here = threading.get_ident()

    def catch(_: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any] = MappingProxyType({})) -> None:
        if threading.get_ident() != here:
            return  # of a picture that is generated, or another estimate
        bound = inspect.signature(getattr(network, "_orig_mod", network).forward).bind(*args, **kwargs)
        caught.update(bound.arguments)
        raise _Reached

    lent = _lent(pipeline)
    hook = network.register_forward_pre_hook(catch, with_kwargs=True)
    try:
        lent(**{name: value for name, value in wanted.items() if name in known})
    except _Reached:
        return Recording(caught, float(lent.scheduler.timesteps[0]))
    except (AttributeError, TypeError, ValueError) as error:
        name, missing = type(pipeline).__name__, _missing(pipeline)
        if missing and "NoneType" in str(error):
            raise UnsupportedPipelineError(
                f"{name} cannot be called without its {listed(missing)}: load the whole pipeline."
            ) from error
        raise UnsupportedPipelineError(
            f"{name} cannot be called with {type(pipeline.scheduler).__name__} and its other parts: {error}"
        ) from error
    finally:
        hook.remove()
    raise UnsupportedPipelineError(
        f"{type(pipeline).__name__} came to an end without calling its {type(network).__name__}: "
        "it is none of the kind that it was taken for."
    )


def _missing(pipeline: Any) -> list[str]:
    """Return what reads prompts and was not loaded; some pipelines do without."""
    parts = pipeline.components.items()
    return [name for name, part in parts if part is None and name.startswith(("text_encoder", "tokenizer"))]


def _lent(pipeline: Any) -> Any:
    """Return the same parts in a pipeline of their own, whose scheduler and progress bar nobody else sees."""
    lent = copy.copy(pipeline)
    lent.scheduler = copy.deepcopy(pipeline.scheduler)
    lent.set_progress_bar_config(disable=True)
    return lent


def is_distilled(network: nn.Module) -> bool:
    """Whether a network is told its guidance, as those that are distilled from guidance are.

    Not all of them say so in their configuration: FLUX.2 of diffusers 0.36 does not, and is told it always.
    """
    config = getattr(network, "config", {})
    if config.get("guidance_embeds") or config.get("time_cond_proj_dim"):
        return True
    return any(name.rpartition(".")[2] == "guidance_embedder" for name, _ in network.named_modules())
