"""One HTML file with a whole widget: it works from disk, with the network off, under a strict policy.

Bytes and the program are compressed, so that the file stays small enough to be passed on.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import ArgumentError
from .files import as_path, saving, whole

__all__ = ["ENDINGS", "STATIC", "page", "static_text", "write"]

STATIC = Path(__file__).parent / "static"
ENDINGS = (".html", ".htm")

# The page's own program: unpack the data, import the module from a blob, show it. It holds no data itself.
_PROGRAM = """
const data = JSON.parse(document.getElementById("data").textContent);
const unpack = (text) => {
  const packed = new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
};
const start = async () => {
  const traits = data.traits;
  for (const [name, text] of Object.entries(data.buffers)) traits[name] = new DataView(await unpack(text));
  const program = new Blob([await unpack(data.module)], { type: "text/javascript" });
  const { mount } = await import(URL.createObjectURL(program));
  await mount(document.getElementById("explorer"), traits);
};
start().catch((error) => {
  document.getElementById("explorer").textContent = `The explorer did not start: ${error.message}`;
});
"""

_PAGE_STYLE = """
body { margin: 0; padding: 24px 20px; background: #fff; }
#explorer { max-width: 1080px; margin: 0 auto; }
@media (prefers-color-scheme: dark) { body { background: #161514; } }
"""


def static_text(name: str) -> str:
    """One file of the browser bundle, as text."""
    return (STATIC / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _pack(data: bytes) -> str:
    """Compress (at no particular time, so that equal pages are equal files) and write as text."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def page(traits: Mapping[str, Any], title: str, bundle: str = "widget") -> str:
    """Return the page as text.

    Parameters
    ----------
    traits
        The synced traits of a widget; bytes are carried compressed, in base64, all else as JSON.
    title
        Shown by the browser in its tab.
    bundle
        Of the widget, in static/.
    """
    buffers = {k: _pack(v) for k, v in traits.items() if isinstance(v, bytes)}
    rest = {k: v for k, v in traits.items() if not isinstance(v, bytes)}
    content = {"traits": rest, "buffers": buffers, "module": _pack(static_text(f"{bundle}.js").encode())}
    # Inside a script element only "<" could end it or open a comment; as an escape it is the same JSON.
    data = json.dumps(content, allow_nan=False).replace("<", "\\u003c")
    style = _PAGE_STYLE + static_text(f"{bundle}.css")
    policy = (
        f"default-src 'none'; script-src {_hash(_PROGRAM)} blob:; style-src {_hash(style)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<div id="explorer">'
        "<noscript>This page needs JavaScript; it asks nothing of the network.</noscript></div>\n"
        f'<script type="application/json" id="data">{data}</script>\n'
        f'<script type="module">{_PROGRAM}</script>\n'
        "</body>\n</html>\n"
    )


def write(path: str | os.PathLike[str], text: str) -> Path:
    """Write a page so that a file of that name is replaced only when the new one is whole.

    Raises
    ------
    ArgumentError
        Where it is no name, or that of a folder, or of no page: a browser would show its source.
    MissingFileError
        Where there is no folder for it.
    WriteError
        Where it cannot be written.
    """
    target = as_path(path)
    with saving(target):
        if target.suffix.lower() not in ENDINGS:
            raise ArgumentError(f"{target.name!r} is no name of a page: let it end in .html.")
        with whole(target) as part:
            part.write_text(text, encoding="utf-8")
    return target
