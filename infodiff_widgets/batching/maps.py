"""The maps of all pictures in one Zarr store: an array for each quantity and form, (word, y, x)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from .folder import FORMAT
from .part import Part

__all__ = ["MapStore"]

SHARD_BYTES = 4_000_000
CHUNK_BYTES = 250_000
"""A shard is one file, small enough to be held; a chunk is what reading one map costs."""

_CELLS = "Cells divide the picture evenly, from its upper left corner: y down, x to the right."
_PLACES = {
    "row": "row of the picture in the table of the batch, as in pictures.parquet",
    "start": "first character of the word in the prompt",
    "stop": "end of the word in the prompt",
}
_LONG_NAMES = {
    "cmi": "conditional mutual information",
    "mi": "mutual information",
    "shapley": "Shapley value",
}


class MapStore:
    """Writes a store, picture after picture, a shard at a time.

    A group for each grid ("64x64"): arrays ``cmi_orthogonal``, ``cmi_orthogonal_error``, ... of nats per
    latent cell, over the words of all pictures on end; and the coordinates ``row``, ``start``, ``stop``
    (word,) that say which word of which picture: ``xarray.open_zarr(path, group="64x64")``. Each group says
    by itself what it holds and where that came from, as nothing above it is seen by who opens it.
    """

    def __init__(self, path: Path, dtype: str, provenance: Mapping[str, Any]) -> None:
        self._root = zarr.open_group(path, mode="w")
        self._described = {"infodiff_format": FORMAT, "infodiff_batch": dict(provenance)}
        self._root.attrs.update(self._described)
        self._dtype = dtype
        self._groups: dict[str, _Group] = {}

    def add(self, row: int, part: Part) -> int:
        """Take the maps of a picture, and return the place of its first word."""
        grid = part.record["grid"]
        if grid not in self._groups:
            attributes = {**self._described, "description": _CELLS, "coordinates": " ".join(_PLACES)}
            group = self._root.create_group(grid, attributes=attributes)
            self._groups[grid] = _Group(group, self._dtype)
        return self._groups[grid].add(row, part)

    def close(self) -> None:
        """Write what is still held."""
        for group in self._groups.values():
            group.flush()
        with warnings.catch_warnings():
            # Not in the standard yet, so zarr warns; without it xarray does.
            warnings.simplefilter("ignore", UserWarning)
            zarr.consolidate_metadata(self._root.store)


class _Group:
    def __init__(self, group: zarr.Group, dtype: str) -> None:
        self._group, self._dtype = group, np.dtype(dtype)
        self._held: dict[str, list[NDArray]] = {}
        self._arrays: dict[str, zarr.Array] = {}
        self._chunk = self._shard = 0
        self._count = self._written = 0

    def add(self, row: int, part: Part) -> int:
        first = self._count
        for name, values in _arrays_of(row, part).items():
            if name not in self._arrays:
                self._create(name, values)
            self._held.setdefault(name, []).append(values)
        self._count += part.record["words"]
        if self._count - self._written >= self._shard:
            self._write(self._shard * ((self._count - self._written) // self._shard))
        return first

    def flush(self) -> None:
        self._write(self._count - self._written)

    def _create(self, name: str, values: NDArray) -> None:
        cell = values.shape[1:]
        if not self._shard:
            largest = self._dtype.itemsize * int(np.prod(cell))  # the maps come first
            self._chunk = max(1, CHUNK_BYTES // largest)
            self._shard = self._chunk * max(1, SHARD_BYTES // (self._chunk * largest))
        maps = len(cell) == 2
        array = self._group.create_array(
            name,
            shape=(0, *cell),
            dtype=self._dtype if maps else values.dtype,
            chunks=(self._chunk, *cell),
            shards=(self._shard, *cell),
            dimension_names=("word", "y", "x")[: values.ndim],
        )
        array.attrs.update(_described(name) if maps else {"description": _PLACES[name]})
        self._arrays[name] = array

    def _write(self, count: int) -> None:
        if not count:
            return
        stop = self._written + count
        for name, parts in self._held.items():
            values = np.concatenate(parts)
            array = self._arrays[name]
            array.resize((stop, *values.shape[1:]))
            array[self._written : stop] = values[:count].astype(array.dtype)
            self._held[name] = [values[count:]]
        self._written = stop


def _arrays_of(row: int, part: Part) -> dict[str, NDArray]:
    """Return the arrays that a picture adds to, the maps first."""
    words = part.record["words"]
    places = {name: np.array(part.words[name][:words], np.int32) for name in ("start", "stop")}
    return {**part.maps, "row": np.full(words, row, np.int64), **places}


def _described(name: str) -> dict[str, str]:
    """Return the attributes of an array of maps, such as ``cmi_orthogonal_error``."""
    quantity, form, *error = name.split("_")
    said = f"{_LONG_NAMES[quantity]}, {form} form"
    return {"units": "nat per latent cell", "long_name": f"standard error of {said}" if error else said}
