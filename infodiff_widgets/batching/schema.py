"""The tables of a batch: columns, types, units, and in the metadata the format and the provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from infodiff_widgets.dataset import FORMS

from .folder import FORMAT

__all__ = ["error_schema", "picture_schema", "word_schema"]


def word_schema(provenance: Mapping[str, Any]) -> pa.Schema:
    """Return the columns of ``words.parquet``: a row for each picture, quantity, form and word.

    ``map`` is the place of the word in the arrays of its grid in ``maps.zarr``; ``low`` and ``high`` are a
    95% interval; ``rough`` says that draws were too few to know the number (`statistics.rough_of`), null for
    pictures that an older version has worked on; ``start`` and ``stop`` count characters of the prompt.
    """
    return _schema(
        provenance,
        [
            pa.field("picture", pa.string()),
            pa.field("row", pa.int64()),
            pa.field("quantity", pa.string()),
            pa.field("form", pa.string()),
            pa.field("word", pa.string()),
            pa.field("start", pa.int32()),
            pa.field("stop", pa.int32()),
            *_nats("nats", "standard_error", "low", "high"),
            pa.field("rough", pa.bool_()),
            pa.field("map", pa.int64()),
        ],
    )


def picture_schema(provenance: Mapping[str, Any]) -> pa.Schema:
    """Return the columns of ``pictures.parquet``: a row for each finished picture, in the order of the table.

    ``row`` counts the pictures of the table from 0, those that failed too; ``full_orthogonal`` and
    ``full_standard`` are of the whole prompt, null where that was not asked for; ``prompt`` followed by
    ``cut`` is the prompt of the table, and ``cut`` what ``truncate`` has taken off.
    """
    return _schema(
        provenance,
        [
            pa.field("picture", pa.string()),
            pa.field("row", pa.int64()),
            pa.field("image", pa.string()),
            pa.field("inside", pa.int64()),
            pa.field("prompt", pa.string()),
            pa.field("cut", pa.string()),
            pa.field("result", pa.string()),
            pa.field("width", pa.int32()),
            pa.field("height", pa.int32()),
            pa.field("grid", pa.string()),
            pa.field("words", pa.int32()),
            *_nats(*(f"full_{form}{ending}" for form in FORMS for ending in ("", "_error"))),
            pa.field("log_snr_low", pa.float64()),
            pa.field("log_snr_high", pa.float64()),
            pa.field("draws", pa.int32()),
            pa.field("evaluations", pa.int64()),
            pa.field("seed", pa.int64()),
            pa.field("thumbnail", pa.binary(), metadata={"format": "JPEG"}),
        ],
    )


def error_schema(provenance: Mapping[str, Any]) -> pa.Schema:
    """Return the columns of ``errors.parquet``: a row for each picture without a result."""
    names = ("picture", "image", "prompt", "reason")
    return _schema(
        provenance, [pa.field("row", pa.int64()), *(pa.field(name, pa.string()) for name in names)]
    )


def _nats(*names: str) -> list[pa.Field]:
    return [pa.field(name, pa.float64(), metadata={"unit": "nat"}) for name in names]


def _schema(provenance: Mapping[str, Any], fields: list[pa.Field]) -> pa.Schema:
    described = {"format": str(FORMAT), "batch": json.dumps(provenance, sort_keys=True, default=str)}
    return pa.schema(fields, metadata={f"infodiff_{name}": value for name, value in described.items()})
