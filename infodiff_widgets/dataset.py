"""The labelled arrays inside a `Result`: how they are put together, checked, written and read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from .errors import MissingFileError, ResultFileError
from .files import as_path, is_address, whole
from .statistics import error_of_mean
from .words import Word

__all__ = [
    "ENDINGS",
    "FORMS",
    "OPTIONAL",
    "QUANTITIES",
    "QUANTITY_NAMES",
    "SCHEMA_VERSION",
    "assemble",
    "read",
    "write",
]

SCHEMA_VERSION = 2
ENDINGS = (".nc", ".nc4", ".netcdf")
"""Of names of files that results are saved to."""
QUANTITIES = ("cmi", "mi", "shapley")
QUANTITY_NAMES = {"cmi": "CMI", "mi": "MI", "shapley": "Shapley"}
FORMS = ("orthogonal", "standard")

_DIMS: dict[str, tuple[str, ...]] = {
    "maps": ("quantity", "form", "word", "y", "x"),
    "maps_error": ("quantity", "form", "word", "y", "x"),
    "totals": ("quantity", "form", "word"),
    "totals_error": ("quantity", "form", "word"),
    "full_map": ("form", "y", "x"),
    "full_map_error": ("form", "y", "x"),
    "full_total": ("form",),
    "full_total_error": ("form",),
    "draw_log_snr": ("draw",),
    "draw_density": ("draw",),
    "draw_totals": ("quantity", "form", "word", "draw"),
    "draw_full": ("form", "draw"),
    "image": ("row", "column", "channel"),
}
# What a result may have besides, each group whole or not at all; none of it before schema version 2.
OPTIONAL: dict[str, dict[str, tuple[str, ...]]] = {
    "order": {"draw_order": ("draw",)},
    "bands": {
        "band_maps": ("band", "quantity", "form", "word", "y", "x"),
        "band_full_map": ("band", "form", "y", "x"),
        "band_low": ("band",),
        "band_high": ("band",),
    },
    "swaps": {
        "swap_maps": ("swap", "form", "y", "x"),
        "swap_maps_error": ("swap", "form", "y", "x"),
        "draw_swaps": ("swap", "form", "draw"),
        "swap_start": ("swap",),
        "swap_stop": ("swap",),
        "swap_text": ("swap",),
    },
    "pairs": {
        "pair_maps": ("pair", "part", "form", "y", "x"),
        "pair_maps_error": ("pair", "part", "form", "y", "x"),
        "draw_pairs": ("pair", "part", "form", "draw"),
        "part": ("part",),
        "pair_start": ("pair", "side"),
        "pair_stop": ("pair", "side"),
    },
    "swap_bands": {"swap_band_maps": ("band", "swap", "form", "y", "x")},
    "pair_bands": {"pair_band_maps": ("band", "pair", "part", "form", "y", "x")},
    "attention": {"attention_maps": ("word", "y", "x")},
}
_COORDS: dict[str, tuple[str, ...]] = {
    "quantity": ("quantity",),
    "form": ("form",),
    "draw": ("draw",),
    "word_text": ("word",),
    "word_start": ("word",),
    "word_stop": ("word",),
}
_ATTRS = (
    "prompt",
    "unit",
    "log_snr_low",
    "log_snr_high",
    "trained_log_snr_low",
    "trained_log_snr_high",
    "draws_done",
    "draws_planned",
    "complete",
    "provenance",
)


def assemble(
    *,
    prompt: str,
    words: Sequence[Word],
    quantities: Sequence[str],
    image: ArrayLike,
    maps: ArrayLike,
    maps_error: ArrayLike,
    full_map: ArrayLike,
    full_map_error: ArrayLike,
    draw: ArrayLike,
    draws_planned: int,
    complete: bool,
    draw_order: ArrayLike,
    draw_log_snr: ArrayLike,
    draw_density: ArrayLike,
    draw_totals: ArrayLike,
    draw_full: ArrayLike,
    log_snr_range: tuple[float, float],
    trained_log_snr_range: tuple[float, float],
    provenance: Mapping[str, Any],
) -> xr.Dataset:
    """Put the arrays of a run together and add its totals with their errors.

    Parameters
    ----------
    prompt, words
        The text and the words asked about, T of them.
    quantities
        Some of `QUANTITIES`: Q of them.
    image : (row, column, channel)
        uint8, RGB: the picture as the network saw it.
    maps, maps_error : (Q, 2, T, y, x)
        Nats per latent cell; the second axis is (orthogonal, standard).
    full_map, full_map_error : (2, y, x)
        Of the whole prompt against the reference; NaN where it was not asked for.
    draw : (draw,)
        Places of the done draws among those planned, ascending; whole blocks (`statistics`).
    draws_planned
        Draws of the whole run.
    complete
        Whether the run ended as it was meant to.
    draw_order : (draw,)
        When each was made: 0 the first.
    draw_log_snr, draw_density : (draw,)
        Log-SNR and the density (per unit of log-SNR) with which it was drawn.
    draw_totals, draw_full : (Q, 2, T, draw) and (2, draw)
        Half the integrand, summed over cells: nats per unit of log-SNR.
    log_snr_range, trained_log_snr_range
        The range integrated over, and that on which the network was trained.
    provenance
        Whatever is needed to repeat the run; becomes JSON.
    """
    draw = np.asarray(draw)
    density = np.asarray(draw_density, np.float64)
    # In memory as in a file, so that sums over draws are the same to the bit once it is read again.
    draw_totals, draw_full = (np.ascontiguousarray(a, np.float64) for a in (draw_totals, draw_full))
    totals, full = draw_totals / density, draw_full / density
    values: dict[str, ArrayLike] = {
        "maps": np.asarray(maps, np.float32),
        "maps_error": np.asarray(maps_error, np.float32),
        "totals": totals.mean(-1),
        "totals_error": error_of_mean(totals, draw, draws_planned).error,
        "full_map": np.asarray(full_map, np.float32),
        "full_map_error": np.asarray(full_map_error, np.float32),
        "full_total": full.mean(-1),
        "full_total_error": error_of_mean(full, draw, draws_planned).error,
        "draw_log_snr": np.asarray(draw_log_snr, np.float64),
        "draw_density": density,
        "draw_order": np.asarray(draw_order, np.int64),
        "draw_totals": draw_totals,
        "draw_full": draw_full,
        "image": np.asarray(image, np.uint8),
    }
    coords: dict[str, tuple[str, Any]] = {
        "quantity": ("quantity", np.array(quantities, dtype=object)),
        "form": ("form", np.array(FORMS, dtype=object)),
        "draw": ("draw", draw.astype(np.int64)),
        "word_text": ("word", np.array([word.text for word in words], dtype=object)),
        "word_start": ("word", np.array([word.start for word in words], dtype=np.int64)),
        "word_stop": ("word", np.array([word.stop for word in words], dtype=np.int64)),
    }
    dims = _DIMS | OPTIONAL["order"]
    return xr.Dataset(
        {name: (dims[name], value) for name, value in values.items()},
        coords,
        {
            "schema_version": SCHEMA_VERSION,
            "prompt": prompt,
            "unit": "nat",
            "log_snr_low": float(log_snr_range[0]),
            "log_snr_high": float(log_snr_range[1]),
            "trained_log_snr_low": float(trained_log_snr_range[0]),
            "trained_log_snr_high": float(trained_log_snr_range[1]),
            "draws_done": int(draw.size),
            "draws_planned": int(draws_planned),
            "complete": int(complete),  # netCDF knows no booleans
            "provenance": json.dumps(provenance, ensure_ascii=False),
        },
    )


def write(data: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset to one netCDF file, whole or not at all."""
    path = Path(path)
    packed = {name: {"zlib": True, "complevel": 4} for name in data.data_vars if data[name].ndim > 1}
    with whole(path) as part:
        data.to_netcdf(part, engine="h5netcdf", encoding=packed)
    return path


