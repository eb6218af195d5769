"""Many pictures: the same estimate over a table of them, on one device or a cluster; safe to kill."""

from __future__ import annotations

from .runner import batch
from .summary import Summary

__all__ = ["Summary", "batch"]
