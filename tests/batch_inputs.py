"""Small tables of scenes, and comparing what a batch leaves to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from models import PROMPT, Mixture

from infodiff_widgets import scenes

TABLES = ("words.parquet", "pictures.parquet", "errors.parquet")


def write_scenes(folder: Path, count: int, *, bad: bool = False) -> Path:
    """Write pictures and a table of them, one word asked about in each; `bad` adds rows that cannot work."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for index, scene in zip(range(count), scenes.sample(seed=5), strict=False):
        scenes.picture(scene).save(folder / f"{index}.png")
        rows.append({"image": f"{index}.png", "prompt": scene.caption, "words": [scene.background]})
    if bad:
        (folder / "torn.png").write_bytes((folder / "0.png").read_bytes()[:300])
        rows[1:1] = [
            {"image": "missing.png", "prompt": "a red circle"},
            {"image": "torn.png", "prompt": "a red circle"},
            {"image": "0.png", "prompt": "   "},
            {"image": "0.png", "prompt": "a red circle", "words": ["zebra"]},
            {"image": "0.png", "prompt": "red " * 200},
        ]
    table = folder / "table.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return table


def final_bytes(out: Path) -> dict[str, bytes]:
    """Read all final files but the summary, by name."""
    files = [out / name for name in TABLES]
    files += sorted(path for path in (out / "maps.zarr").rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def parts(out: Path) -> dict[str, int]:
    """List the finished pictures with the time at which each was."""
    return {path.name: path.stat().st_mtime_ns for path in out.glob("parts/*/[!.]*.safetensors")}


class Sick(Mixture):
    """The same, that answers NaN to prompts about grass."""

    def predict(self, z: torch.Tensor, log_snr: torch.Tensor, text: str) -> torch.Tensor:
        """Predict, or fail."""
        return super().predict(z, log_snr, text) * (float("nan") if "grass" in text else 1.0)


__all__ = ["PROMPT", "Sick", "final_bytes", "parts", "write_scenes"]
