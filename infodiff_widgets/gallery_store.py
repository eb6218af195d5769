"""What the gallery shows of a batch: pictures, by what their words say; thumbnails on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .batching.folder import BatchFolder, check_kind
from .errors import BatchError
from .extras import require
from .naming import names_of
from .words import Word

__all__ = ["SORTS", "GalleryStore", "Selection"]

SORTS = ("most", "least", "table")

_SUGGESTED = 300
_COLUMNS = ("row", "quantity", "word", "start", "stop", "nats", "standard_error", "rough")


@dataclass(frozen=True)
class Selection:
    """Pictures in the order in which they are shown.

    Attributes
    ----------
    place : (n,)
        Rows of `GalleryStore.pictures`.
    nats, error : (n,)
        What the words that were searched say about each, or the word that says most.
    words
        Which these are, (start, stop) in the prompt, for each picture.
    rough
        Whether draws were too few for one of them; None where a batch of an older version does not say so.
    """

    place: np.ndarray
    nats: np.ndarray
    error: np.ndarray
    words: list[list[tuple[int, int]]]
    rough: list[bool | None]

    def __len__(self) -> int:
        return self.place.size


class GalleryStore:
    """The tables of a finished batch.

    Parameters
    ----------
    folder
        Where `batch` put them.

    Raises
    ------
    BatchError
        Where it is no such folder, or its batch has not come to its end.

    Attributes
    ----------
    pictures
        ``pictures.parquet`` without the thumbnails.
    quantities
        Those that were estimated.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _check(folder)
        require("batch", "The tables of a batch need", "pyarrow")
        import pyarrow.parquet as pq

        file = pq.ParquetFile(folder / "pictures.parquet")
        columns = [name for name in file.schema_arrow.names if name != "thumbnail"]
        self.pictures = file.read(columns).to_pandas()
        counts = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(int)
        there = pq.read_schema(folder / "words.parquet").names
        words = pd.read_parquet(
            folder / "words.parquet",
            columns=[name for name in _COLUMNS if name in there],
            filters=[("form", "==", "orthogonal")],
        )
        words["place"] = np.searchsorted(self.pictures["row"].to_numpy(), words["row"].to_numpy())
        words["word"] = words["word"].str.casefold().astype("category")
        if "rough" not in words:
            words["rough"] = None
        words["rough"] = words["rough"].astype("boolean")
        self.quantities = tuple(words["quantity"].unique())
        self._words = dict(iter(words.groupby("quantity", sort=False)))
        self._group = lru_cache(maxsize=4)(self._read_group)

    def suggestions(self) -> list[str]:
        """Return the words that most pictures have, the most frequent first."""
        if not self._words:
            return []
        counts = next(iter(self._words.values()))["word"].value_counts()
        return [str(word) for word in counts.index[:_SUGGESTED]]

    def select(self, search: str, quantity: str, sort: str, least: float | None = None) -> Selection:
        """Choose and order pictures.

        Parameters
        ----------
        search
            Words that a picture's prompt must have, all of them; the beginning of a word will do where no
            prompt has the word itself. Without any, each picture counts with the word that says most.
        quantity
            Of whose totals, in the orthogonal form.
        sort
            "most" or "least" nats first, or the order of the "table".
        least
            Nats that are asked for at the least; None for any.
        """
        table = self._words.get(quantity)
        if table is None:
            return _selection(
                pd.DataFrame(columns=["place", "nats", "variance", "spans", "rough"]), sort, least
            )
        found = None
        for term in search.casefold().split() or [None]:
            one = _strongest(table if term is None else table.loc[_matches(table["word"], term)])
            found = one if found is None else _both(found, one)
        assert found is not None
        return _selection(found, sort, least)

    def names(self, places: Sequence[int], spans: Sequence[Sequence[tuple[int, int]]]) -> list[list[str]]:
        """Return what words of pictures are called in their explorers: by number where a text is repeated."""
        found = []
        for place, some in zip(places, spans, strict=True):
            prompt = self.pictures["prompt"].iloc[place]
            words = [Word(prompt[start:stop], int(start), int(stop)) for start, stop in some]
            found.append(names_of(prompt, words))
        return found

    def thumbnails(self, places: Sequence[int]) -> list[bytes]:
        """Return the JPEGs of some pictures; only their row groups are read."""
        found = []
        for place in places:
            group = int(np.searchsorted(self._starts, place, side="right")) - 1
            found.append(self._group(group)[int(place) - int(self._starts[group])].as_py())
        return found

    def result(self, place: int) -> Path:
        """Return the file of a picture's result.

        Raises
        ------
        BatchError
            Where there is none.
        """
        path = self.pictures["result"].iloc[place]
        if not isinstance(path, str) or not (self.folder / path).exists():
            raise BatchError(
                f"The result of this picture is not in {self.folder / 'results'}: the batch was run with "
                "results=False, or it was deleted. Run the batch again to have it."
            )
        return self.folder / path

    def _read_group(self, group: int) -> Any:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self.folder / "pictures.parquet")
        return file.read_row_group(group, columns=["thumbnail"])["thumbnail"]


def _check(folder: Path) -> None:
    check_kind(BatchFolder(folder).read_json("batch.json"), folder)
    if not (folder / "words.parquet").exists() or not (folder / "pictures.parquet").exists():
        raise BatchError(f"The batch in {folder} has not come to its end: start it again, and it goes on.")


def _matches(words: Any, term: str) -> Any:
    names = words.cat.categories
    chosen = [term] if term in names else [name for name in names if name.startswith(term)]
    return words.isin(chosen)


def _strongest(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep of each picture the word that says most."""
    best = rows.loc[rows.groupby("place")["nats"].idxmax()]
    spans = list(zip(best["start"], best["stop"], strict=True))
    return pd.DataFrame(
        {
            "place": best["place"].to_numpy(),
            "nats": best["nats"].to_numpy(),
            "variance": best["standard_error"].to_numpy() ** 2,
            "spans": [[(int(start), int(stop))] for start, stop in spans],
            "rough": best["rough"].to_numpy(dtype=object, na_value=None),
        }
    )


def _both(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Keep the pictures of both, with the sum of what their words say."""
    joined = first.merge(second, on="place", suffixes=("", "_2"))
    return pd.DataFrame(
        {
            "place": joined["place"],
            "nats": joined["nats"] + joined["nats_2"],
            "variance": joined["variance"] + joined["variance_2"],
            "spans": joined["spans"] + joined["spans_2"],
            "rough": [_either(*pair) for pair in zip(joined["rough"], joined["rough_2"], strict=True)],
        }
    )


def _selection(found: pd.DataFrame, sort: str, least: float | None) -> Selection:
    if least is not None:
        found = found.loc[found["nats"] >= least]
    if sort != "table":
        found = found.sort_values("nats", ascending=sort == "least", kind="stable")
    return Selection(
        found["place"].to_numpy(np.int64),
        found["nats"].to_numpy(float),
        np.sqrt(found["variance"].to_numpy(float)),
        found["spans"].tolist(),
        [None if rough is None else bool(rough) for rough in found["rough"]],
    )


def _either(first: bool | None, second: bool | None) -> bool | None:
    return True if first or second else None if first is None or second is None else False
