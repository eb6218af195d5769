"""Build the browser bundle only where it is missing: a checkout carries it, so no Node is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAMES = ("widget.js", "widget.css", "intervention.js", "intervention.css", "gallery.js", "gallery.css")


class BundleHook(BuildHookInterface):
    """Hatch hook: with the committed bundle there is nothing to do; INFODIFF_BUILD_JS=1 rebuilds it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Make sure that the bundle exists before files are collected."""
        root = Path(self.root)
        bundle = [root / "infodiff_widgets" / "static" / name for name in NAMES]
        wanted = os.environ.get("INFODIFF_BUILD_JS") == "1"
        if all(path.exists() for path in bundle) and not wanted:
            return
        npm = shutil.which("npm")
        if npm is None:
            missing = ", ".join(str(path.relative_to(root)) for path in bundle if not path.exists())
            raise RuntimeError(
                f"The browser bundle ({missing or 'rebuild asked for'}) needs npm, which is not on PATH. "
                "Install Node.js 20 or newer, or check out a commit with infodiff_widgets/static intact."
            )
        subprocess.run([npm, "ci", "--ignore-scripts"], cwd=root / "js", check=True)
        subprocess.run([npm, "run", "build"], cwd=root / "js", check=True)
