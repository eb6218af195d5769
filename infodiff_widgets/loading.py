"""A diffusers pipeline by name: the one of the scenes, a folder, or an id of the Hub."""

from __future__ import annotations

import re
import warnings
from typing import Any

from .errors import ArgumentError, InfodiffError
from .extras import without_torchvision

__all__ = ["DTYPES", "load_named"]

DTYPES = ("float32", "float16", "bfloat16")
"""In what precision a pipeline's weights can be loaded."""


def load_named(name: str, device: str | None = None, dtype: str = "float32", *, quiet: bool = False) -> Any:
    """Return a pipeline on its device, without progress bars when it is called.

    Parameters
    ----------
    name
        "scenes" for the pipeline that the package brings; else a folder or an id of the Hub.
    device
        A torch device; by default the GPU where there is one.
    dtype
        One of `DTYPES`.
    quiet
        No progress bars while it is loaded.

    Raises
    ------
    ArgumentError
        For another data type.
    InfodiffError
        Where there is no such pipeline or device.
    """
    if dtype not in DTYPES:
        raise ArgumentError(f"dtype={dtype!r}: give one of {', '.join(map(repr, DTYPES))}.")
    import diffusers
    import torch
    import transformers

    from .devices import home_of

    home = home_of(device)  # before much is loaded
    if quiet:
        diffusers.utils.logging.disable_progress_bar()
        transformers.utils.logging.disable_progress_bar()
    kind = getattr(torch, dtype)
    if name == "scenes":
        from . import scenes

        pipeline = scenes.load_pipeline(str(home), None if kind == torch.float32 else kind)
    else:
        try:
            with warnings.catch_warnings(), without_torchvision():
                # `dtype` in its place is not known to the older diffusers that are supported.
                warnings.filterwarnings("ignore", "`torch_dtype` is deprecated", FutureWarning)
                pipeline = diffusers.DiffusionPipeline.from_pretrained(name, torch_dtype=kind)
        except (OSError, ValueError) as error:
            raise InfodiffError(
                f"{name}: no diffusers pipeline could be loaded from there ({_reason(error)}). Give a folder "
                "that holds model_index.json, or an id of the Hub that this machine can reach."
            ) from error
        pipeline = pipeline.to(home)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _reason(error: Exception) -> str:
    """Return what diffusers says, without its way to a traceback that is not shown."""
    said = re.sub(r"\s*Please check out the root cause in the stacktrace above\.?", "", str(error))
    return said.strip().rstrip(".")
