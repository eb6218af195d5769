"""Scenes: a small world of captioned pictures and a Stable Diffusion pipeline trained on it.

Nothing here is special to the rest of the package: the pipeline is a plain
`diffusers.StableDiffusionPipeline`, and what runs on it runs on Stable Diffusion.

Examples
--------
>>> from infodiff_widgets import scenes
>>> scene = next(scenes.sample(seed=1))
>>> scene.caption
'a purple star right of a brown star on slate'
>>> picture = scenes.picture(scene)
>>> picture.size
(128, 128)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .world import Item, Role, Scene, entropy, sample

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline
    from PIL.Image import Image

__all__ = ["FOLDER", "Item", "Role", "Scene", "entropy", "load_pipeline", "mask", "picture", "sample"]

#: The shipped pipeline; `StableDiffusionPipeline.from_pretrained(FOLDER)` reads it without this package.
FOLDER = Path(__file__).parent / "pipeline"


def load_pipeline(
    device: str | None = None, dtype: Any = None, folder: str | Path = FOLDER
) -> StableDiffusionPipeline:
    """Load the scenes pipeline.

    Parameters
    ----------
    device
        A torch device; by default the GPU where there is one.
    dtype
        A torch dtype; float32 by default, although the weights are stored in half precision.
    folder
        Another folder that training has exported; the shipped one by default.

    Raises
    ------
    DeviceError
        Where there is no such device.

    Examples
    --------
    >>> pipeline = load_pipeline()
    >>> pipeline("a red circle above a blue square on sand", num_inference_steps=4).images[0].size
    (128, 128)
    """
    from infodiff_widgets.devices import home_of
    from infodiff_widgets.extras import without_torchvision

    home = home_of(device)
    with without_torchvision():
        from diffusers import StableDiffusionPipeline

        pipeline = StableDiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(leave=False)
    pipeline = pipeline.to(home)
    return pipeline if dtype is None else pipeline.to(dtype)


def picture(scene: Scene, size: int = 128) -> Image:
    """Draw a scene as an RGB picture of `size` x `size` pixels.

    Examples
    --------
    >>> from infodiff_widgets import scenes
    >>> scenes.picture(next(scenes.sample(seed=1)), size=64).size
    (64, 64)
    """
    from PIL import Image

    from .render import render

    rgb = render([scene], size)[0].permute(1, 2, 0)
    return Image.fromarray((255 * rgb).round().byte().numpy())


def mask(scene: Scene, role: Role, size: int = 128) -> Any:
    """Return the pixels that a unit of the caption speaks of, as a bool array (size, size).

    Examples
    --------
    >>> pixels = mask(next(sample(seed=1)), Role("colour", 0))
    >>> pixels.shape, pixels.dtype
    ((128, 128), dtype('bool'))
    """
    from .render import mask as tensor_mask

    return tensor_mask(scene, role, size).numpy()
