"""In which precision the scenes are trained."""

from __future__ import annotations

import torch

__all__ = ["mixed_precision"]


def mixed_precision(device: str = "cpu") -> torch.autocast:
    """Return a context in bfloat16; in float32 on a CPU that has bfloat16 only emulated, which is slower."""
    emulated = device == "cpu" and "AVX512" not in torch.backends.cpu.get_cpu_capability()
    return torch.autocast(device, torch.bfloat16, enabled=not emulated)
