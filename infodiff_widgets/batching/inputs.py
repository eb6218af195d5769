"""From a table or a folder to the list of pictures: CSV, Parquet, JSON lines, captions, data sets on disk."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infodiff_widgets.errors import DatasetError
from infodiff_widgets.images import PICTURE_ENDINGS

from .containers import Embedded, arrow_files, arrow_rows, parquet_rows
from .picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_pictures"]


IMAGE = ("image", "file_name", "path")
PROMPT = ("prompt", "caption", "text")
_ACCEPTED = (
    "give a .csv, .tsv, .jsonl or .parquet file with columns image and prompt; a folder of pictures with a "
    ".txt beside each, or with metadata.jsonl, metadata.csv or metadata.parquet; or a folder written by "
    "datasets.Dataset.save_to_disk"
)


def read_pictures(source: str | os.PathLike[str] | pd.DataFrame) -> tuple[list[Picture], int]:
    """List the pictures of an input, in its order.

    Parameters
    ----------
    source
        A table: a .csv, .tsv, .jsonl or .parquet file, or a DataFrame, with the columns "image" (or
        "file_name", "path"; relative to the table) and "prompt" (or "caption", "text"), perhaps "words" (a
        list, or texts divided by ";") and "id". Or a folder: pictures with captions in .txt files of the same
        name, pictures with metadata.jsonl, metadata.csv or metadata.parquet, or what
        ``datasets.Dataset.save_to_disk`` wrote. Parquet and data sets may hold the pictures themselves.

    Returns
    -------
    pictures, repeated
        The pictures; and how many rows said the same as one before them and are left out.

    Raises
    ------
    DatasetError
        Where there is no such file or folder, or it has no such columns, no pictures, or words that are none.
    """
    if not isinstance(source, str | os.PathLike):
        records: Iterable[Mapping[str, Any]] = (dict(row) for row in source.to_dict("records"))
        found = _from_records(records, Path.cwd(), "the table")
    else:
        found = _from_path(Path(source).resolve())  # workers are elsewhere
    if not found:
        raise DatasetError(f"{source}: there are no pictures in it: {_ACCEPTED}.")
    return _distinct(found, source)


def _from_path(path: Path) -> list[Picture]:
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise DatasetError(f"There is no file or folder {path}: {_ACCEPTED}.")
    try:
        return _from_records(_records(path), path.parent, str(path))
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read ({error}): {_ACCEPTED}.") from error


def _records(path: Path) -> Iterable[Mapping[str, Any]]:
    match path.suffix.lower():
        case ".csv" | ".tsv":
            delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
            with path.open(encoding="utf-8-sig", newline="") as file:
                return list(csv.DictReader(file, delimiter=delimiter))
        case ".jsonl" | ".ndjson":
            lines = path.read_text(encoding="utf-8").splitlines()
            rows = [json.loads(line) for line in lines if line.strip()]
            if not all(isinstance(row, dict) for row in rows):
                raise DatasetError(f"{path}: each line must be a JSON object with image and prompt.")
            return rows
        case ".parquet":
            return parquet_rows(path)
        case _:
            raise DatasetError(f"{path} is of no kind that is read: {_ACCEPTED}.")


def _from_folder(folder: Path) -> list[Picture]:
    if (folder / "dataset_dict.json").exists():
        splits = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
        folders = ", ".join(str(folder / split) for split in splits)
        raise DatasetError(f"{folder} holds splits: give one of {folders}.")
    if (folder / "state.json").exists():
        return _from_records(arrow_rows(arrow_files(folder)), folder, str(folder))
    for ending in (".jsonl", ".csv", ".parquet"):
        table = folder / f"metadata{ending}"
        if table.exists():
            return _from_path(table)
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS)
    found = []
    for path in pictures:
        caption = path.with_suffix(".txt")
        # Without a caption the prompt is empty, and the errors table says why.
        prompt = caption.read_text(encoding="utf-8", errors="replace").strip() if caption.exists() else ""
        reference = path.relative_to(folder).as_posix()
        lacks = ""
        if not prompt:
            fault = "{} beside it is empty" if caption.exists() else "There is no {} beside it"
            lacks = fault.format(caption.name) + ": write there what the picture shows."
        found.append(Picture.named(None, reference, str(path), prompt, None, lacks=lacks))
    return found


def _from_records(records: Iterable[Mapping[str, Any]], folder: Path, origin: str) -> list[Picture]:
    found: list[Picture] = []
    columns: tuple[str, str] | None = None
    for number, row in enumerate(records):
        columns = columns or _columns(row, origin)
        image, prompt = row.get(columns[0]), row.get(columns[1])
        name = _text(row.get("id")) or None
        words = _words(row.get("words"), f"{origin}: words in row {number}")
        if isinstance(image, Embedded):
            reference = Path(image.file).name
            found.append(Picture.named(name, reference, image.file, _text(prompt), words, image.row))
        else:
            reference = _text(image)
            path = str(folder / reference) if reference else ""
            found.append(Picture.named(name, reference, path, _text(prompt), words))
    return found


def _columns(row: Mapping[str, Any], origin: str) -> tuple[str, str]:
    chosen = []
    for names in (IMAGE, PROMPT):
        there = [name for name in names if name in row]
        if not there:
            raise DatasetError(
                f"{origin} has the columns {', '.join(map(str, row))}, and none of {', '.join(names)}: "
                "rename one."
            )
        chosen.append(there[0])
    return chosen[0], chosen[1]


def _text(value: Any) -> str:
    """Return a cell as text; an empty one, which pandas reads as NaN, as none."""
    if value is None or value != value:
        return ""
    return str(value)


def _words(value: Any, cell: str) -> tuple[str, ...] | None:
    """Return the words of a cell; `cell` says which it is."""
    remedy = 'give a list, such as ["red", "circle"], or texts divided by ";"'
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else value.split(";")
        except ValueError as error:
            raise DatasetError(f"{cell}: {value!r} is no whole list ({error}): {remedy}.") from error
    elif value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, Iterable):
        raise DatasetError(f"{cell}: {value!r} is no list: {remedy}.")
    return tuple(text for word in value if (text := str(word).strip())) or None


def _distinct(found: list[Picture], source: Any) -> tuple[list[Picture], int]:
    seen: dict[str, Picture] = {}
    for picture in found:
        before = seen.setdefault(picture.name, picture)
        if before != picture:
            raise DatasetError(f"{source}: two rows have the id {picture.name!r}: give each its own.")
    return list(seen.values()), len(found) - len(seen)
