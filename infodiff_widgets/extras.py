"""Packages that only some of this needs, and what to install for them."""

from __future__ import annotations

from importlib.util import find_spec

from .errors import InfodiffError

__all__ = ["require"]


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
