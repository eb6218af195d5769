"""The exceptions of the package: each names the offending value and says what to do.

Examples
--------
>>> from infodiff_widgets import errors
>>> try:
...     result.total("green")
... except errors.WordError as error:
...     print(error)
'green' is not among the words: 'a (0)', 'red', 'circle', 'left', 'of', 'a (5)', 'blue', ...
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ArgumentError",
    "BatchError",
    "CheckpointError",
    "DatasetError",
    "DeviceError",
    "ImageError",
    "InfodiffError",
    "InterruptedWarning",
    "MissingFileError",
    "NotReadyError",
    "NumericalError",
    "OutsideError",
    "PromptError",
    "ResultFileError",
    "UnsupportedPipelineError",
    "WordError",
    "WriteError",
    "kind_of",
]


def kind_of(value: object) -> str:
    """Return what a value of a wrong kind is called in a message: "an int", "None"."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


class InfodiffError(Exception):
    """Base of every exception that this package raises on purpose.

    But for the TypeError of an argument that there is not, or of a wrong kind, as Python itself raises it.
    """


class InterruptedWarning(UserWarning):
    """What an interrupt from the keyboard left is returned; it says how much."""


class ArgumentError(InfodiffError, ValueError):
    """An argument whose value cannot be used, alone or beside the others."""


class MissingFileError(InfodiffError, FileNotFoundError):
    """A file that is not there, or a folder in which one was to be written."""


class NotReadyError(InfodiffError, RuntimeError):
    """What was asked for takes something first: a draw, a model, the end of an estimate."""


class OutsideError(InfodiffError, IndexError):
    """A cell or a band that there is not."""


class PromptError(InfodiffError, ValueError):
    """A prompt that cannot be used: empty, without words, or longer than the text encoder's window."""


class WordError(InfodiffError, ValueError):
    """A word, phrase or span that the prompt does not hold, or holds more than once."""


class ImageError(InfodiffError, ValueError):
    """A picture that cannot be read or whose size or values cannot be used."""


class DatasetError(InfodiffError, ValueError):
    """A file of a data set that is missing or not in its published format."""


class UnsupportedPipelineError(InfodiffError, TypeError):
    """An object that is neither a supported diffusers pipeline nor a denoiser."""


class ResultFileError(InfodiffError, ValueError):
    """A file that is not a whole, readable result of this package."""


class CheckpointError(InfodiffError, ValueError):
    """A checkpoint of a run that is damaged, is something else, or belongs to another run."""


class WriteError(InfodiffError, OSError):
    """A file that cannot be written: the place allows it not, or is full."""


class BatchError(InfodiffError, RuntimeError):
    """A batch that cannot begin, go on or be read: its folder, its workers or its cluster."""


class _PartialError(InfodiffError):
    """Ends a run some of whose draws are done."""

    def __init__(self, message: str, partial: Any = None) -> None:
        super().__init__(message)
        self.partial = partial


class DeviceError(_PartialError, RuntimeError):
    """A device that is not there or cannot take the network, or a process for it that has died.

    Attributes
    ----------
    partial
        The `Result` of the draws before, or None when there was none.
    """


class NumericalError(_PartialError, ArithmeticError):
    """NaN or infinity from the network.

    Attributes
    ----------
    partial
        The `Result` of the draws before the failure, or None when there was none.
    """
