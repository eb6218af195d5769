"""The command ``infodiff``: each analysis is a subcommand; torch is imported only when one runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

from .commands import INTERRUPTED
from .errors import InfodiffError

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "localize": "find the objects that words name: masks from maps, scored",
    "relate": "rank captions of a picture: attributes, relations, word order",
    "intervene": "take words out, swap and add them, and predict where the picture changes",
    "batch": "estimate all pictures of a table, on one device or many, and go on where it was killed",
    "interact": "split what pairs of words say into redundant, unique and synergistic parts",
}
"""What each does, in a line; ``commands.NAME`` does it."""

_DESCRIPTION = (
    "Which words own which pixels? COMMAND --help says what each takes, and what it does by default."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Returns
    -------
    int
        The exit status: 0; that of the command, where it has one; or, with one line on standard error, 1
        where the input cannot be used, and 130, as for every program, on an interrupt (Ctrl-C).
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = ""
    try:
        options = _parser(given).parse_args(given)
        command = options.command
        status = _module(command).run(options)
    except InfodiffError as error:
        return _refuse(command, str(error))
    except KeyboardInterrupt as interrupt:
        # Only what goes on where it was has said how far it came.
        reached = (
            f"Interrupted: {interrupt}; run the same command to go on." if str(interrupt) else "Interrupted."
        )
        print(reached, file=sys.stderr)  # noqa: T201
        # An interrupt inside any `exec` of a text, as dataclasses are made by, stays marked as not handled
        # until the next one, and Python would end `-m infodiff_widgets.cli` by the signal.
        exec("")  # noqa: S102
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; the output goes nowhere.
        sys.stderr.close()
        return 0
    return status or 0


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser; only the arguments of the subcommand that is asked for are read from its module."""
    parser = argparse.ArgumentParser(prog="infodiff", description=_DESCRIPTION)
    parser.add_argument(
        "--version", action="version", version=f"infodiff-widgets {version('infodiff-widgets')}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        if given[:1] == [name]:
            _module(name).add_arguments(command)
    return parser


def _module(name: str) -> ModuleType:
    return import_module(f".commands.{name}", __package__)


def _refuse(command: str, message: str) -> int:
    print(f"infodiff {command}: {message}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
