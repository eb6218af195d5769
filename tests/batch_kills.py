"""Drivers, actors and nodes of real batches, found and killed."""

from __future__ import annotations

import glob
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from batch_inputs import parts

# As many threads everywhere, as equal bytes ask for; and Ray's workers would give way to all else on the
# machine, which may be other tests.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "RAY_worker_niceness": "0"}


class Driver:
    """One start of ``infodiff batch``, in a process of its own."""

    def __init__(self, table: Path, out: Path, *more: str) -> None:
        self.out = out
        self.log = out.parent / f"{out.name}.log"
        self._earlier = set(self._sessions())
        quick = ["--quantity", "cmi", "--draws", "8", "--quiet"]
        program = [sys.executable, "-m", "infodiff_widgets.cli", "batch"]
        arguments = ["--pictures", str(table), "--out", str(out), *quick, *more]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*program, *arguments],
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                start_new_session=True,
                preexec_fn=heed_interrupts,
            )

    def reach(self, moment: Callable[[], bool]) -> bool:
        """Wait for a moment, and say whether it came before the end."""
        while not moment():
            if self.process.poll() is not None:
                return False
            time.sleep(0.002)
        return True

    def interrupt(self) -> None:
        """Send what Ctrl-C sends, and to all that a terminal sends it to."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> bool:
        """Kill the driver, and say whether that was what ended it."""
        self.process.kill()
        return self.process.wait() == -signal.SIGKILL

    def finish(self, status: int) -> str:
        """Wait for the end, and return what was printed."""
        assert self.process.wait() == status, self.log.read_text()
        return self.log.read_text()

    def at_work(self) -> dict[str, list[int]]:
        """Return the pictures that workers of this start are at, with the processes that began them."""
        found: dict[str, list[int]] = {}
        for session in self._sessions() - self._earlier:
            for path in session.iterdir():
                try:
                    lines = path.read_text().split()
                except FileNotFoundError:  # ended just now
                    continue
                if lines:
                    found[path.name] = [int(line.rpartition("-")[2]) for line in lines]
        return found

    def kill_worker(self, spare: int = 1) -> int | None:
        """Kill a worker that is at a picture, once there is one, unless that has died at it `spare` times.

        Returns
        -------
        int or None
            Its process; None where the batch ended before.
        """
        seen: list[int] = []

        def found() -> bool:
            seen[:] = [pids[-1] for pids in self.at_work().values() if len(pids) <= spare and alive(pids[-1])]
            return bool(seen)

        if not self.reach(found):
            return None
        try:
            os.kill(seen[0], signal.SIGKILL)
        except ProcessLookupError:
            return self.kill_worker(spare)
        return seen[0]

    def _sessions(self) -> set[Path]:
        return set((self.out / "attempts").glob("*"))


def heed_interrupts() -> None:
    """Undo, in a process that begins, what background jobs of a shell inherit: they ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def alive(pid: int) -> bool:
    """Whether a process runs; one that was killed and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def half_written(out: Path) -> list[Path]:
    """List what is being written, or was when it was killed."""
    # Not Path.glob: before Python 3.13 that fails on a folder that goes while it is looked through.
    patterns = (".*.part.*", "*/*/.*.part.*")
    return [out / name for pattern in patterns for name in glob.iglob(pattern, root_dir=out)]  # noqa: PTH207


def working(driver: Driver) -> Callable[[], bool]:
    """Make a moment: a picture is being worked on."""
    return lambda: bool(driver.at_work())


def finishing(driver: Driver) -> Callable[[], bool]:
    """Make a moment: one more picture is finished than now."""
    before = len(parts(driver.out))
    return lambda: len(parts(driver.out)) > before


def writing(driver: Driver) -> Callable[[], bool]:
    """Make a moment: a file is half written, one of a picture's or a table or the maps."""
    before = set(half_written(driver.out))
    return lambda: bool(set(half_written(driver.out)) - before)


@contextmanager
def cluster(nodes: int) -> Iterator[tuple[str, list[Any]]]:
    """Start a Ray cluster here, a head without CPUs and some nodes; yield its address and the nodes."""
    from ray.cluster_utils import Cluster

    with patch.dict(os.environ, ENVIRONMENT):
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        try:
            started = [made.add_node(num_cpus=3) for _ in range(nodes)]
            made.wait_for_nodes(timeout=300)
            yield str(made.address), started
        finally:
            made.shutdown()


def raylet_of(node: Any) -> int:
    """Return the process that is a node of a cluster."""
    return node.all_processes["raylet"][0].process.pid
