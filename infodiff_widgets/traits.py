"""What the widgets' traits have in common."""

from __future__ import annotations

from typing import Any, TypeVar

import traitlets

__all__ = ["two_way"]

Trait = TypeVar("Trait", bound=traitlets.TraitType[Any, Any])


def two_way(trait: Trait) -> Trait:
    """Mark a trait that the browser writes as well: it does not hear its own words again."""
    return trait.tag(sync=True, echo_update=False)
