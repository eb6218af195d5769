"""Small tables of scenes, and comparing what a batch leaves to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from models import PROMPT, Mixture
from PIL import Image
from synthetic import synthetic_result

from infodiff_widgets import scenes
from infodiff_widgets.batching.folder import BatchFolder
from infodiff_widgets.batching.merge import merge
from infodiff_widgets.batching.part import Part
from infodiff_widgets.batching.picture import Picture

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


def write_results(
    out: Path, count: int, *, prompt: str | None = None, pictures: list[tuple[Image.Image, str]] | None = None
) -> Path:
    """Write the folder of a batch from made-up results, for what only looks at them."""
    folder = BatchFolder(out)
    folder.manifest({"model": "synthetic"})
    rows = []
    for index in range(count):
        said = prompt or (pictures[index][1] if pictures else PROMPT)
        result = synthetic_result(said, cells=(16, 16), seed=index)
        if pictures is not None:
            shown = np.asarray(pictures[index][0])
            result.data["image"] = (("row", "column", "channel"), shown)
        picture = Picture.named(None, f"{index}.png", f"{index}.png", result.prompt, None)
        result.data.attrs["provenance"] = json.dumps({**result.provenance, "seed": index, "evaluations": 1})
        folder.write(folder.result(picture), result.save)
        folder.write(folder.part(picture), Part.of(picture, result, "float16").save)
        rows.append(picture)
    merge(folder, rows, {}, "float16", progress=False)
    return out


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


__all__ = ["PROMPT", "Sick", "final_bytes", "parts", "write_results", "write_scenes"]
