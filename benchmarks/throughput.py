"""Throughput against workers, and memory against pictures: ``python -m benchmarks.throughput``.

On the scenes pipeline and the CPU, one thread to a process. One picture divided among processes by
``estimate(devices=...)``; many pictures on Ray workers by `batch`. A batch's rate is that between its first
and its last finished picture, so that starting does not count; memory is the largest resident set seen. The
last table weighs what a picture leaves on disk, as ``benchmarks.flops`` needs it.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import pandas as pd
import psutil
import torch

from infodiff_widgets import batch, estimate, scenes

PROMPT = "a red circle left of a blue square on sand"
OPTIONS: dict[str, Any] = {"quantities": "cmi", "density": "uniform", "progress": False}
MB = 1e6


class Memory:
    """Watches the resident sets of this process and of Ray's workers while it is open, in bytes."""

    def __init__(self) -> None:
        self.largest: dict[str, int] = defaultdict(int)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._over.wait(0.5):
            self._see("driver", own)
            for child in own.children(recursive=True):
                self._see("worker", child)

    def _see(self, kind: str, process: psutil.Process) -> None:
        try:
            # Ray names its actors after their class; its own servants are none of ours.
            if kind == "driver" or "Actor" in " ".join(process.cmdline()):
                self.largest[kind] = max(self.largest[kind], process.memory_info().rss)
        except psutil.Error:
            return  # it has ended


@dataclass(frozen=True)
class Batch:
    """What a batch took: evaluations per second, bytes of memory and disk, seconds after the last picture."""

    workers: int
    pictures: int
    words: int
    cells: int
    rate: float
    memory: dict[str, int]
    disk: dict[str, int]
    merging: float


def one_picture(draws: int) -> None:
    """Print the rate of one estimate on one and on two processes."""
    pipeline = scenes.load_pipeline("cpu")
    picture = scenes.picture(next(scenes.sample(seed=3)))
    print(f"{'one picture, processes':<26}{'evaluations/s':>14}{'efficiency':>12}")
    rates: list[float] = []
    for devices in (["cpu"], ["cpu", "cpu"]):
        result = estimate(pipeline, picture, PROMPT, draws=draws, devices=devices, **OPTIONS)
        rates.append(result.provenance["evaluations"] / result.provenance["seconds"])
        print(f"{len(devices):<26}{rates[-1]:>14.1f}{rates[-1] / rates[0] / len(devices):>12.0%}")


def many_pictures(folder: Path, pictures: int, workers: int, draws: int) -> Batch:
    """Run a batch of scenes on Ray workers."""
    rows = []
    for index, scene in enumerate(islice(scenes.sample(seed=5), pictures)):
        path = folder / "pictures" / f"{index:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        scenes.picture(scene).save(path)
        rows.append({"image": str(path), "prompt": scene.caption})
    out = folder / "out"
    with Memory() as memory:
        summary = batch(
            "scenes",
            pd.DataFrame(rows),
            out,
            engine="ray",
            workers=workers,
            device="cpu",
            draws=draws,
            **OPTIONS,
        )
    if summary.failed:
        raise SystemExit(str(summary))
    done = sorted(path.stat().st_mtime for path in (out / "parts").rglob("*.safetensors"))
    table: Any = pd.read_parquet(out / "pictures.parquet")
    rows_, columns = (int(side) for side in str(table["grid"].iloc[0]).split("x"))
    # The first has been estimated when the clock starts.
    evaluations = table["evaluations"].mean() * (len(done) - 1)
    return Batch(
        workers=workers,
        pictures=pictures,
        words=int(table["words"].sum()),
        cells=rows_ * columns,
        rate=float(evaluations / (done[-1] - done[0])),
        memory=dict(memory.largest),
        disk={name: _weight(out / name) for name in ("parts", "results", "maps.zarr")}
        | {"tables": sum(path.stat().st_size for path in out.glob("*.parquet"))},
        merging=(out / "summary.json").stat().st_mtime - done[-1],
    )


def _weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000, help="the larger number; the smaller is 100")
    parser.add_argument("--draws", type=int, default=2, help="for each of many pictures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    one_picture(64)
    runs: list[Batch] = []
    for workers, pictures in ((1, 100), (2, 100), (2, arguments.pictures)):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(many_pictures(Path(folder), pictures, workers, arguments.draws))
    print(f"\n{'many pictures, workers':<26}{'evaluations/s':>14}{'efficiency':>12}", end="")
    print(f"{'pictures':>10}{'driver MB':>11}{'worker MB':>11}{'merging s':>11}")
    for run in runs:
        share = run.rate / runs[0].rate / run.workers
        memory = "".join(f"{run.memory.get(kind, 0) / MB:>11.0f}" for kind in ("driver", "worker"))
        print(
            f"{run.workers:<26}{run.rate:>14.1f}{share:>12.0%}{run.pictures:>10}{memory}{run.merging:>11.1f}"
        )
    last = runs[-1]
    print(f"\n{'on disk':<26}{'kB a picture':>14}{'bytes a word and cell':>24}")
    for name, size in last.disk.items():
        per = f"{size / last.words / last.cells:>24.1f}" if name != "tables" else ""
        print(f"{name:<26}{size / last.pictures / 1e3:>14.1f}{per}")


if __name__ == "__main__":
    main()
