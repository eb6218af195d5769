"""Packages that only some of this needs, and what to install for them; or that nothing here needs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from .errors import InfodiffError

__all__ = ["require", "without_torchvision"]


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
        Naming those that are missing and the extra.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        otherwise = f", or {instead}" if instead else ""
        raise InfodiffError(
            f"{what} {' and '.join(missing)}: pip install 'infodiff-widgets[{extra}]'{otherwise}."
        )


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
