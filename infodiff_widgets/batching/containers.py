"""Parquet and Arrow files that hold pictures themselves: which rows there are, and one picture of one row."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from infodiff_widgets.errors import DatasetError, ImageError

__all__ = ["Embedded", "arrow_files", "arrow_rows", "parquet_rows", "read_embedded"]

_AT_ONCE = 512


@dataclass(frozen=True)
class Embedded:
    """A cell that is a picture: where it lies, as its bytes are read when it is its turn."""

    file: str
    row: int


def parquet_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a Parquet file, pictures as `Embedded`, without reading these."""
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read as Parquet ({error}).") from error
    held = _held(file.schema_arrow)
    columns = [name for name in file.schema_arrow.names if name not in held]
    row = 0
    for part in file.iter_batches(_AT_ONCE, columns=columns):
        for record in part.to_pylist():
            yield {**{name: Embedded(str(path), row) for name in held}, **record}
            row += 1


def arrow_files(folder: Path) -> list[Path]:
    """List the files of a data set that ``datasets`` saved, in order."""
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return [folder / file["filename"] for file in state["_data_files"]]


def arrow_rows(paths: list[Path]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of Arrow streams, as `parquet_rows` does."""
    for path in paths:
        table = _arrow(str(path))
        held = _held(table.schema)
        rest = table.drop_columns(held)
        for row, record in enumerate(record for part in rest.to_batches() for record in part.to_pylist()):
            yield {**{name: Embedded(str(path), row) for name in held}, **record}


def read_embedded(file: str, row: int) -> Image.Image:
    """Read one picture.

    Raises
    ------
    ImageError
        Where it is none.
    """
    data = _cell(file, row)
    try:
        picture = Image.open(io.BytesIO(data) if isinstance(data, bytes) else str(data or ""))
        picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ImageError(f"Row {row} of {file} cannot be read as a picture ({error}).") from error
    return picture


def _held(schema: Any) -> list[str]:
    """Name the columns that hold pictures, "image" first: as bytes, or as ``datasets.Image``."""
    import pyarrow as pa

    def holds(kind: Any) -> bool:
        if pa.types.is_struct(kind):
            return any(field.name == "bytes" for field in kind)
        return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)

    return sorted((field.name for field in schema if holds(field.type)), key=lambda name: name != "image")


def _cell(file: str, row: int) -> bytes | str | None:
    """Return the bytes of a picture, or the path that stands for them."""
    if file.endswith(".parquet"):
        start, table = _row_group(file, row)
    else:
        start, table = 0, _arrow(file)
    value = table[_held(table.schema)[0]][row - start].as_py()
    return (value["bytes"] or value.get("path")) if isinstance(value, dict) else value


def _row_group(file: str, row: int) -> tuple[int, Any]:
    start = 0
    for group, count in enumerate(_row_counts(file)):
        if row < start + count:
            return start, _parquet_group(file, group)
        start += count
    raise ImageError(f"{file} has no row {row}: it has changed since the batch began.")


@lru_cache(maxsize=64)
def _row_counts(file: str) -> tuple[int, ...]:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(file)
    return tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))


@lru_cache(maxsize=2)
def _parquet_group(file: str, group: int) -> Any:
    import pyarrow.parquet as pq

    opened = pq.ParquetFile(file)
    return opened.read_row_group(group, columns=_held(opened.schema_arrow)[:1])


@lru_cache(maxsize=64)
def _arrow(file: str) -> Any:
    """Map a file into memory: nothing is read before it is asked for."""
    import pyarrow as pa

    with pa.memory_map(file) as source:
        return pa.ipc.open_stream(source).read_all()
