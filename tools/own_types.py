"""Griffe extension: parameters that a docstring explains together have each its own type and default.

Griffe gives all of ``draws, seed`` those of ``draws``.
"""

from __future__ import annotations

from typing import Any

import griffe

__all__ = ["OwnTypes"]


class OwnTypes(griffe.Extension):
    """Takes them from the signature, where the docstring names no type."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Correct the parameters of a function."""
        _correct(func, func.parameters)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Correct those of a class, which are explained at its head."""
        _correct(cls, cls.parameters)


def _correct(documented: griffe.Function | griffe.Class, signature: griffe.Parameters) -> None:
    if documented.docstring is None:
        return
    typed = [parameter.annotation for parameter in signature if parameter.annotation is not None]
    for section in documented.docstring.parsed:
        if section.kind is not griffe.DocstringSectionKind.parameters:
            continue
        for told in section.value:
            if told.name not in signature:
                continue
            own = signature[told.name]
            told.value = own.default
            if any(told.annotation is one for one in typed):
                told.annotation = own.annotation
