"""What an analysis hands over: a table, the numbers behind it, figures, and what it took to make them."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scipy.stats import binomtest

from infodiff_widgets.errors import WriteError
from infodiff_widgets.extras import require
from infodiff_widgets.files import as_path, saving, whole
from infodiff_widgets.network import network_in_full, network_name
from infodiff_widgets.numbers import log_snrs
from infodiff_widgets.versions import versions

from .interrupts import Part

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Clock",
    "Format",
    "Report",
    "Statement",
    "origin_of",
    "stopwatch",
    "wilson",
]

Format = Literal["csv", "parquet"]


@dataclass
class Clock:
    """Seconds and network evaluations that something took."""

    seconds: float = 0.0
    evaluations: int = 0


@contextmanager
def stopwatch() -> Iterator[Clock]:
    """Yield a clock whose seconds are filled in at the end; evaluations are the caller's to add."""
    clock, started = Clock(), time.perf_counter()
    try:
        yield clock
    finally:
        clock.seconds = time.perf_counter() - started


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Where numbers come from.

    Attributes
    ----------
    model
        `Denoiser.identity`, or what else tells one network from another.
    data
        The pictures and captions, and how many: "100 held-out scenes, seed 1".
    settings
        Draws, range of log-SNR, seeds: whatever repeats the numbers; a `Part` says what an interrupt left.
    seconds, evaluations
        What it took; an evaluation is one picture under one prompt at one noise level.
    versions
        Of the packages.
    """

    model: Mapping[str, Any]
    data: str
    settings: Mapping[str, Any]
    seconds: float
    evaluations: int
    versions: Mapping[str, str] = field(default_factory=versions)

    @property
    def origin(self) -> tuple[str, ...]:
        """What the small print of a figure says of it; see `origin_of`."""
        draws, most = self.settings.get("draws"), self.settings.get("draws at most")
        if not draws and most:
            draws = most if isinstance(most, Part) else f"at most {most}"
        cut = (
            value.of(name)
            for name, value in self.settings.items()
            if isinstance(value, Part) and not name.startswith("draws")
        )
        return (*cut, *origin_of(self.model, draws, self.settings.get("log-SNR")))

    def lines(self) -> list[str]:
        """Return it as sentences."""
        settings = ", ".join(f"{key} {_plain(value)}" for key, value in self.settings.items())
        packages = ", ".join(f"{key} {value}" for key, value in self.versions.items())
        return [
            f"Model: {network_in_full(self.model)}. Data: {self.data}.",
            f"Settings: {settings}.",
            f"Cost: {self.evaluations:,} network evaluations, {self.seconds:.0f} s. Versions: {packages}.",
        ]


def origin_of(
    model: Mapping[str, Any], draws: int | str | Part | None, log_snr_range: tuple[float, float] | None
) -> tuple[str, ...]:
    """Say over what was integrated, how often it was drawn and of which network, as `sheet.Sheet` does.

    Examples
    --------
    >>> origin_of({"class": "Mixture"}, 64, (-5.36, 1.0))
    ('log-SNR −5.4 to 1.0', '64 noise draws', 'Mixture')
    """
    ends = log_snrs(log_snr_range or ())
    drawn = draws.of("noise draws") if isinstance(draws, Part) else f"{draws} noise draws" if draws else ""
    return tuple(filter(None, (f"log-SNR {ends}" if ends else "", drawn, network_name(model))))


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of a command.

    Attributes
    ----------
    name
        Of the command; what it writes has names that begin with it.
    title
        One line.
    table
        What is read: a few rows, cells already as text or as numbers.
    numbers
        What the table summarises, a row for each case.
    statement
        Where the numbers come from.
    remarks
        Sentences that the table needs.
    """

    name: str
    title: str
    table: pd.DataFrame
    numbers: pd.DataFrame
    statement: Statement
    remarks: Sequence[str] = ()

    def text(self) -> str:
        """Return it all for a terminal."""
        body = self.table.to_string(index=False)
        return "\n".join([self.title, "", body, "", *self.remarks, *self.statement.lines()])

    def markdown(self) -> str:
        """Return it all for a README: a title in bold, a table, sentences."""
        columns = [str(column) for column in self.table.columns]
        rows = [columns, ["---"] * len(columns)]
        rows += [[_plain(cell) for cell in row] for row in self.table.itertuples(index=False)]
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        small = " ".join(self.statement.lines())
        return "\n\n".join([f"**{self.title}**", table, *self.remarks, f"<sub>{small}</sub>"])

    def write(self, out: str | os.PathLike[str], numbers: Format = "csv") -> list[Path]:
        """Write the numbers, the table, the statement and the Markdown.

        Parameters
        ----------
        out
            A folder, made where there is none.
        numbers
            "csv", or "parquet", which needs the extra of that name.

        Returns
        -------
        list of Path
            ``NAME.csv`` or ``NAME.parquet``, ``NAME-table.csv``, ``NAME.json``, ``NAME.md``.

        Raises
        ------
        InfodiffError
            Where the extra for Parquet is missing.
        ArgumentError
            Where `out` is no path.
        WriteError
            Where the folder cannot be made, or a file in it cannot be written.
        """
        folder = as_path(out, "out")
        if numbers == "parquet" and find_spec("fastparquet") is None:
            require("parquet", "Writing Parquet needs", "pyarrow", instead="choose csv")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(
                f"{folder}: no folder can be made there ({error.strerror or error}): give another."
            ) from error
        paths = [folder / f"{self.name}{end}" for end in (f".{numbers}", "-table.csv", ".json", ".md")]
        stated = {"title": self.title, **vars(self.statement), "remarks": list(self.remarks)}
        write_numbers = self.numbers.to_parquet if numbers == "parquet" else self.numbers.to_csv
        texts = json.dumps(stated, indent=1, default=str), self.markdown()
        writers: tuple[Callable[[Path], Any], ...] = (
            partial(write_numbers, index=False),
            partial(self.table.to_csv, index=False),
            *(partial(_write_text, text + "\n") for text in texts),
        )
        for path, write in zip(paths, writers, strict=True):
            with saving(path), whole(path) as part:
                write(part)
        return paths


def wilson(right: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for a share, which holds for few cases and at 0 and 1.

    Parameters
    ----------
    right, count
        How many of how many.
    level
        Between 0 and 1.

    Returns
    -------
    (low, high)
        Both NaN where there is no case.
    """
    if count == 0:
        return math.nan, math.nan
    interval = binomtest(int(right), int(count)).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple | list):
        return " to ".join(map(_plain, value)) if len(value) == 2 else ", ".join(map(_plain, value))
    return str(value).replace("|", "\\|")
