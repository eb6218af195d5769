"""Execute notebooks top to bottom: ``python notebooks/run.py quickstart``; what they make goes to demo/."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(name: str, out: Path, timeout: float | None = None) -> Path:
    """Run ``notebooks/NAME.ipynb`` with the folder `out` as INFODIFF_OUT; return the executed copy."""
    out.mkdir(parents=True, exist_ok=True)
    os.environ["INFODIFF_OUT"] = str(out)
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        # With it nbconvert would draw the widgets by scripts from the network, in place of their pictures.
        store_widget_state=False,
        # That a kernel on this machine is reached over TCP is nothing that its user could mend.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
        on_cell_execute=_teller(notebook),
    )
    target = out / f"{name}.ipynb"
    try:
        client.execute()
    finally:
        _lighten(notebook)
        nbformat.write(notebook, target)
    return target


def _teller(notebook: nbformat.NotebookNode) -> Callable[..., None]:
    """Return what says of each cell that runs, as it begins, which of how many it is and how it begins."""
    code = [
        index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()
    ]
    began = time.monotonic()

    def tell(cell: nbformat.NotebookNode, cell_index: int) -> None:
        place = f"{code.index(cell_index) + 1} of {len(code)}"
        lines = [
            line for line in cell.source.splitlines() if not line.startswith(("#", "%", "import ", "from "))
        ]
        begins = next((line for line in lines if line.strip()), cell.source.splitlines()[0])
        print(f"  {time.monotonic() - began:4.0f} s  cell {place}: {begins[:70]}", flush=True)

    return tell


def _lighten(notebook: nbformat.NotebookNode) -> None:
    """Drop bars of progress: without a kernel they stay at 0%."""
    for cell in notebook.cells:
        cell["outputs"] = [output for output in cell.get("outputs", []) if not _is_bar(output)]


def _is_bar(output: nbformat.NotebookNode) -> bool:
    data = output.get("data", {})
    return WIDGET in data and "%|" in data.get("text/plain", "")


def main() -> None:
    """Run the notebooks and say what to look at."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    help_ = f"all, or some of {', '.join(known)} (quickstart)"
    parser.add_argument("names", nargs="*", default=["quickstart"], metavar="NAME", help=help_)
    parser.add_argument("--out", type=Path, default=ROOT / "demo")
    options = parser.parse_args()
    names = known if options.names == ["all"] else options.names
    for name in names:
        if name not in known:
            parser.error(f"there is no notebook {name!r}: give all, or some of {', '.join(known)}")
    for name in names:
        print(f"Executing notebooks/{name}.ipynb (minutes on two cores) ...", flush=True)
        try:
            target = execute(name, options.out.resolve())
        except CellExecutionError as error:
            sys.exit(f"{error}\nThe notebook up to the failing cell is in {options.out}.")
        except KeyboardInterrupt:
            sys.exit(f"\nInterrupted: the notebook as far as it went is in {options.out}.")
        print(f"The executed notebook: {target}")
    print("Done. Open in a browser, no server needed:")
    for path in sorted(options.out.glob("*.html")):
        print(f"  {path.resolve().as_uri()}")
    print("The results, for infodiff_widgets.open_result:")
    for path in sorted(options.out.glob("*.nc")):
        print(f"  {path}")
    print("The figures:")
    for path in sorted(p for p in options.out.iterdir() if p.suffix in {".png", ".svg", ".pdf"}):
        print(f"  {path}")
    print("To explore it live in JupyterLab:  make lab")


if __name__ == "__main__":
    main()
