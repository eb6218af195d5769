"""Files that are there whole or not at all, and what is said where one cannot be written."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from .errors import ArgumentError, InfodiffError, MissingFileError, WriteError

__all__ = ["as_path", "beside", "is_address", "recover", "saving", "whole"]


def as_path(given: object, name: str = "path") -> Path:
    """Return the path that a user gave; `name` is what the message calls it.

    Raises
    ------
    ArgumentError
        Where it is none.
    """
    if not isinstance(given, str | os.PathLike) or not given or "\0" in os.fsdecode(given):
        raise ArgumentError(f"{name}={given!r}: give the name of a file, as text or a pathlib.Path.")
    return Path(os.fsdecode(given))


def is_address(path: Path) -> bool:
    """Whether what was given is the address of a page; as a path it has only one stroke behind "https:"."""
    return path.parts[:1] in {("http:",), ("https:",)}


def beside(path: Path) -> Path:
    """Return a hidden name of its own beside a file's, its ending, which tells the format, kept."""
    return path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")


@contextlib.contextmanager
def whole(path: Path, *, synced: bool = False) -> Iterator[Path]:
    """Yield the name of a file or folder to write, which then takes the place of what is at a path.

    Where it fails, or is interrupted, what is at the path is whole, as it was or as it is to be. Nothing is
    left beside it but, under a hidden name, the rest of a folder whose removal was interrupted. A file has
    the mode that the umask gives.

    Parameters
    ----------
    path
        In a folder that there is.
    synced
        Whether it must be on the disk before it has its name, so that it outlives the machine, too.
    """
    part = beside(path)
    mode = _usual_mode(part)
    try:
        yield part
        if not part.is_dir():
            part.chmod(mode)  # safetensors makes files that only their owner may read
        if synced:
            for file in (part, *part.rglob("*")) if part.is_dir() else (part,):
                _sync(file)
        if part.is_dir() and path.exists():
            _replace_folder(part, path)
        else:
            part.replace(path)
        if synced:
            _sync(path.parent)
    finally:
        # What went wrong is to be heard of, not that its rest cannot be removed either.
        with contextlib.suppress(OSError):
            _remove(part)


@contextlib.contextmanager
def saving(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of what goes wrong while a file is written which one it is; it may be written under another name.

    Raises
    ------
    ArgumentError
        Where it is a folder, or no path.
    MissingFileError
        Where there is no folder for it.
    WriteError
        Where it cannot be written.
    """
    target = as_path(path)
    try:
        if target.is_dir():
            raise ArgumentError(f"{target} is a folder: give the name of a file in it.")
        if not target.parent.is_dir():
            raise MissingFileError(f"There is no folder {target.parent}: make it first, or save elsewhere.")
        yield
    except InfodiffError:
        raise
    except OSError as error:
        raise WriteError(
            f"{target} cannot be written ({error.strerror or error}): see that you may write there and that "
            "there is room, or save elsewhere."
        ) from error


def _replace_folder(part: Path, path: Path) -> None:
    """Put a folder in the place of another, which is removed under a hidden name: that takes a while."""
    old = _old(path)
    try:
        path.rename(old)
        part.replace(path)
    finally:
        if old.exists() and not path.exists():
            old.rename(path)  # the second step failed, or an interrupt came between
    with contextlib.suppress(OSError):
        rest = beside(path)
        old.rename(rest)  # what is half removed is nothing to `recover`
        _remove(rest)


def recover(path: Path) -> None:
    """Give a folder its name back, where a kill came between the two steps of its replacement."""
    if path.exists():
        return
    for old in path.parent.glob(_old(path, "*").name):
        old.rename(path)
        return


def _old(path: Path, token: str | None = None) -> Path:
    """Return the hidden name of a whole folder that is about to be replaced."""
    return path.with_name(f".{path.stem}.{token or secrets.token_hex(4)}.old.part{path.suffix}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _usual_mode(path: Path) -> int:
    """Return the mode of a new file; only who sets the umask is told it, for all threads."""
    path.touch()
    try:
        return stat.S_IMODE(path.stat().st_mode)
    finally:
        path.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
