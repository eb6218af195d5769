"""``make results``: run all four analyses on the scenes, and rewrite their section of the README."""

from __future__ import annotations

import argparse
import html
import sys
from collections.abc import Sequence
from pathlib import Path

from .cli import main as run_command
from .errors import InfodiffError
from .files import whole

__all__ = ["ANALYSES", "BEGIN", "END", "folded", "main", "rewrite"]

ANALYSES = ("localize", "relate", "intervene", "interact")
BEGIN = "<!-- results: begin (made by `make results`, do not edit) -->"
END = "<!-- results: end -->"


def rewrite(text: str, section: str) -> str:
    """Return a README with what stands between the two marks replaced.

    Raises
    ------
    InfodiffError
        Where the marks are not there, once each and in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise InfodiffError(f"The README needs the lines {BEGIN!r} and {END!r}, once each and in this order.")
    return f"{before}{BEGIN}\n\n{section.strip()}\n\n{END}{after}"


def folded(section: str) -> str:
    """Return a section folded under its first line, the question, so that a README stays a page."""
    question, _, answer = section.strip().partition("\n")
    summary = f"<summary><b>{html.escape(question.strip('* '))}</b></summary>"
    # The attribute is for the documentation site: Markdown within HTML.
    return f'<details markdown="1">\n{summary}\n\n{answer.strip()}\n\n</details>'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the commands; the README is written only when all of them have succeeded."""
    parser = argparse.ArgumentParser(prog="python -m infodiff_widgets.results", description=__doc__)
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    parser.add_argument("--out", type=Path, default=Path("results"), help="a folder for numbers and figures")
    parser.add_argument(
        "--only", choices=ANALYSES, action="append", help="run this; take the others from --out"
    )
    parser.add_argument("--count", type=int, help="pictures, in place of each command's own number")
    parser.add_argument("--draws", type=int, help="noise draws, in place of each command's own number")
    options = parser.parse_args(arguments)
    try:
        rewrite(options.readme.read_text(encoding="utf-8"), "")  # before hours of work rather than after
        for name in options.only or ANALYSES:
            _run(name, options)
        parts = [_section(options.out / f"{name}.md") for name in ANALYSES]
        # Read again: somebody may have edited it while the commands ran.
        text = rewrite(options.readme.read_text(encoding="utf-8"), "\n\n".join(map(folded, parts)))
    except (InfodiffError, OSError) as error:
        print(f"results: {error}", file=sys.stderr)  # noqa: T201
        return 1
    with whole(options.readme) as part:
        part.write_text(text, encoding="utf-8")
    return 0


def _run(name: str, options: argparse.Namespace) -> None:
    given = [f"--{key}={getattr(options, key)}" for key in ("count", "draws") if getattr(options, key)]
    if run_command([name, "--out", str(options.out), *given]):
        raise InfodiffError(f"infodiff {name} failed; the README is as it was.")


def _section(path: Path) -> str:
    if not path.is_file():
        raise InfodiffError(f"There is no {path}: run without --only.")
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
