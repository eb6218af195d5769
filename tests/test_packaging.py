"""The wheel and the sdist: what is in them, and a first estimate from the wheel alone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = {
    "infodiff_widgets/py.typed",
    "infodiff_widgets/static/widget.js",
    "infodiff_widgets/static/widget.css",
    "infodiff_widgets/scenes/pipeline/model_index.json",
    "infodiff_widgets/scenes/pipeline/unet/diffusion_pytorch_model.safetensors",
    "infodiff_widgets/scenes/pipeline/vae/diffusion_pytorch_model.safetensors",
    "infodiff_widgets/scenes/pipeline/text_encoder/model.safetensors",
    "infodiff_widgets/scenes/pipeline/tokenizer/tokenizer.json",
}
FIRST_ESTIMATE = """
import sys
import infodiff_widgets
from infodiff_widgets import Explorer, estimate, open_result, scenes
from pathlib import Path

assert Path(infodiff_widgets.__file__).is_relative_to(sys.prefix), infodiff_widgets.__file__
scene = next(scenes.sample(seed=1))
result = estimate(
    scenes.load_pipeline("cpu"), scenes.picture(scene), scene.caption,
    words=[scene.items[0].colour], quantities=["cmi"], draws=4, density="uniform", precision="pipeline",
)
result.save("result.nc")
page = Explorer(open_result("result.nc")).to_html("explorer.html")
assert page.read_text().startswith("<!doctype html>")
print(infodiff_widgets.__version__, result.total(0).value > 0)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, the wheel from the sdist, where no Node can be found."""
    folder = tmp_path_factory.mktemp("dist")
    environment = {**os.environ, "PATH": str(tmp_path_factory.mktemp("no-node"))}
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_has_all_that_runs_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= NEEDED
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"infodiff_widgets"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".map", ".ipynb"))]
    on_disk = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "infodiff_widgets").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == on_disk
    assert wheel.stat().st_size < 40e6


def test_the_sdist_can_be_built_on(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    wanted = {
        "js/src/index.js",
        "js/hatch_build.py",
        "js/package-lock.json",
        "tests/test_packaging.py",
        "README.md",
    }
    assert names >= NEEDED | wanted | {"LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml"}
    assert not [
        name for name in names if name.startswith(("runs/", "js/node_modules", "test-artifacts", ".venv"))
    ]


def test_a_first_estimate_from_the_wheel_alone(built: Path, tmp_path: Path) -> None:
    """In an environment of its own, without Node; what the package depends on comes from this one."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = home / "lib" / version / "site-packages"
    (wheel,) = built.glob("*.whl")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            packages,
            wheel,
        ],
        check=True,
    )
    # Only the folder: .pth files in it, such as that of an editable install of this package, do not count.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (tmp_path / "nothing").mkdir()
    environment = {**os.environ, "PATH": str(tmp_path / "nothing"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-c", FIRST_ESTIMATE], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [wheel.name.split("-")[1], "True"]
