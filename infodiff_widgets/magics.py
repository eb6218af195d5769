"""``%load_ext infodiff_widgets`` brings ``%infodiff`` and ``%%infodiff``: the explorer in one line.

The text of a prompt is taken as it stands: no ``{expression}`` or ``$name`` in it is filled in.
"""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments
from PIL import Image

from .dataset import FORMS, QUANTITIES
from .errors import InfodiffError
from .explorer import Explorer
from .exploring import explore
from .images import PICTURE_ENDINGS
from .naming import named_word

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["InfodiffMagics", "matcher", "register"]

_CHOICES: dict[str, tuple[str, ...]] = {
    name: tuple(getattr(Explorer, name).values) for name in ("unit", "colour", "scale")
}


def _quantities(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@magics_class
class InfodiffMagics(Magics):
    """The magics."""

    @no_var_expand
    @magic_arguments()
    @argument("model", help="the name of a diffusers pipeline, or of a denoiser, in this notebook")
    @argument("image", help="the name of a picture in this notebook, or the path of a file")
    @argument("prompt", nargs="*", help="the prompt, in quotes; with %%%%infodiff it is the cell")
    @argument("-d", "--draws", type=int, help="noise draws, an even number (64): more, smaller errors")
    @argument("-q", "--quantities", type=_quantities, help="of cmi, mi, shapley, with commas (cmi,mi)")
    @argument(
        "-w",
        "--word",
        action="append",
        help="a word, phrase, or place such as 0:1; may be repeated (all)",
    )
    @argument("-s", "--seed", type=int, help="of the noise (0)")
    @argument("--placeholder", help="stands for a word taken out, such as _ (the word is deleted)")
    @argument("--reference", help="the prompt that says nothing, such as a negative one (empty)")
    @argument("--form", choices=FORMS, help="what is shown first")
    @argument("--unit", choices=_CHOICES["unit"], help="of the numbers shown")
    @argument("--colour", choices=_CHOICES["colour"], help="of the maps")
    @argument("--scale", choices=_CHOICES["scale"], help="one colour scale for all words, or one for each")
    @argument("-o", "--out", metavar="NAME", help="the variable to put the explorer into")
    @argument("-b", "--block", action="store_true", help="estimate in this cell, not behind it")
    @line_cell_magic
    def infodiff(self, line: str, cell: str | None = None) -> Explorer:
        """Show which words of a prompt own which pixels of a picture.

        ``%infodiff pipeline image "a red circle"`` or, with the prompt below, ``%%infodiff pipeline image``.
        It returns what ``explore`` returns, so that ``_`` or ``x = %infodiff ...`` holds the explorer.
        """
        given = vars(_parsed(line))
        model, image, out = given.pop("model"), given.pop("image"), given.pop("out")
        prompt = " ".join(given.pop("prompt"))
        if cell is not None:
            if prompt:
                raise UsageError(f"The prompt is given twice, as {prompt!r} and in the cell: remove one.")
            prompt = " ".join(cell.split("\n")).strip()
        if out is not None and not out.isidentifier():
            raise UsageError(f"--out {out!r} is no name of a variable.")
        words = given.pop("word")
        options = {name: value for name, value in given.items() if value is not None}
        names = _names(self.shell)
        try:
            if words is not None:
                options["words"] = [named_word(prompt, word) for word in words]
            explorer = explore(_model(names, model), _picture(names, image), prompt, **options)
        except InfodiffError as error:
            raise UsageError(str(error)) from error  # IPython shows its one line, and no traceback
        if out is not None:
            names[out] = explorer
        return explorer


def _parsed(line: str) -> Any:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(
            f'{line.strip()!r} cannot be read ({error}): quote the prompt with ", or use %%infodiff.'
        ) from error
    return _PARSER.parse_args(words)


def _names(shell: InteractiveShell | None) -> dict[str, Any]:
    return {} if shell is None else shell.user_ns


def _find(names: Mapping[str, Any], name: str) -> Any:
    """Return what a name, with dots perhaps, stands for; None where there is nothing."""
    first, *rest = name.split(".")
    found = names.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return found


def _model(names: Mapping[str, Any], name: str) -> Any:
    found = _find(names, name)
    if found is None:
        raise UsageError(f"There is no {name!r} in this notebook: give the name of the model.")
    return found


def _picture(names: Mapping[str, Any], name: str) -> Any:
    found = _find(names, name)
    return name if found is None else found


def matcher(names: Mapping[str, Any]) -> Any:
    """Return what completes ``%infodiff``: options, their choices, names of models and pictures, files."""

    @context_matcher(identifier="infodiff_widgets.magics")
    def match(context: CompletionContext) -> SimpleMatcherResult:
        line = context.text_until_cursor
        found = _MAGIC.match(line)
        if found is None:
            return {"completions": [], "suppress": False}
        fragment = "" if line[-1].isspace() else line.split()[-1]
        words = line[found.end() : len(line) - len(fragment)].split()
        texts = [text for text in _candidates(names, words, fragment) if text.startswith(fragment)]
        # What Python would offer here (keywords, names in a prompt) is of no use.
        return {
            "completions": [SimpleCompletion(text=text, type="param") for text in texts],
            "matched_fragment": fragment,
            "suppress": True,
        }

    return match


def _candidates(names: Mapping[str, Any], words: list[str], fragment: str) -> list[str]:
    """List what may follow some words of the line."""
    last = words[-1] if words else ""
    if last in ("-q", "--quantities"):
        return list(QUANTITIES)
    option = next((action for action in _PARSER._actions if last in action.option_strings), None)
    if option is not None and option.choices:
        return list(option.choices)
    if fragment.startswith("-"):
        return [name for action in _PARSER._actions for name in action.option_strings if name[:2] == "--"]
    if len(words) > 1:
        return []
    found = [name for name, value in list(names.items()) if name[0] != "_" and _KINDS[len(words)](value)]
    if words:
        folder, slash, _ = fragment.rpartition("/")
        files = (
            path.name for path in Path(folder + slash).glob("*") if path.suffix.lower() in PICTURE_ENDINGS
        )
        found += [folder + slash + name for name in files]
    return found


def _is_model(value: Any) -> bool:
    if isinstance(value, type):
        return False
    return hasattr(value, "encode_prompts") or (hasattr(value, "scheduler") and hasattr(value, "vae"))


def _is_picture(value: Any) -> bool:
    return isinstance(value, Image.Image)


_KINDS = (_is_model, _is_picture)
_MAGIC = re.compile(r"[\s\w,=]*%{1,2}infodiff\s")
_PARSER: ArgumentParser = vars(InfodiffMagics)["infodiff"].parser


def register(shell: InteractiveShell) -> None:
    """Do what ``%load_ext infodiff_widgets`` asks for."""
    shell.register_magics(InfodiffMagics)
    known = shell.Completer.custom_matchers
    known[:] = [one for one in known if getattr(one, "matcher_identifier", "") != "infodiff_widgets.magics"]
    known.append(matcher(shell.user_ns))
