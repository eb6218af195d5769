"""From one file for each picture to tables and a store of maps, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from .folder import BatchFolder
from .maps import MapStore
from .part import Part
from .picture import Picture
from .schema import error_schema, picture_schema, word_schema

__all__ = ["merge"]

_PICTURES = 500
"""So many make a group of rows in the tables: what is held at once, and read to get at one picture."""


def merge(
    folder: BatchFolder,
    pictures: Sequence[Picture],
    failures: Mapping[str, str],
    dtype: str,
    *,
    progress: bool,
) -> int:
    """Write the tables and the maps of all finished pictures, each whole or not at all.

    Nothing in them depends on when, where or in what order the pictures were done.

    Returns
    -------
    int
        How many prompts were cut.
    """
    provenance = folder.provenance()
    cut = 0

    def save(words: Path, rows: Path, store: Path) -> None:
        nonlocal cut
        maps = MapStore(store, dtype, provenance)
        with (
            _Table(words, word_schema(provenance)) as word_table,
            _Table(rows, picture_schema(provenance)) as picture_table,
        ):
            bar = tqdm(pictures, "merging", unit="picture", disable=not progress, leave=False)
            for row, picture in enumerate(bar):
                if picture.name in failures:
                    continue
                part = Part.open(folder.part(picture))
                here = {"picture": picture.name, "row": row}
                first = maps.add(row, part)
                word_table.add(_word_rows(part, here, first))
                result = folder.result(picture)
                path = result.relative_to(folder.root).as_posix() if result.exists() else None
                cut += bool(part.record.get("cut"))
                picture_table.add([{**part.record, **here, "result": path, "thumbnail": part.thumbnail}])
        maps.close()

    def save_errors(path: Path) -> None:
        with _Table(path, error_schema(provenance)) as table:
            for row, one in enumerate(pictures):
                if one.name in failures:
                    said = {"image": one.image, "prompt": one.prompt, "reason": failures[one.name]}
                    table.add([{"row": row, "picture": one.name, **said}])

    folder.write("errors.parquet", save_errors)
    _write_all(folder, ["words.parquet", "pictures.parquet", "maps.zarr"], save)
    return cut


def _word_rows(part: Part, here: Mapping[str, Any], first: int) -> list[dict[str, Any]]:
    columns, count = part.words, part.record["words"]
    rows = []
    for index, values in enumerate(zip(*columns.values(), strict=True)):
        rows.append({**dict(zip(columns, values, strict=True)), **here, "map": first + index % count})
    return rows


def _write_all(folder: BatchFolder, names: Sequence[str], save: Callable[..., None]) -> None:
    """Write several files in one go, each under its name only when all are whole."""

    def nested(left: Sequence[str], *paths: Path) -> None:
        if left:
            folder.write(left[0], lambda path: nested(left[1:], *paths, path))
        else:
            save(*paths)

    nested(names)


class _Table:
    """A Parquet file that is written a group of rows at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._held: list[dict[str, Any]] = []
        self._pictures = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Take the rows of one picture."""
        self._held += rows
        self._pictures += 1
        if self._pictures == _PICTURES:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_pylist(self._held, self._schema))
        self._held, self._pictures = [], 0
