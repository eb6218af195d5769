"""MkDocs hook: pages whose source is elsewhere in the repository. One text, one place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parents[1]
PAGES = {
    "index.md": "README.md",
    "architecture.md": "ARCHITECTURE.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
DEMO = ROOT / "demo"
NOT_EXECUTED = """\
!!! note "Without its outputs"
    Notebooks have none in the repository. `python notebooks/run.py {name}` executes this one in minutes, and
    `make docs` then shows it with them.
"""
LINKS = {
    "infodiff_widgets/denoisers/base.py": "reference/networks.md",
    "LICENSE": "https://opensource.org/license/mit",
}


def _as_page(text: str) -> str:
    """Point the links of a file in the repository's root to the pages of the site."""
    targets = LINKS | {source: page for page, source in PAGES.items()}

    def replaced(match: re.Match[str]) -> str:
        target, anchor = match.group(1), match.group(2) or ""
        return f"]({targets.get(target, target.removeprefix('docs/'))}{anchor})"

    return re.sub(r"\]\(([^)#\s]+)(#[^)\s]*)?\)", replaced, text)


def _with_notebook(files: Files, config: Any, source: Path) -> None:
    """Add a notebook as a page, its pictures beside it; one that was not executed says so below its title."""
    executed = DEMO / source.name
    text, resources = MarkdownExporter().from_filename(
        str(executed if executed.exists() else source), resources={"output_files_dir": source.stem}
    )
    if not executed.exists():
        title, _, rest = text.lstrip().partition("\n")
        text = f"{title}\n\n{NOT_EXECUTED.format(name=source.stem)}\n{rest}"
    files.append(File.generated(config, f"notebooks/{source.stem}.md", content=text))
    for name, picture in resources["outputs"].items():
        files.append(File.generated(config, f"notebooks/{name}", content=picture))


def on_files(files: Files, config: Any) -> Files:
    """Add the pages, and the notebooks: as `notebooks/run.py` has executed them, where it has."""
    for page, source in PAGES.items():
        text = _as_page((ROOT / source).read_text(encoding="utf-8"))
        files.append(File.generated(config, page, content=text))
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        _with_notebook(files, config, notebook)
    return files


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ARG001
    """Refuse a page that would load anything from elsewhere: the site works offline."""
    found = re.findall(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="https?:[^"]*"', output)
    if found:
        raise PluginError(f"{page.file.src_uri} loads {found[0]}: ship it with the site.")
    return output
