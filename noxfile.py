"""The oldest and the newest versions that pyproject.toml allows: ``nox``, see CONTRIBUTING.md."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.11", "3.12", "3.13"]
TOOLS = [
    "hypothesis>=6.100",
    "ipykernel>=6.29",
    "nbclient>=0.10",
    "nbformat>=5.10",
    "pytest>=8",
    "pytest-timeout>=2.3",
]
EXTRAS = ["--extra", "batch", "--extra", "coco"]
# What touches each of the main dependencies and of these extras, in minutes rather than in an hour.
TESTS = [
    "tests/test_denoisers.py",
    "tests/test_denoisers_families.py",  # skips what an older diffusers has not
    "tests/test_estimator.py",
    "tests/test_result.py",
    "tests/test_payload.py",
    "tests/test_figure.py",
    "tests/test_words.py",  # regex
    "tests/test_masks.py",  # scikit-image, pycocotools
    "tests/test_scores.py",  # scikit-learn
    "tests/test_batch.py",  # pandas, pyarrow, zarr
    "tests/test_notebooks.py::test_quickstart",
]


@nox.session(python=PYTHONS)
@nox.parametrize("resolution", ["lowest-direct", "highest"], ids=["lowest", "newest"])
def versions(session: nox.Session, resolution: str) -> None:
    """Install the one or the other end of every range, and run the tests that touch them."""
    session.install("--resolution", resolution, "-r", "pyproject.toml", *EXTRAS, *TOOLS)
    session.install("--no-deps", "-e", ".")
    session.run("pytest", *(session.posargs or TESTS), env={"OMP_NUM_THREADS": "1"})
