"""See which words own which pixels: information maps for text-to-image diffusion models.

Examples
--------
>>> from infodiff_widgets import Explorer, estimate
>>> result = estimate(pipeline, "picture.png", "a red circle left of a blue square on sand", draws=8)
>>> explorer = Explorer(result)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors, scenes
    from .batching.runner import batch
    from .estimator import estimate, stream
    from .explorer import Explorer
    from .exploring import explore
    from .gallery import Gallery
    from .result import Result, open_result
    from .words import Word, split_words

    __version__: str

__all__ = [
    "Explorer",
    "Gallery",
    "Result",
    "Word",
    "batch",
    "errors",
    "estimate",
    "explore",
    "open_result",
    "scenes",
    "split_words",
    "stream",
]

# Names are imported on first use, so that a stored result opens without loading torch; so is the version,
# since importlib.metadata takes longer than all else here.
_HOME = {
    "Explorer": ".explorer",
    "explore": ".exploring",
    "batch": ".batching.runner",
    "Gallery": ".gallery",
    "Result": ".result",
    "open_result": ".result",
    "Word": ".words",
    "split_words": ".words",
    "estimate": ".estimator",
    "stream": ".estimator",
}
_MODULES = {"errors", "scenes"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name == "__version__":
        globals()[name] = version = import_module("importlib.metadata").version("infodiff-widgets")
        return version
    if name in _HOME:
        globals()[name] = value = getattr(import_module(_HOME[name], __name__), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Answer ``%load_ext infodiff_widgets``: the magics ``%infodiff`` and ``%%infodiff``."""
    import_module(".magics", __name__).register(shell)


def __dir__() -> list[str]:
    return sorted(__all__)
