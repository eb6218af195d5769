"""What the tables and the store of maps take from a result, one quick file for each picture."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from infodiff_widgets.dataset import FORMS
from infodiff_widgets.errors import ResultFileError
from infodiff_widgets.result import Result

from .picture import Picture

__all__ = ["THUMBNAIL", "Part"]

THUMBNAIL = 160
"""Pixels of the longer side of a thumbnail."""

_VERSION = "1"


@dataclass(frozen=True)
class Part:
    """What is kept of a picture.

    Attributes
    ----------
    record
        Its row of ``pictures.parquet``, but for where it stands.
    words
        Columns of its rows of ``words.parquet``, likewise.
    maps : (word, y, x) each
        By the names of the arrays of ``maps.zarr``.
    thumbnail
        A JPEG.
    """

    record: dict[str, Any]
    words: dict[str, list[Any]]
    maps: dict[str, NDArray]
    thumbnail: bytes

    @classmethod
    def of(cls, picture: Picture, result: Result, dtype: str) -> Self:
        """Take it from a result, the maps in a data type."""
        maps: dict[str, NDArray] = {}
        for quantity in result.quantities:
            for form in FORMS:
                one = result.data.sel(quantity=quantity, form=form)
                maps[f"{quantity}_{form}"] = one["maps"].values.astype(dtype)
                maps[f"{quantity}_{form}_error"] = one["maps_error"].values.astype(dtype)
        words = result.to_dataframe().to_dict(orient="list")
        plain = {str(name): list(values) for name, values in words.items()}
        return cls(_record(picture, result), plain, maps, _thumbnail(result.image))

    def save(self, path: Path) -> None:
        """Write it to a file."""
        described = {"version": _VERSION, "record": json.dumps(self.record), "words": json.dumps(self.words)}
        arrays = {**self.maps, "thumbnail": np.frombuffer(self.thumbnail, np.uint8)}
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path, described)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        ResultFileError
            Where the file is damaged, or of another version.
        """
        try:
            with safe_open(path, framework="np") as file:
                described = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
            version = described["version"]
            thumbnail = arrays.pop("thumbnail").tobytes()
            part = cls(json.loads(described["record"]), json.loads(described["words"]), arrays, thumbnail)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            text = f"{path} is damaged ({error}): delete it, and start the batch again."
            raise ResultFileError(text) from error
        if version != _VERSION:
            raise ResultFileError(
                f"{path} has version {version}, and this infodiff-widgets reads {_VERSION}: go on with the "
                "version that the batch was begun with, or give another folder."
            )
        return part


def _record(picture: Picture, result: Result) -> dict[str, Any]:
    sizes, has_full = result.data.sizes, bool(result.data["full_total"].notnull().all())
    full: dict[str, float | None] = {}
    for form in FORMS:
        total = result.full_total(form) if has_full else None
        full[f"full_{form}"] = total.value if total else None
        full[f"full_{form}_error"] = total.standard_error if total else None
    low, high = result.log_snr_range
    return {
        "image": picture.image,
        "inside": picture.inside,
        "prompt": result.prompt,
        "cut": result.provenance.get("cut", ""),
        "width": sizes["column"],
        "height": sizes["row"],
        "grid": f"{sizes['y']}x{sizes['x']}",
        "words": len(result.words),
        **full,
        "log_snr_low": low,
        "log_snr_high": high,
        "draws": result.draws,
        "evaluations": result.provenance["evaluations"],
        "seed": result.provenance["seed"],
    }


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=85)
    return stream.getvalue()
