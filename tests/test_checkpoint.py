"""Runs that are killed go on from their checkpoint to the same answer, to the bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from models import PICTURE, PROMPT, Mixture, Texts
from PIL import Image
from safetensors import SafetensorError
from same import assert_identical

from infodiff_widgets import Result, estimate, open_result, stream
from infodiff_widgets import run as run_module
from infodiff_widgets.errors import CheckpointError

pytestmark = pytest.mark.usefixtures("save_at_every_step")

OPTIONS = {"density": "uniform", "log_snr_range": "trained", "progress": False, "draws": 64, "batch_size": 20}


def run(model: Mixture, path: Path | None = None, prompt: str = PROMPT, **options: object) -> Result:
    options = OPTIONS | {"checkpoint": path} | options
    return estimate(model, PICTURE, prompt, **options)  # pyright: ignore[reportArgumentType]


class Killed(BaseException):
    """Stands for the end of the process."""


class Mortal(Mixture):
    """Counts its evaluations, and dies at one of its calls."""

    def __init__(self, calls: int = 10**9, death: type[BaseException] = Killed) -> None:
        super().__init__()
        self.left, self.count, self.death = calls, 0, death

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        if self.left == 0:
            raise self.death
        self.left -= 1
        self.count += len(z)
        return super().epsilon(z, levels, conditions)


@pytest.mark.parametrize("quantities", [("cmi", "mi"), ("shapley",)])
@pytest.mark.parametrize("calls", [7, 23])
def test_a_run_that_was_cut_short_ends_bit_for_bit_the_same(
    tmp_path: Path, calls: int, quantities: tuple[str, ...]
) -> None:
    path = tmp_path / "run.safetensors"
    whole = run(Mixture(), quantities=quantities)
    with pytest.raises(Killed):
        run(Mortal(calls), path, quantities=quantities)
    again = Mortal()
    resumed = run(again, path, quantities=quantities)
    assert_identical(whole, resumed)
    assert resumed.provenance["evaluations"] == whole.provenance["evaluations"]
    assert again.count < 0.95 * whole.provenance["evaluations"]


def test_an_interrupt_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon it comes: it is the moment at which the program can still write."""
    monkeypatch.setattr(run_module, "_SECONDS_BETWEEN_SAVES", 1e9)
    path = tmp_path / "run"
    whole = run(Mixture())
    with pytest.warns(UserWarning, match="Interrupted: the result holds"):
        part = run(Mortal(7, KeyboardInterrupt), path)
    again = Mortal()
    resumed = run(again, path)
    assert_identical(run(Mortal()), resumed)
    assert resumed.provenance["evaluations"] == whole.provenance["evaluations"]
    share = (whole.draws - part.draws) / whole.draws
    assert again.count == pytest.approx(share * whole.provenance["evaluations"])


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "run"
    first = run(Mortal(), path)
    model = Mortal(0)
    assert_identical(first, run(model, path))
    assert model.count == 0


def test_a_smaller_error_goes_on_where_the_larger_ended(tmp_path: Path) -> None:
    path = tmp_path / "run"
    coarse = run(Mortal(), path, draws=None, until="20%", quantities="cmi")
    model = Mortal()
    fine = run(model, path, draws=None, until="8%", quantities="cmi")
    assert fine.draws > coarse.draws
    assert model.count == fine.provenance["evaluations"] - coarse.provenance["evaluations"]


def test_a_process_that_is_killed_loses_a_few_seconds(tmp_path: Path) -> None:
    """The real thing: SIGKILL in the middle, the same command again."""
    script = tmp_path / "job.py"
    script.write_text(
        "import sys, time\n"
        f"sys.path[:0] = [{str(Path(__file__).parent)!r}]\n"
        "from models import PICTURE, PROMPT, Mixture\n"
        "from infodiff_widgets import estimate, run\n"
        "run._SECONDS_BETWEEN_SAVES = 0.0\n"
        "class Slow(Mixture):\n"
        "    def epsilon(self, *arguments):\n"
        "        time.sleep(float(sys.argv[2]))\n"
        "        return super().epsilon(*arguments)\n"
        f"options = {OPTIONS!r}\n"
        "estimate(Slow(), PICTURE, PROMPT, checkpoint='run', **options).save(sys.argv[1])\n"
    )

    def start(name: str, pause: float) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, script, name, str(pause)], cwd=tmp_path)

    first = start("first.nc", 0.1)
    deadline = time.monotonic() + 120
    while not (tmp_path / "run").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert not (tmp_path / "first.nc").exists()
    assert start("second.nc", 0.0).wait(120) == 0
    assert_identical(run(Mixture()), open_result(tmp_path / "second.nc"))


def test_the_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(Mixture(), path)
    changes: list[tuple[dict[str, object], str]] = [
        ({"seed": 1}, "seed"),
        ({"prompt": PROMPT + " now"}, "words, prompts"),
        ({"words": ["red"]}, "words, prompts"),
        ({"bands": 3}, "bands"),
    ]
    for change, named in changes:
        with pytest.raises(
            CheckpointError, match=f"another run, which is not the same in: {named}. Give each"
        ):
            run(Mixture(), path, **change)
    black = Image.new("RGB", PICTURE.size)
    with pytest.raises(CheckpointError, match=r"in: picture\."):
        estimate(Mixture(), black, PROMPT, checkpoint=path, **OPTIONS)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x10" + 7 * b"\0" + b"{}"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="delete it"):
        run(Mixture(), path)


def test_a_file_that_one_may_not_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    run(Mixture(), path)

    opened = Path.open

    def denied(one: Path, *arguments: Any, **named: Any) -> Any:
        if one == path:  # root may read everything
            raise PermissionError(13, "Permission denied", str(path))
        return opened(one, *arguments, **named)

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(CheckpointError, match=r"\(Permission denied\): see that you may read it") as refused:
        run(Mixture(), path)
    assert "delete" not in str(refused.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make it first"):
        run(Mortal(0), tmp_path / "nowhere" / "run")


def no_place(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied", ".run.safetensors.4711.part")


def test_where_nothing_can_be_kept_no_work_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Mortal(0)
    with pytest.raises(CheckpointError, match=r"is a folder: give the name of a file in it, such as"):
        run(model, tmp_path)
    with pytest.raises(FileNotFoundError, match="for the checkpoint: make it first"):
        run(model, tmp_path / "none" / "run")
    with pytest.raises(CheckpointError, match=r"is a folder"):
        stream(model, PICTURE, PROMPT, checkpoint=tmp_path)  # before the first result is asked for
    path = tmp_path / "run.safetensors"
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "NamedTemporaryFile", no_place)
        with pytest.raises(CheckpointError, match=r"written \(Permission denied\): give a file in a folder"):
            run(model, path)
    run(Mortal(), path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "NamedTemporaryFile", no_place)
        run(Mortal(0), path)  # one that has ended is only read


@pytest.mark.parametrize("kind", [SafetensorError, OSError])
def test_a_checkpoint_that_can_no_longer_be_written_does_not_cost_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def full(*_: object) -> None:
        raise kind("No space left on device")

    monkeypatch.setattr("infodiff_widgets.checkpoint.save_file", full)
    with pytest.warns(UserWarning, match=r"run' cannot be written \(No space left .*the run goes on"):
        result = run(Mixture(), tmp_path / "run")
    assert_identical(result, run(Mixture()))
    assert not list(tmp_path.iterdir())
