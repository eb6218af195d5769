"""A run on disk: what is done of it, so that a process that was killed goes on where it was."""

from __future__ import annotations

import json
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from .errors import CheckpointError, MissingFileError
from .files import whole

__all__ = ["Checkpoint", "check_place", "load", "save"]

_KIND, _VERSION = "infodiff-widgets run", "2"
_CALLED = {
    "denoiser": "model",
    "image_sha256": "picture",
    "versions": "versions of libraries",
}


@dataclass(frozen=True)
class Checkpoint:
    """What is done of a run.

    Attributes
    ----------
    key
        Digests of everything that determines the run, by name.
    arrays
        Tensors by name.
    state
        Plain values.
    """

    key: dict[str, str]
    arrays: dict[str, Tensor]
    state: dict[str, Any] = field(default_factory=dict)


def check_place(path: Path) -> None:
    """Raise where nothing could be kept, before the work rather than after it.

    Raises
    ------
    MissingFileError
        Where there is no such folder.
    CheckpointError
        Where it is a folder itself, or a new file cannot be written beside it.
    """
    if not path.parent.is_dir():
        raise MissingFileError(f"There is no folder {path.parent} for the checkpoint: make it first.")
    if path.is_dir():
        raise CheckpointError(
            f"checkpoint={str(path)!r} is a folder: give the name of a file in it, such as "
            f"{str(path / 'run.safetensors')!r}."
        )
    if path.exists():
        return  # a run that has ended can be read where nothing can be written
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise CheckpointError(
            f"checkpoint={str(path)!r} cannot be written ({error.strerror or error}): give a file in a "
            "folder that you may write to."
        ) from error


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all; where that fails, warn, since the run itself is well."""
    key, state = json.dumps(checkpoint.key), json.dumps(checkpoint.state)
    described = {"version": _VERSION, "key": key, "state": state}
    arrays = {name: value.detach().to("cpu").contiguous() for name, value in checkpoint.arrays.items()}
    try:
        with whole(path) as part:
            save_file(arrays, part, {**described, "kind": _KIND})
    except (SafetensorError, OSError) as error:
        text = (
            f"checkpoint={str(path)!r} cannot be written ({error}): the run goes on, but what it does from "
            "here on is kept nowhere until it ends."
        )
        warnings.warn(text, UserWarning, stacklevel=2)


def load(path: Path, key: dict[str, str], device: torch.device) -> Checkpoint | None:
    """Read a checkpoint of the run with this key; None where there is no file.

    Raises
    ------
    CheckpointError
        Where the file is damaged, is something else, or belongs to another run.
    """
    if not path.exists():
        return None
    try:
        with path.open("rb"):
            pass
    except OSError as error:  # safetensors would call it damaged
        raise CheckpointError(
            f"checkpoint={str(path)!r} cannot be read ({error.strerror or error}): see that you may read it, "
            "or give another name."
        ) from error
    try:
        with safe_open(path, framework="pt") as file:
            described = file.metadata() or {}
            arrays = {name: file.get_tensor(name).to(device) for name in file.keys()}  # noqa: SIM118
        ours = described.get("kind") == _KIND and described.get("version") == _VERSION
        plain = [dict(json.loads(described[name])) for name in ("key", "state")] if ours else []
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"checkpoint={str(path)!r} cannot be read ({error}): delete it to begin anew."
        ) from error
    if not plain:
        raise CheckpointError(
            f"checkpoint={str(path)!r} is no checkpoint of a run, or of another version of "
            "infodiff-widgets: give another name, or delete it."
        )
    found, state = plain
    other: list[str] = [name for name in {**key, **found} if found.get(name) != key.get(name)]
    if other:
        raise CheckpointError(
            f"checkpoint={str(path)!r} belongs to another run, which is not the same in: "
            f"{', '.join(_CALLED.get(name, name) for name in other)}. Give each run a file of its own, or "
            "delete this one."
        )
    return Checkpoint(key, arrays, state)
