"""A batch over many scenes, killed once and started again: ``python -m benchmarks.many --pictures 1000``.

On Ray, with as many workers as asked for. The driver is killed, with all its workers, at `--kill-at` of the
pictures; the second start must compute the rest and nothing else. Memory is the private part (PSS) of the
driver, and of the largest worker, at the first hundred pictures and at the end; it has to be flat. Ends by
opening the gallery, and turning to its last page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from infodiff_widgets import Gallery, scenes


def write_table(folder: Path, count: int) -> Path:
    """Write scenes, and a table of them that asks about the background of each."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "table.jsonl"
    with table.open("w") as file:
        for index, scene in zip(range(count), scenes.sample(seed=17), strict=False):
            path = folder / f"{index:05}.png"
            scenes.picture(scene).save(path)
            row = {"image": path.name, "prompt": scene.caption, "words": [scene.background]}
            file.write(json.dumps(row) + "\n")
    return table


def memory(process: int) -> int:
    """Return what a process holds in MB: its own pages, and its share of those that others hold too."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


class Batch:
    """One start of the command, watched."""

    def __init__(self, table: Path, out: Path, options: argparse.Namespace) -> None:
        self.out, self.total = out, options.pictures
        self.seen: list[tuple[int, int, int]] = []
        """Finished pictures; megabytes of the driver, and of the largest worker."""
        quick = ["--quantity", "cmi", "--draws", str(options.draws), "--quiet"]
        devices = ["--engine", "ray", "--workers", str(options.workers), "--device", "cpu"]
        command = [sys.executable, "-m", "infodiff_widgets.cli", "batch", "--pictures", str(table)]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "RAY_worker_niceness": "0"}
        self.process = subprocess.Popen([*command, "--out", str(out), *quick, *devices], env=environment)

    def watch(self, until: int) -> bool:
        """Take notes of memory until so many pictures are finished; say whether that came before the end."""
        while self.process.poll() is None:
            done = sum(1 for _ in self.out.glob("parts/*/[!.]*.safetensors"))
            workers = [int(path.stem.rpartition("-")[2]) for path in self.out.glob("started/*/*.json")]
            largest = max((memory(worker) for worker in workers), default=0)
            self.seen.append((done, memory(self.process.pid), largest))
            if done >= until:
                return True
            time.sleep(0.5)
        return False


def at(seen: Sequence[tuple[int, int, int]], low: int, high: int) -> tuple[int, int]:
    """Return the most that driver and worker held while the number of pictures was in a range."""
    notes = [(driver, worker) for done, driver, worker in seen if low <= done <= high]
    return max((note[0] for note in notes), default=0), max((note[1] for note in notes), default=0)


def main() -> None:
    """Run it, and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill-at", type=float, default=0.3, help="share of the pictures (0.3)")
    parser.add_argument("--out", type=Path, help="keeps everything in this folder; a temporary one otherwise")
    options = parser.parse_args()
    folder = options.out or Path(tempfile.mkdtemp(prefix="infodiff-many-"))
    try:
        run(folder, options)
    finally:
        if options.out is None:
            shutil.rmtree(folder)


def run(folder: Path, options: argparse.Namespace) -> None:
    """Write the pictures, estimate, kill, go on, look."""
    count, out = options.pictures, folder / "batch"
    table = write_table(folder / "pictures", count)
    began = time.perf_counter()
    first = Batch(table, out, options)
    if not first.watch(int(options.kill_at * count)):
        sys.exit("The batch ended before it could be killed.")
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    killed = time.perf_counter()
    finished = {path.name: path.stat().st_mtime_ns for path in out.glob("parts/*/[!.]*.safetensors")}
    second = Batch(table, out, options)
    second.watch(count + 1)
    ended = time.perf_counter()
    if second.process.returncode != 0:
        sys.exit(f"The second start ended with {second.process.returncode}.")
    summary = json.loads((out / "summary.json").read_text())
    again = [n for n, when in finished.items() if next(out.glob(f"parts/*/{n}")).stat().st_mtime_ns != when]
    seen = first.seen + second.seen
    early, late = at(seen, 1, 100), at(seen, count - 100, count - 1)
    rate = summary["evaluations"] / summary["seconds"]
    print(f"first start: killed after {killed - began:.0f} s with {len(finished)} of {count} pictures")
    print(f"second start: {summary['before']} were there, {len(again)} of those computed again")
    print(f"  {summary['evaluations']} evaluations in {summary['seconds']:.0f} s, {rate:.1f}/s")
    print(f"both: {ended - began:.0f} s; finished {summary['finished']}, failed {summary['failed']}")
    print(f"memory to 100 pictures:   driver {early[0]} MB, worker {early[1]} MB")
    print(f"memory in the last 100:   driver {late[0]} MB, worker {late[1]} MB")
    print(f"memory while merging:     driver {at(seen, count, count)[0]} MB")
    show(out)


def show(out: Path) -> None:
    """Open the gallery, turn to its last page and open the picture that says most."""
    began = time.perf_counter()
    gallery = Gallery(out)
    opened = time.perf_counter()
    pictures = gallery.pictures
    thumbnails = gallery._store.thumbnails(pictures.index[-24:].tolist())
    turned = time.perf_counter()
    gallery.open_picture(pictures["picture"].iloc[0])
    shown = time.perf_counter()
    assert gallery.result is not None
    print(
        f"gallery of {len(pictures)}: open in {opened - began:.2f} s, a page of {len(thumbnails)} in "
        f"{turned - opened:.2f} s, a picture in {shown - turned:.2f} s: {gallery.result.prompt!r}"
    )


if __name__ == "__main__":
    main()
