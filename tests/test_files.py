"""Files are written whole or not at all, with the mode that everything else in their folder has."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from models import PICTURE, PROMPT, Mixture

from infodiff_widgets import cache, checkpoint, estimate, html
from infodiff_widgets.batching.folder import BatchFolder
from infodiff_widgets.errors import ArgumentError, MissingFileError, WriteError
from infodiff_widgets.files import saving, whole


def _result(path: Path) -> None:
    estimate(Mixture(), PICTURE, PROMPT, draws=2, density="uniform", progress=False).save(path)


WRITERS: dict[str, Callable[[Path], object]] = {
    "page.html": lambda path: html.write(path, "text"),
    "result.nc": _result,
    "fact.json": lambda path: cache.save(path, 1),
    "run.safetensors": lambda path: checkpoint.save(path, checkpoint.Checkpoint({}, {})),
    "settled.json": lambda path: BatchFolder(path.parent).write_json(path.name, {}),
    "first.json": lambda path: BatchFolder(path.parent).write_json(path.name, {}, first=True),
}


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("name", WRITERS)
def test_the_mode_is_that_of_the_umask_and_nothing_is_left_beside(tmp_path: Path, name: str) -> None:
    before = os.umask(0o027)
    try:
        WRITERS[name](tmp_path / name)
    finally:
        os.umask(before)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("synced", [False, True])
def test_what_is_there_stays_where_writing_fails(
    tmp_path: Path, error: type[BaseException], synced: bool
) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")

    def fail() -> None:
        with whole(path, synced=synced) as part:
            part.write_text("half")
            assert part.suffix == path.suffix
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("synced", [False, True])
def test_a_folder_takes_the_place_of_another(tmp_path: Path, synced: bool) -> None:
    path = tmp_path / "maps.zarr"
    for name in ("old", "new"):
        with whole(path, synced=synced) as part:
            part.mkdir()
            (part / name).write_text(name)
    assert [file.name for file in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["aside", "in place", "removal"])
def test_of_two_folders_one_is_there_whole_whenever_an_interrupt_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = tmp_path / "maps.zarr"
    path.mkdir()
    for name in "ab":
        (path / name).write_text("old")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    def remove_half(folder: Path) -> None:
        next(iter(folder.iterdir())).unlink()
        raise KeyboardInterrupt

    rename = Path.rename

    def rename_and_stop(one: Path, other: Path) -> None:
        rename(one, other)
        if one == path:
            raise KeyboardInterrupt

    def write() -> None:
        with whole(path) as part:
            part.mkdir()
            for name in "ab":
                (part / name).write_text("new")
            if moment == "aside":
                monkeypatch.setattr(Path, "rename", rename_and_stop)
            elif moment == "in place":
                monkeypatch.setattr(Path, "replace", stop)
            else:
                monkeypatch.setattr(shutil, "rmtree", remove_half)

    with pytest.raises(KeyboardInterrupt):
        write()
    expected = "new" if moment == "removal" else "old"
    assert {file.name: file.read_text() for file in path.iterdir()} == dict.fromkeys("ab", expected)
    left = [one for one in tmp_path.iterdir() if one != path]
    assert len(left) == (moment == "removal")
    assert all(one.name.startswith(".maps.") and ".part" in one.name for one in left)


@pytest.mark.skipif(os.name != "posix", reason="ended by a signal")
@pytest.mark.parametrize("moment", ["aside", "removal"])
def test_a_folder_of_a_batch_is_there_again_after_a_kill_in_the_midst_of_its_replacement(
    tmp_path: Path, moment: str
) -> None:
    store = tmp_path / "maps.zarr"
    store.mkdir()
    for name in "ab":
        (store / name).write_text("old")
    program = f"""
import os, pathlib, shutil, signal, sys
from infodiff_widgets.files import whole

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def remove_half(folder):
    next(iter(folder.iterdir())).unlink()
    kill()

with whole(pathlib.Path(sys.argv[1])) as part:
    part.mkdir()
    (part / "a").write_text("new")
    if {moment!r} == "aside":
        pathlib.Path.replace = kill
    else:
        shutil.rmtree = remove_half
"""
    done = subprocess.run([sys.executable, "-c", program, str(store)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert store.exists() == (moment == "removal")
    if moment == "removal":
        shutil.rmtree(store)  # by its owner, who wants none: nothing half removed comes in its place
    with BatchFolder(tmp_path).locked():
        left = [one.name for one in tmp_path.iterdir() if one.name != ".lock"]
        assert left == (["maps.zarr"] if moment == "aside" else [])
    if moment == "aside":
        assert {file.name: file.read_text() for file in store.iterdir()} == dict.fromkeys("ab", "old")


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "fact.json"
    with whole(path) as one, whole(path) as other:
        assert one != other
        one.write_text("1")
        other.write_text("2")
    assert path.read_text() == "1"


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="is a folder"), saving(tmp_path):
        pass
    with pytest.raises(MissingFileError, match="There is no folder"), saving(tmp_path / "none" / "page.html"):
        pass
    with (
        pytest.raises(WriteError, match=r"page\.html cannot be written \(full\)"),
        saving(tmp_path / "page.html"),
    ):
        raise OSError(28, "full")


def test_a_name_that_no_file_can_have_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"), saving(tmp_path / ("x" * 300) / "a.nc"):
        raise AssertionError
    with pytest.raises(WriteError, match="cannot be written"), saving(tmp_path / f"{'x' * 300}.html"):
        html.write(tmp_path / f"{'x' * 300}.html", "text")
