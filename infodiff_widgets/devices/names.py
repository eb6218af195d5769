"""The devices that a user names."""

from __future__ import annotations

from collections.abc import Sequence

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
    if isinstance(devices, str | torch.device) or not devices:
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
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device is None:
        return torch.device("cuda" if there else "cpu")
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise DeviceError(f"device={device!r} is no device; one is 'cuda', 'cuda:1' or 'cpu'.") from error
    if found.type == "cuda" and (found.index or 0) >= there:
        raise DeviceError(f"device={device!r}: this machine has {there} CUDA devices; 'cpu' is always there.")
    return found


def _device(name: str | torch.device) -> torch.device:
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise DeviceError(
            f"devices: {name!r} is no device; one is 'cuda:0', 'cuda:1', ... or 'cpu'."
        ) from error
    if device.type == "cpu":
        return torch.device("cpu")
    if device.type == "mps" and torch.backends.mps.is_available():
        return torch.device("mps", device.index or 0)
    if device.type != "cuda":
        raise DeviceError(f"devices: '{device}' is not there or not supported; take 'cuda:0', ... or 'cpu'.")
    there, index = torch.cuda.device_count(), device.index or 0
    if index >= there:
        raise DeviceError(f"devices: there is no '{device}'; this machine has {there} CUDA devices.")
    return torch.device("cuda", index)
