"""What loading a pipeline says, in a process of its own: transformers says it once."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest
from tiny import tiny_pipeline

SCENES = "from infodiff_widgets import scenes; scenes.load_pipeline('cpu')"
NAMED = "from infodiff_widgets.loading import load_named; load_named({!r}, 'cpu', quiet=True)"
OTHERS = """
import logging
said = logging.getLogger("transformers.utils.import_utils")
said.warning("`X` requires torchvision (not installed); after"); said.warning("something else")
"""


@pytest.mark.parametrize("how", ["scenes", "named"])
def test_nothing_is_said_of_torchvision_on_loading_and_all_else_is(how: str, tmp_path) -> None:
    if find_spec("torchvision") is not None:
        pytest.skip("torchvision is installed")
    tiny_pipeline().save_pretrained(tmp_path)
    program = (SCENES if how == "scenes" else NAMED.format(str(tmp_path))) + OTHERS
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if "torchvision" in line]
    assert lines == ["[transformers] `X` requires torchvision (not installed); after"]
    assert "something else" in done.stderr
