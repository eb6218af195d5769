"""The folder of a batch: where what is kept, how it gets there whole, and to which batch it belongs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infodiff_widgets.errors import BatchError, ResultFileError
from infodiff_widgets.files import beside, recover, whole
from infodiff_widgets.result import Result

from .picture import Picture

__all__ = ["FORMAT", "READS", "BatchFolder", "check_kind", "plain"]

FORMAT = 1
"""Of the folder, its tables and its maps: it stands in each of them."""

READS = (1,)
"""Formats that this version reads; `check_kind` refuses others."""

_KIND = "infodiff-widgets batch"


_OF_NO_PICTURE = ("settled.json", "summary.json", "errors.parquet", "words.parquet", "pictures.parquet")
"""What a batch leaves that has come to no picture; its maps are replaced at the end of the next one."""


@dataclass(frozen=True)
class BatchFolder:
    """Paths, and writing that leaves each file whole or not there.

    - ``batch.json``: what this is a batch of: model and options; a restart must ask for the same
    - ``settled.json``: network, versions, levels of noise, precision, size of calls: decided once for all
    - ``parts/``: one file for each finished picture: its share of the tables and the maps
    - ``results/``: one netCDF file for each, unless not wanted; `open_result` reads it
    - ``figures/``: one PNG for each, where asked for
    - ``pictures.parquet``: a row for each finished picture, with a thumbnail
    - ``words.parquet``: a row for each word, quantity and form
    - ``errors.parquet``: a row for each picture without a result: its reason
    - ``maps.zarr``: the maps, one group for each grid
    - ``summary.json``: what it took
    """

    root: Path

    def part(self, picture: Picture) -> Path:
        """Return where the part of a picture is, the last that is written of it."""
        return self._of(picture, "parts", "safetensors")

    def result(self, picture: Picture) -> Path:
        """Return where its result is."""
        return self._of(picture, "results", "nc")

    def figure(self, picture: Picture) -> Path:
        """Return where its figure is."""
        return self._of(picture, "figures", "png")

    def _of(self, picture: Picture, kind: str, ending: str) -> Path:
        # Two letters a folder, so that none holds a million files.
        return self.root / kind / picture.key[:2] / f"{picture.key}.{ending}"

    def stored(self, picture: Picture) -> Result | None:
        """Read a result; None where there is none, or a damaged one, which is then removed."""
        path = self.result(picture)
        try:
            return Result.open(path)
        except FileNotFoundError:
            return None
        except ResultFileError:
            path.unlink()
            return None

    def write(self, name: str | Path, save: Callable[[Path], Any]) -> None:
        """Write a file or folder: whole, on the disk, and only then under its name, in place of another."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path, synced=True) as part:
            save(part)

    def write_json(self, name: str, content: Any, *, first: bool = False) -> Any:
        """Write JSON; with `first` only where there is none. Return what is there then."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n"

        if first:
            part = beside(path)
            part.write_text(text, encoding="utf-8")
            try:
                os.link(part, path)  # fails where another worker was first
            except FileExistsError:
                pass
            finally:
                part.unlink()
        else:
            self.write(name, lambda part: part.write_text(text, encoding="utf-8"))
        return self.read_json(name)

    def read_json(self, name: str) -> Any:
        """Read JSON; None where there is none."""
        path = self.root / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:
            raise BatchError(f"{path} is damaged ({error}): give another folder, or delete it.") from error

    def manifest(
        self, asked: Mapping[str, Any], alike: Callable[[str, Any, Any], bool] | None = None
    ) -> list[str]:
        """Say what this is a batch of, or check that a restart asks for the same; if anything was computed.

        Parameters
        ----------
        asked
            What is chosen, by name.
        alike
            Says of a name, what the folder holds and what is asked for whether these are the same choice;
            None where only equal ones are.

        Returns
        -------
        names
            Of the choices that are others than before, where nothing was computed by those.

        Raises
        ------
        BatchError
            Where the folder holds another batch, or something else.
        """
        there = self.read_json("batch.json")
        if there is None:
            if self.root.exists() and any(p.name != ".lock" for p in self.root.iterdir()):
                raise BatchError(f"{self.root} holds other files: give an empty or a new folder.")
            self.write_json("batch.json", {"kind": _KIND, "format": FORMAT, **asked})
            return []
        check_kind(there, self.root)
        now_asked = plain(asked)
        same = alike or (lambda _, was, now: was == now)
        others = [name for name, value in now_asked.items() if not same(name, there.get(name), value)]
        if others and self._holds_pictures():
            was, now = there.get(others[0]), now_asked[others[0]]
            raise BatchError(
                f"{self.root} holds a batch with {others[0]}={was!r}, and now {others[0]}={now!r} is asked "
                "for: give another folder, or the same choices to go on."
            )
        if others:
            for name in _OF_NO_PICTURE:
                (self.root / name).unlink(missing_ok=True)
            self.write_json("batch.json", {"kind": _KIND, "format": FORMAT, **asked})
        return others

    def _holds_pictures(self) -> bool:
        """Whether anything was computed of any picture."""
        return any(next(self.root.glob(f"{kind}/*/[!.]*"), None) for kind in ("parts", "results", "figures"))

    def provenance(self) -> dict[str, Any]:
        """Return what is written into the tables and the maps: what was asked for, and of which network.

        Nothing in it depends on when, where or by how many workers the batch was done.
        """
        return {**self.read_json("batch.json"), **(self.read_json("settled.json") or {})}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against a second driver; the lock of one that was killed is gone with it."""
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BatchError(f"{self.root}: no folder can be made there ({error.strerror}).") from error
        try:
            lock = FileLock(self.root / ".lock", timeout=0)
            with lock:
                self._sweep()
                yield
                self._sweep()
        except Timeout:
            raise BatchError(f"{self.root}: another batch is writing there now; wait for it.") from None

    def _sweep(self) -> None:
        """Remove what killed workers left half-written, and who was at what in earlier starts."""
        recover(self.root / "maps.zarr")  # the one folder that takes the place of another
        for past in ("attempts", "started"):
            shutil.rmtree(self.root / past, ignore_errors=True)
        for part in (*self.root.glob(".*.part.*"), *self.root.glob("*/*/.*.part.*")):
            shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)


def plain(value: Any) -> Any:
    """Return a value as it comes back from JSON, so that it can be compared with what a folder holds."""
    return json.loads(json.dumps(value, default=str))


def check_kind(manifest: Any, root: Path) -> None:
    """Raise `BatchError` unless a folder holds a batch that this version reads."""
    if not isinstance(manifest, Mapping) or manifest.get("kind") != _KIND:
        raise BatchError(f"{root} is no folder of a batch: it has no batch.json of one.")
    if manifest.get("format") not in READS:
        readable = ", ".join(map(str, READS))
        raise BatchError(
            f"{root} has format {manifest.get('format')}, and this infodiff-widgets reads {readable}: update "
            "it, by pip install --upgrade from where you have it."
        )
