"""Packages that only some of this needs, and what to install for them; or that nothing here needs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .errors import InfodiffError

__all__ = ["install_command", "require", "without_torchvision"]

_NAME = "infodiff-widgets"


def require(extra: str, what: str, *modules: str, instead: str = "") -> None:
    """Raise where modules are missing; to be called where they are used, before they are imported.

    Parameters
    ----------
    extra
        Of this package, which brings them.
    what
        What needs them, with the verb: "A batch needs".
    modules
        By the names under which they are imported.
    instead
        What does without them, after "or".

    Raises
    ------
    InfodiffError
        Naming those that are missing, and what installs them.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        otherwise = f", or {instead}" if instead else ""
        raise InfodiffError(f"{what} {' and '.join(missing)}: {install_command(extra)}{otherwise}.")


def install_command(extra: str) -> str:
    """Return the command that adds an extra to this installation, from where that was made.

    It is said by pip's own note of it: a clone, in place or copied; a wheel or a repository by its address;
    without a note an index.
    """
    try:
        note = json.loads(distribution(_NAME).read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        note = {}
    url = note.get("url", "")
    if "dir_info" in note:
        editable = "-e " if note["dir_info"].get("editable") else ""
        return f"pip install {editable}'{_folder(url)}[{extra}]'"
    if "vcs_info" in note:
        repository = note["vcs_info"]
        url = f"{repository['vcs']}+{url}@{repository['commit_id']}"
    return f"pip install '{_NAME}[{extra}]{f' @ {url}' if url else ''}'"


def _folder(url: str) -> str:
    """Return a folder as a user would name it: "." where the user is in it."""
    folder = Path(url2pathname(urlsplit(url).path))
    return "." if folder == Path.cwd() else str(folder)


@contextmanager
def without_torchvision() -> Iterator[None]:
    """Hold back what transformers says on loading a pipeline, that it does without torchvision: so do we.

    Of all that it says, only this, and only in here.
    """
    source = logging.getLogger("transformers.utils.import_utils")

    def wanted(record: logging.LogRecord) -> bool:
        return "requires torchvision (not installed)" not in record.getMessage()

    source.addFilter(wanted)
    try:
        yield
    finally:
        source.removeFilter(wanted)