def read(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a dataset into memory and check that it is a whole result.

    Raises
    ------
    ArgumentError
        Where it is no path.
    MissingFileError
        Where there is no such file.
    ResultFileError
        Where the file is damaged, is something else, or comes from a newer version.
    """
    given, path = path, as_path(path)
    if path.is_dir():
        raise ResultFileError(f"{path} is a folder: give one result of it, a file that Result.save wrote.")
    if not path.exists():
        if is_address(path):
            raise MissingFileError(f"{given} is an address, not a file: download the result first.")
        raise MissingFileError(f"There is no file {str(path)!r}: check the path (this is {Path.cwd()}).")
    try:
        data = xr.load_dataset(path, engine="h5netcdf")
    except Exception as error:  # h5py raises half a dozen kinds for files that are damaged or foreign
        raise ResultFileError(
            f"{path} cannot be read as a result ({error}): it is damaged or something else. Results are "
            "files written by Result.save; run the estimate again if this one was cut short."
        ) from error
    check(data, str(path))
    return data


def check(data: xr.Dataset, origin: str = "the dataset") -> None:
    """Raise `ResultFileError` unless a dataset has all that a result has."""
    version = data.attrs.get("schema_version")
    if version is None:
        raise ResultFileError(f"{origin} is no result of infodiff-widgets: it has no schema_version.")
    if not 1 <= int(version) <= SCHEMA_VERSION:
        raise ResultFileError(
            f"{origin} has schema version {version}, and this infodiff-widgets reads up to {SCHEMA_VERSION}: "
            "update it, by pip install --upgrade from where you have it."
        )
    missing = [name for name in _ATTRS if name not in data.attrs]
    missing += [
        name for name, dims in (_DIMS | _COORDS).items() if name not in data or data[name].dims != dims
    ]
    for group in OPTIONAL.values():
        if any(name in data for name in group):
            missing += [name for name, dims in group.items() if name not in data or data[name].dims != dims]
    if missing:
        raise ResultFileError(
            f"{origin} is not a whole result: {', '.join(missing)} missing or of another shape. Run it again."
        )
