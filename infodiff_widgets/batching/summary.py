"""What a batch comes back with: what was done, what it took, what failed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Summary"]

_SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """How a batch ended.

    Attributes
    ----------
    folder
        Where everything is.
    model
        By which network, as it was named.
    pictures
        In the table, each counted once.
    finished, failed
        With and without a result; `failures` are the names of the latter with their file and the reason.
    before
        Of those finished, how many were so already when this start began.
    evaluations
        Of the network for pictures, in this start.
    prepared
        Those beside them, for what all pictures have in common: the network was checked and calibrated, and
        its rounding measured, as far as that was not known.
    seconds
        Of wall time, in this start.
    devices
        How many workers there were.
    cut
        Prompts whose end fell away, by ``truncate``.
    """

    folder: Path
    model: str
    pictures: int
    finished: int
    failed: int
    before: int
    evaluations: int
    prepared: int
    seconds: float
    devices: int
    failures: tuple[tuple[str, str], ...]
    cut: int = 0

    @property
    def rate(self) -> float:
        """Evaluations per second and device."""
        return (self.evaluations + self.prepared) / self.seconds / self.devices if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; the failures are in a table of their own."""
        kept = {name: value for name, value in asdict(self).items() if name not in ("folder", "failures")}
        return {
            **kept,
            "seconds": round(self.seconds, 2),
            "evaluations_per_second_and_device": round(self.rate, 2),
        }

    def __str__(self) -> str:
        earlier = f", {self.before} of them before" if self.before else ""
        devices = f"each of {self.devices} devices" if self.devices > 1 else "one device"
        spent = f"{self.evaluations + self.prepared:,} evaluations"
        first = "beforehand (checks, calibration, trial draws)"
        beside = f", {self.prepared:,} of them {first}," if self.prepared else ""
        lines = [
            f"Model: {self.model}.",
            f"{self.finished} of {self.pictures} pictures are done{earlier}.",
            f"{spent}{beside} in {self.seconds:.1f} s; {self.rate:.1f}/s on {devices}.",
        ]
        if self.cut:
            prompts = "1 prompt was" if self.cut == 1 else f"{self.cut} prompts were"
            lines.append(f"{prompts} cut: what fell away is in pictures.parquet.")
        if self.failed:
            lines.append(f"{self.failed} failed:")
            lines += [f"  {name}: {reason}" for name, reason in self.failures[:_SHOWN]]
            if self.failed > _SHOWN:
                lines.append(f"  and {self.failed - _SHOWN} more, in errors.parquet")
        return "\n".join(lines)
