"""Batches that are killed, for real, at any moment: they go on, and the end is the same to the byte.

INFODIFF_KILLS sets how often: 20 for a night. A round is a batch that is killed and started again until it
comes to its end; there are as many rounds as the kills need.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from batch_inputs import final_bytes, parts, write_scenes
from batch_kills import ENVIRONMENT, Driver, cluster, finishing, half_written, raylet_of, working, writing

KILLS = int(os.environ.get("INFODIFF_KILLS", "3"))
PICTURES = 12
BAD = 5
RAY = ("--engine", "ray", "--workers", "2", "--device", "cpu")

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A table with good and bad rows, and what a run leaves that nothing happens to."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    table = write_scenes(folder / "in", PICTURES, bad=True)
    printed = Driver(table, folder / "out").finish(1)
    assert f"{PICTURES} of {PICTURES + BAD} pictures are done.\n" in printed
    return table, final_bytes(folder / "out")


def check(out: Path, expected: dict[str, bytes]) -> None:
    assert final_bytes(out) == expected
    assert json.loads((out / "summary.json").read_text())["failed"] == BAD
    assert half_written(out) == []
    assert len(parts(out)) == PICTURES


@pytest.mark.parametrize("more", [(), ("--together", "2"), RAY], ids=["one", "together", "ray"])
def test_an_interrupt_is_one_line_that_says_how_far_it_came(uninterrupted, tmp_path, more):
    table, _ = uninterrupted
    driver = Driver(table, tmp_path / "out", *more)
    assert driver.reach(finishing(driver)), driver.log.read_text()
    driver.interrupt()
    printed = driver.finish(130)
    # A picture may have been finished while it was told.
    said = re.findall(
        r"^Interrupted: (\d+) of 17 pictures are done; run the same command to go on.$", printed, re.M
    )
    assert len(said) == 1, printed
    assert 1 <= int(said[0]) <= len(parts(tmp_path / "out")) < PICTURES
    assert "Traceback" not in printed
    assert printed.splitlines()[-1].startswith("Interrupted: "), printed
    assert half_written(tmp_path / "out") == []


def test_the_driver_is_killed_again_and_again(uninterrupted, tmp_path):
    table, expected = uninterrupted
    kills = rounds = 0
    while kills < KILLS:
        out = tmp_path / f"out{rounds}"
        seen: dict[str, int] = {}
        while kills < KILLS and not (out / "summary.json").exists():
            driver = Driver(table, out)
            # With all pictures finished, only tables and maps are left to be written.
            kinds = (writing,) if len(seen) == PICTURES else (working, finishing, writing)
            driver.reach(kinds[kills % len(kinds)](driver))
            killed = driver.kill()
            kills += killed
            assert killed or (out / "summary.json").exists(), driver.log.read_text()
            found = parts(out)
            assert {name: found[name] for name in seen} == seen, "a finished picture was computed again"
            seen = found
        if not (out / "summary.json").exists():
            printed = Driver(table, out).finish(1)
            before = f", {len(seen)} of them before" if seen else ""
            assert f"{PICTURES} of {PICTURES + BAD} pictures are done{before}.\n" in printed
            found = parts(out)
            assert {name: found[name] for name in seen} == seen
        check(out, expected)
        rounds += 1


def test_actors_and_their_drivers_are_killed_again_and_again(uninterrupted, tmp_path):
    pytest.importorskip("ray")
    table, expected = uninterrupted
    kills = rounds = 0
    while kills < KILLS:
        out = tmp_path / f"out{rounds}"
        driver = Driver(table, out, *RAY)
        kills += sum(driver.kill_worker() is not None for _ in range(3))
        driver.reach(finishing(driver))
        if driver.kill():
            driver = Driver(table, out, *RAY)
            kills += 1 + sum(driver.kill_worker() is not None for _ in range(2))
        driver.finish(1)
        check(out, expected)
        rounds += 1


def test_nodes_of_a_cluster_are_killed(uninterrupted, tmp_path):
    pytest.importorskip("ray")
    table, expected = uninterrupted
    for index in range(1 + KILLS // 10):
        out = tmp_path / f"out{index}"
        with cluster(nodes=2) as (address, nodes):
            driver = Driver(table, out, *RAY, "--address", address)
            assert driver.reach(finishing(driver)), driver.log.read_text()
            assert driver.process.poll() is None
            os.kill(raylet_of(nodes[index % 2]), signal.SIGKILL)
            driver.finish(1)
        check(out, expected)


def test_a_cluster_on_which_nothing_can_begin_is_given_up(tmp_path):
    pytest.importorskip("ray")
    table = write_scenes(tmp_path / "in", 1)
    program = (
        "import ray, sys; from infodiff_widgets import cli;"
        "ray.init(num_cpus=2, include_dashboard=False, logging_level=40, log_to_driver=False);"
        "busy = ray.remote(num_cpus=2)(lambda: __import__('time').sleep(1000)).remote();"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    quick = ["--quantity", "cmi", "--draws", "8", "--quiet"]
    arguments = ["batch", "--pictures", str(table), "--out", str(tmp_path / "out"), *quick]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            *arguments,
            "--engine",
            "ray",
            "--device",
            "cpu",
            "--start-timeout",
            "4",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 1, done.stderr
    assert "No worker has begun after 4 seconds" in done.stderr
    assert "Give fewer workers" in done.stderr
