"""An estimate on a GPU in float32, TF32, float16 and bfloat16: ``python -m benchmarks.gpu``.

The same benchmark as `benchmarks.overhead`, on a UNet of Stable Diffusion 2.1's size with random weights,
with what each precision adds to the information (the floor; `benchmarks.floor` has that of a trained network)
and how much of the card's bf16 peak whole estimates reach.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import diffusers
import numpy as np
import torch

from infodiff_widgets import estimate, scenes
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.precision import Floor

from .floor import floor
from .flops import MODELS, count
from .overhead import PROMPT, Compared, compare, large_pipeline

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12}
"""Dense bf16 operations per second, as the maker states them (of the SXM parts)."""

BATCHES = (16, 32, 64, 128)


class Precision(NamedTuple):
    """How the network is run."""

    name: str
    dtype: torch.dtype
    tensor_float: bool = False
    channels_last: bool = False


PRECISIONS = (
    Precision("float32", torch.float32),
    Precision("float32 in TF32", torch.float32, tensor_float=True),
    Precision("float16", torch.float16),
    Precision("bfloat16", torch.bfloat16),
    Precision("bfloat16, channels-last", torch.bfloat16, channels_last=True),
)


@contextmanager
def products_in_tf32(wanted: bool) -> Iterator[None]:
    """Multiply float32 matrices in TF32, or exactly, for a while."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = wanted
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


class InTensorFloat:
    """A denoiser whose float32 products are made in TF32, measured as if that were a half precision."""

    half = "tensorfloat32"

    def __init__(self, denoiser: Any) -> None:
        self._denoiser = denoiser

    def __getattr__(self, name: str) -> Any:
        return getattr(self._denoiser, name)

    @contextmanager
    def in_float32(self) -> Iterator[None]:
        """Multiply exactly for a while."""
        with products_in_tf32(False):
            yield


def measured_floor(pipeline: Any, precision: Precision) -> Floor | None:
    """Measure what a precision adds to the information of a prompt's words; None for float32 itself."""
    denoiser: Any = as_denoiser(pipeline)
    if precision.dtype == torch.float32:
        if not precision.tensor_float:
            return None
        denoiser = InTensorFloat(denoiser)
    return floor(denoiser, scenes.picture(next(scenes.sample(seed=3)), 512), PROMPT)


def large(precision: Precision, draws: int) -> tuple[Compared, Floor | None]:
    """Measure a UNet of SD 2.1's size in one precision."""
    with products_in_tf32(precision.tensor_float):
        pipeline = large_pipeline("cuda", precision.dtype)
        if precision.channels_last:
            pipeline.unet.to(memory_format=torch.channels_last)
        found = measured_floor(pipeline, precision)
        options: Any = {"draws": draws, "quantities": "cmi", "precision": "pipeline"}
        # A network that has passed is verified once; this untrained one would be each time.
        return compare(pipeline, BATCHES, 2, anew=False, **options), found


def agreement() -> float:
    """Return how far the maps of a GPU and of the CPU are apart, in float32, over their largest value."""
    picture, maps = scenes.picture(next(scenes.sample(seed=3))), []
    with products_in_tf32(False):
        for device in ("cpu", "cuda"):
            options: Any = {"draws": 16, "density": "uniform", "progress": False}
            result = estimate(scenes.load_pipeline(device), picture, PROMPT, **options)
            maps.append(result.data["maps"].values)
    return float(np.abs(maps[0] - maps[1]).max() / np.abs(maps[0]).max())


def measured_peak(side: int = 8192, products: int = 20) -> float:
    """Return the bf16 operations per second of a large product of matrices."""
    one, other = (torch.randn(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    for _ in range(3):
        torch.mm(one, other)
    begin.record()
    for _ in range(products):
        torch.mm(one, other)
    end.record()
    torch.cuda.synchronize()
    return 2 * side**3 * products / (begin.elapsed_time(end) / 1e3)


def shown(found: Floor | None) -> str:
    """Write a floor as a share of the information."""
    return "-" if found is None else f"{found.share:.2e}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=64, help="in half precision; a quarter in float32 (64)")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        parser.error("there is no CUDA GPU here; benchmarks.overhead and benchmarks.floor run on CPUs.")
    card, best = torch.cuda.get_device_name(), measured_peak()
    stated = next((peak for name, peak in PEAKS.items() if name in card), None)
    print(f"{card}; torch {torch.__version__}, diffusers {diffusers.__version__}")
    print(
        f"bf16 peak {best / 1e12:.0f} TFLOP/s measured by a matrix product"
        + (f", {stated / 1e12:.0f} stated" if stated else "")
    )
    print(f"scenes: the maps of GPU and CPU are {agreement():.1e} apart in float32\n", flush=True)
    operations = count(MODELS[0]).evaluation
    header = f"{'':<26}{'evaluations':>12}{'batch':>7}{'per second':>12}{'TFLOP/s':>9}{'of peak':>9}"
    print(f"{header}{'ratio':>8}{'floor':>11}")
    for precision in PRECISIONS:
        half = precision.dtype != torch.float32
        found, own = large(precision, arguments.draws if half else arguments.draws // 4)
        speed = found.evaluations / found.ours
        print(
            f"{precision.name:<26}{found.evaluations:>12}{found.batch:>7}{speed:>12.1f}"
            f"{speed * operations / 1e12:>9.1f}{speed * operations / (stated or best):>9.1%}"
            f"{found.ratio:>8.3f}{shown(own):>11}",
            flush=True,
        )
        torch.cuda.empty_cache()
    print(
        f"\nOne evaluation of the UNet of SD 2.1 at 512 px: {operations / 1e12:.2f} TFLOP. Speeds are of "
        "whole estimates, from picture and prompt to result; the ratio is to the bare network, by turns."
    )


if __name__ == "__main__":
    main()
