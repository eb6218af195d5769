"""What every worker is told: which model to load, how to estimate, and where to put what comes out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from .folder import BatchFolder
from .picture import Picture

__all__ = ["Job", "ModelSource", "Outcome"]


@dataclass(frozen=True)
class ModelSource:
    """Where a worker gets its model.

    Attributes
    ----------
    given
        A folder or Hub id, or "scenes"; a function of the device; or the pipeline itself, which cannot leave
        this process.
    device
        A torch device; None for the GPU where there is one.
    dtype
        Of a pipeline that is loaded by name.
    """

    given: Any
    device: str | None = None
    dtype: str = "float32"

    @property
    def name(self) -> str:
        """What stands in the manifest; of a folder its whole path, however it was named."""
        if isinstance(self.given, str | os.PathLike):
            name = os.fspath(self.given)
            return str(Path(name).resolve()) if name != "scenes" and Path(name).is_dir() else name
        if self.loads:
            return getattr(self.given, "__qualname__", "partial")
        return type(self.given).__name__

    @property
    def loads(self) -> bool:
        """Whether it can be loaded in another process."""
        return isinstance(self.given, str | os.PathLike) or _is_function(self.given)

    def load(self) -> Any:
        """Return the model, as `estimate` takes it."""
        if isinstance(self.given, str | os.PathLike):
            from infodiff_widgets.loading import load_named

            return load_named(os.fspath(self.given), self.device, self.dtype, quiet=True)
        return self.given(self.device) if self.loads else self.given


@dataclass(frozen=True)
class Job:
    """A batch, as its workers see it.

    Attributes
    ----------
    model, folder
        Where from, and where to.
    options
        Those of `estimate` that are the same for all pictures, plain values.
    seed
        From it and the picture each picture's own is made.
    maps
        Data type of the maps in the store.
    together
        Pictures at a time on each device; None for what suits the device.
    results, figures
        Whether each picture's result and a figure of it are kept.
    first
        The first pictures of the table: on the first usable one of them density and precision are settled.
    session
        Tells this start of the driver from others.
    """

    model: ModelSource
    folder: BatchFolder
    options: dict[str, Any]
    seed: int
    maps: str
    together: int | None
    results: bool
    figures: bool
    first: tuple[Picture, ...]
    session: str

    def is_done(self, picture: Picture) -> bool:
        """Whether all that is wanted of a picture is there."""
        wanted = [self.folder.part(picture)]
        wanted += [self.folder.result(picture)] if self.results else []
        wanted += [self.folder.figure(picture)] if self.figures else []
        return all(path.exists() for path in wanted)


@dataclass(frozen=True)
class Outcome:
    """What became of a picture; `reason` is "" where it has a result.

    `prepared` are the evaluations that its worker has spent on what all pictures have in common, and not said
    with an earlier one.
    """

    name: str
    reason: str
    evaluations: int
    seconds: float
    prepared: int = 0


def _is_function(value: Any) -> bool:
    # Pipelines can be called, too.
    return isinstance(value, FunctionType | type | partial)
