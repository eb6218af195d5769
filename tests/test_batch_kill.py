"""Batches that are killed, for real, at any moment: they go on, and the end is the same to the byte.

INFODIFF_KILLS sets how often: 20 for a night.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_inputs import final_bytes, parts, write_scenes

KILLS = int(os.environ.get("INFODIFF_KILLS", "3"))
PICTURES = max(6, KILLS + 2)
# Ray's workers give way to all else on the machine, which may be other tests.
ENVIRONMENT = {**os.environ, "RAY_worker_niceness": "0"}


def command(table: Path, out: Path, *more: str) -> list[str]:
    quick = ["--quantity", "cmi", "--draws", "8", "--quiet"]
    return ["batch", "--pictures", str(table), "--out", str(out), *quick, *more]


def start(arguments: list[str]) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "infodiff_widgets.cli", *arguments]
    return subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT
    )


def wait_for_parts(driver: subprocess.Popen[str], out: Path, count: int) -> None:
    while len(parts(out)) < count:
        if driver.poll() is not None:
            raise AssertionError(f"the driver ended with {driver.returncode}: {driver.communicate()[0]}")
        time.sleep(0.01)


def finish(driver: subprocess.Popen[str], status: int) -> str:
    printed, _ = driver.communicate()
    assert driver.returncode == status, printed
    return printed


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A table with good and bad rows, and what a run leaves that nothing happens to."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    table = write_scenes(folder / "in", PICTURES, bad=True)
    finish(start(command(table, folder / "out")), 1)
    return table, final_bytes(folder / "out")


@pytest.mark.timeout(1800)
def test_the_driver_is_killed_again_and_again(uninterrupted, tmp_path):
    table, expected = uninterrupted
    out = tmp_path / "out"
    seen: dict[str, int] = {}
    for kill in range(KILLS):
        driver = start(command(table, out))
        wait_for_parts(driver, out, kill + 1)
        time.sleep(0.13 * (kill % 3))  # now in one picture, now in the next, now while writing
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        found = parts(out)
        assert {name: found[name] for name in seen} == seen, "a finished picture was computed again"
        seen = found
        assert not (out / "summary.json").exists()
    printed = finish(start(command(table, out)), 1)
    assert f"{PICTURES} of {PICTURES + 5} pictures are done, {len(seen)} of them before." in printed
    assert {name: parts(out)[name] for name in seen} == seen
    assert final_bytes(out) == expected
    assert not [path for path in out.rglob("*") if ".part" in path.name]


@pytest.mark.timeout(1800)
def test_actors_and_their_driver_are_killed(uninterrupted, tmp_path):
    pytest.importorskip("ray")
    table, expected = uninterrupted
    out = tmp_path / "out"
    arguments = command(table, out, "--engine", "ray", "--workers", "2", "--device", "cpu")
    driver = start(arguments)
    wait_for_parts(driver, out, 1)
    (first,) = (out / "started").iterdir()
    actors = {int(path.stem.rpartition("-")[2]) for path in first.iterdir()}
    os.kill(min(actors), signal.SIGKILL)
    wait_for_parts(driver, out, len(parts(out)) + 2)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    seen = parts(out)
    driver = start(arguments)
    wait_for_parts(driver, out, min(len(seen) + 1, PICTURES))
    session = max((out / "started").iterdir(), key=lambda folder: folder.stat().st_ctime_ns)
    for path in session.iterdir():
        try:
            os.kill(int(path.stem.rpartition("-")[2]), signal.SIGKILL)
        except ProcessLookupError:
            continue
    finish(driver, 1)
    assert final_bytes(out) == expected
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["devices"], summary["failed"]) == (2, 5)


@pytest.mark.timeout(600)
def test_a_cluster_on_which_nothing_can_begin_is_given_up(tmp_path):
    pytest.importorskip("ray")
    table = write_scenes(tmp_path / "in", 1)
    program = (
        "import ray, sys; from infodiff_widgets import cli;"
        "ray.init(num_cpus=2, include_dashboard=False, logging_level=40, log_to_driver=False);"
        "busy = ray.remote(num_cpus=2)(lambda: __import__('time').sleep(1000)).remote();"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    arguments = command(table, tmp_path / "out", "--engine", "ray", "--device", "cpu", "--start-timeout", "4")
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 1, done.stderr
    assert "No worker has begun after 4 seconds" in done.stderr
    assert "Give fewer workers" in done.stderr
