"""The devices that a user names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from infodiff_widgets.errors import DeviceError

__all__ = ["DevicesLike", "given_devices", "home_of"]

DevicesLike = Sequence[str | torch.device] | None


def given_devices(devices: DevicesLike) -> tuple[torch.device, ...] | None:
    """Return the devices, None where the network stays where it is.

    Raises
    ------
    DeviceError
        Where one is no device, is not there, or is a GPU that is named twice.
    """
    if devices is None:
        return None
    if isinstance(devices, str | torch.device) or not isinstance(devices, Iterable) or not devices:
        raise DeviceError(
            f"devices={devices!r}: give a list, such as ['cuda:0', 'cuda:1'], or ['cpu', 'cpu'] for two "
            "processes."
        )
    found = tuple(_device(name) for name in devices)
    for device in found:
        if device.type != "cpu" and found.count(device) > 1:
            raise DeviceError(
                f"devices: '{device}' is named twice; only 'cpu' may be, for so many processes."
            )
    return found


def home_of(device: str | torch.device | None) -> torch.device:
    """Return where to put a pipeline: on the device that is named, else on the GPU where there is one.

    Raises
    ------
    DeviceError
        Where it is no device, or is a GPU that is not there.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return _named(device, "device")


def _device(name: str | torch.device) -> torch.device:
    device = _named(name, "devices")
    if device.type == "cpu":
        return torch.device("cpu")
    if device.type == "mps" and torch.backends.mps.is_available():
        return torch.device("mps", device.index or 0)
    if device.type != "cuda":
        raise DeviceError(f"devices: '{device}' is not there or not supported; take 'cuda:0', ... or 'cpu'.")
    return torch.device("cuda", device.index or 0)


def _named(name: str | torch.device, argument: str) -> torch.device:
    """Read the name of a device; of GPUs, that of one that is there."""
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise DeviceError(
            f"{argument}: {name!r} is no device; one is 'cuda', 'cuda:1', ... or 'cpu'."
        ) from error
    there = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= there:
        raise DeviceError(
            f"{argument}: there is no '{device}'; this machine has {there or 'no'} CUDA "
            f"device{'' if there == 1 else 's'}, and 'cpu' always."
        )
    return device
