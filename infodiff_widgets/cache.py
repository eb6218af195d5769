"""Small facts about a network, measured once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from .files import whole

__all__ = ["cache_file", "load", "save"]

_logger = logging.getLogger(__name__)


def cache_file(kind: str, identity: Mapping[str, Any]) -> Path:
    """Return where a kind of fact about a network is kept, keyed by all that determines it."""
    key = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:24]
    return user_cache_path("infodiff-widgets", appauthor=False) / kind / f"{key}.json"


def load(path: Path) -> Any:
    """Read a fact; None where there is none, or only a damaged one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _logger.warning("the cached %s cannot be read (%s) and is made anew", path, error)
        return None


def save(path: Path, fact: Any) -> None:
    """Keep a fact; where that is not possible the next run measures again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part:
            part.write_text(json.dumps(fact), encoding="utf-8")
    except OSError as error:
        _logger.warning("nothing can be kept in %s (%s): the next run measures again", path.parent, error)
