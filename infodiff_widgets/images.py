"""From whatever holds a picture to an RGB picture of a size that the network takes."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .errors import ImageError, kind_of
from .files import is_address

__all__ = ["PICTURE_ENDINGS", "ImageRule", "cell_means", "check_file", "load_image"]

PICTURE_ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"))
"""Of files that are taken for pictures where a folder is looked through."""

_SMALLEST = 8  # pixels a side
_MOST_ELONGATED = 4.0
_ACCEPTED = (
    "Give a PIL image, a path, a numpy array (rows, columns[, channels]) "
    "or a torch tensor (channels, rows, columns)."
)


@dataclass(frozen=True, slots=True)
class ImageRule:
    """What sizes a network takes.

    Attributes
    ----------
    size
        Length of the shorter side that it was trained on, in pixels.
    multiple
        Both sides must be multiples of this: the factor between pixels and latent cells.

    Examples
    --------
    >>> load_image(picture.resize((300, 200)), ImageRule(size=128, multiple=8)).size
    (192, 128)
    """

    size: int
    multiple: int


def cell_means(pixels: NDArray, grid: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the means (h, w) over the pixels (H, W) of each latent cell; `grid` is (h, w)."""
    height, width = grid
    blocks = pixels.reshape(height, pixels.shape[0] // height, width, pixels.shape[1] // width)
    return blocks.mean((1, 3))


def load_image(image: Any, rule: ImageRule, *, resize: bool = True, prompt: str = "") -> Image.Image:
    """Return a picture as RGB, of a size that a network takes.

    The aspect ratio is kept: the shorter side becomes ``rule.size`` (Lanczos) and the longer one is cropped
    about its centre to a multiple of ``rule.multiple``. Transparent parts show white; 16 bits become 8.

    Parameters
    ----------
    image
        A PIL image, a path, a numpy array (rows, columns), (rows, columns, 1, 3 or 4), or a torch tensor
        with channels first. Integers span 0 to 255 (uint16: to 65535), floats 0 to 1.
    rule
        The sizes.
    resize
        False takes the picture as it is, and refuses it where its sides are not such multiples.
    prompt
        What it shows; where that is the name of a file, and the picture is none, they may be swapped.

    Raises
    ------
    ImageError
        Where it cannot be read, or its size or values cannot be used.
    """
    picture = _to_rgb(image, prompt)
    width, height = picture.size
    if min(width, height) < _SMALLEST:
        raise ImageError(f"The picture is {width}x{height} pixels: give one of at least {_SMALLEST} a side.")
    if not resize:
        if width % rule.multiple or height % rule.multiple:
            raise ImageError(
                f"The picture is {width}x{height} pixels and the network takes multiples of {rule.multiple}: "
                "crop it, or pass resize=True."
            )
        return picture
    if max(width, height) > _MOST_ELONGATED * min(width, height):
        raise ImageError(
            f"The picture is {width}x{height} pixels, longer than {_MOST_ELONGATED:g} to 1: crop it."
        )
    scale = rule.size / min(width, height)
    scaled = round(width * scale), round(height * scale)
    target = tuple(side // rule.multiple * rule.multiple for side in scaled)
    if picture.size == target:
        return picture
    picture = picture if picture.size == scaled else picture.resize(scaled, Image.Resampling.LANCZOS)
    left, top = (scaled[0] - target[0]) // 2, (scaled[1] - target[1]) // 2
    return picture.crop((left, top, left + target[0], top + target[1]))


def check_file(path: str | os.PathLike[str]) -> None:
    """Raise `ImageError` where no picture can be read from there."""
    _from_file(path)


def _to_rgb(image: Any, prompt: str) -> Image.Image:
    if isinstance(image, str | os.PathLike):
        return _from_file(image, prompt)
    if isinstance(image, Image.Image):
        return _from_pil(image)
    if hasattr(image, "detach"):  # a torch tensor, without importing torch
        tensor = image.detach().cpu()
        array = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
        return _from_array(array, channels_first=True)
    if isinstance(image, np.ndarray):
        return _from_array(image)
    kind = kind_of(image)
    kind = f"{kind[0].upper()}{kind[1:]}"
    if isinstance(image, list | tuple) and image:
        raise ImageError(f"{kind} of {len(image)} is no picture: give one of them, [0].")
    raise ImageError(f"{kind} is no picture. {_ACCEPTED}")


def _from_file(given: str | os.PathLike[str], prompt: str = "") -> Image.Image:
    path = Path(given)
    try:
        with Image.open(path) as picture:
            picture.load()
            return _from_pil(picture)
    except IsADirectoryError:
        raise ImageError(f"{path} is a folder: give one picture of it.") from None
    except FileNotFoundError:
        raise ImageError(_missing(given, prompt)) from None
    except PermissionError as error:
        raise ImageError(
            f"{path} cannot be read ({error.strerror or error}): it is there, but not for you. Have its "
            "owner let you read it, or copy it to a place of yours."
        ) from error
    except ImageError:
        raise
    # Pillow's readers raise these for files that are damaged, foreign or absurdly large.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            raise ImageError(_missing(given, prompt)) from None
        raise ImageError(
            f"{path} cannot be read as a picture ({error}): open it in a viewer, and save it again as PNG."
        ) from error


def _missing(given: str | os.PathLike[str], prompt: str) -> str:
    if is_address(Path(given)):
        return f"{given} is an address, not a file: download the picture first."
    if os.path.isfile(prompt):  # noqa: PTH113, since that of a Path fails on texts too long for a name
        remedy = f"the prompt {prompt!r} is one, so that picture and prompt may be swapped"
    else:
        remedy = f"check the path (this is {Path.cwd()})"
    return f"There is no file {str(given)!r}: {remedy}."


def _from_pil(picture: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):
        return _from_array(_sixteen_bits(np.asarray(picture)))
    if picture.mode == "F":
        return _from_array(np.asarray(picture))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def _sixteen_bits(array: NDArray) -> NDArray:
    if array.min() < 0 or array.max() > 65535:
        raise ImageError(
            f"The picture has values from {array.min()} to {array.max()}: scale them to 0..65535 or 0..255."
        )
    return array.astype(np.uint16)


def _from_array(array: NDArray, *, channels_first: bool = False) -> Image.Image:
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    if array.ndim == 2:
        array = array[..., None]
    channels = (1, 3, 4)
    if array.ndim == 3:
        first, last = array.shape[0] in channels, array.shape[2] in channels
        if first and (channels_first or not last):
            array = np.moveaxis(array, 0, 2)
    if array.ndim != 3 or array.shape[2] not in channels or 0 in array.shape:
        raise ImageError(f"An array of shape {shape} is no picture. {_ACCEPTED}")
    pixels = np.round(255 * _unit_interval(array)).astype(np.uint8)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return _from_pil(Image.fromarray(pixels))


def _unit_interval(array: NDArray) -> NDArray[np.float64]:
    if array.dtype.kind not in "buif":
        raise ImageError(f"An array of {array.dtype} is no picture: give numbers, 0..255 or 0.0..1.0.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ImageError(
            "The picture holds NaN or infinite values: mend them, for example with numpy.nan_to_num."
        )
    top = {"b": 1, "f": 1}.get(array.dtype.kind, 65535 if array.dtype == np.uint16 else 255)
    slack = 1e-3 if top == 1 else 0
    low, high = array.min(), array.max()
    if low < -slack or high > top + slack:
        remedy = _to_unit_interval(float(low), float(high)) if top == 1 else "convert it to uint8"
        raise ImageError(
            f"The picture has values from {low:g} to {high:g}, but {array.dtype} spans 0 to {top}: {remedy}."
        )
    return np.clip(array.astype(np.float64) / top, 0, 1)


def _to_unit_interval(low: float, high: float) -> str:
    """Say what makes a picture of floats of such values, none of which may be one."""
    if low >= -1.05 and high <= 1.05:
        return "map it there with x / 2 + 0.5"
    if low < -0.05 * high:
        return "these look like latents or standardised values; give the picture itself"
    return "divide by the top of its scale" if high > 255 else "divide by 255" if high > 2 else "clip it"
