"""Scenes to pictures and masks: signed distances, soft shadows, light, a faint texture; vectorised."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .shapes import SIGNED_DISTANCE
from .world import Role, Scene

__all__ = ["SIZE", "mask", "render"]

#: Side of a picture in pixels.
SIZE = 128


def render(scenes: Sequence[Scene], size: int = SIZE) -> Tensor:
    """Draw pictures.

    Parameters
    ----------
    scenes
        The n scenes to draw.
    size
        Side of the square pictures in pixels.

    Returns
    -------
    Tensor
        (n, 3, size, size) float32 RGB in 0..1.
    """
    x, y = _grid(size)
    light_x, light_y = (_column([f(s.light_angle) for s in scenes]) for f in (math.cos, math.sin))
    light = _column([s.light for s in scenes])
    shade = 1 + light * (light_x * (x - 0.5) + light_y * (y - 0.5))
    shade = shade + sum(
        _column([s.textures[k].amplitude for s in scenes])
        * torch.cos(
            2 * math.pi * (_column([s.textures[k].kx for s in scenes]) * x)
            + 2 * math.pi * (_column([s.textures[k].ky for s in scenes]) * y)
            + _column([s.textures[k].phase for s in scenes])
        )
        for k in range(len(scenes[0].textures))
    )
    depth = _column([s.shadow for s in scenes])
    for item in (0, 1):
        away = 0.035
        shadow = _distance(scenes, item, x + away * light_x, y + away * light_y)
        shade = shade * (1 - depth * torch.sigmoid(-(shadow - 0.004) / 0.014))
    picture = _rgb([s.background_hsv for s in scenes]) * shade[:, None]
    for item in (0, 1):
        distance = _distance(scenes, item, x, y)
        items = [s.items[item] for s in scenes]
        radius = _column([i.radius for i in items])
        dx, dy = ((x - _column([i.x for i in items])) / radius, (y - _column([i.y for i in items])) / radius)
        rim = _column([i.rim for i in items]) * radius
        edge = torch.sigmoid((distance + rim) / (0.25 * rim))
        shade = 1 + 1.4 * light * (light_x * dx + light_y * dy)
        shade = shade * (1 - _column([i.rim_darkness for i in items]) * edge)
        alpha = (0.5 - distance * size).clamp(0, 1)[:, None]
        picture = picture * (1 - alpha) + alpha * _rgb([i.hsv for i in items]) * shade[:, None]
    return picture.clamp(0, 1)


def mask(scene: Scene, role: Role, size: int = SIZE) -> Tensor:
    """Return the pixels that a unit of the caption speaks of.

    Colour and kind words own their object, a relation both objects, a background all the rest;
    articles and prepositions own nothing.

    Returns
    -------
    Tensor
        (size, size) bool.
    """
    x, y = _grid(size)
    inside = torch.stack([_distance([scene], item, x, y)[0] < 0 for item in (0, 1)])
    if role.name in {"colour", "kind"} and role.item is not None:
        return inside[role.item]
    if role.name == "relation":
        return inside.any(0)
    if role.name == "background":
        return ~inside.any(0)
    return torch.zeros(size, size, dtype=torch.bool)


def _grid(size: int) -> tuple[Tensor, Tensor]:
    centres = (torch.arange(size) + 0.5) / size
    return centres[None, None, :], centres[None, :, None]


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None, None]


def _distance(scenes: Sequence[Scene], item: int, x: Tensor, y: Tensor) -> Tensor:
    """Signed distance to an object's outline in picture widths, (n, size, size)."""
    items = [s.items[item] for s in scenes]
    cos, sin = (_column([f(i.angle) for i in items]) for f in (math.cos, math.sin))
    radius = _column([i.radius for i in items])
    dx, dy = (x - _column([i.x for i in items])) / radius, (y - _column([i.y for i in items])) / radius
    local_x, local_y = cos * dx + sin * dy, cos * dy - sin * dx
    roundness = _column([i.roundness for i in items])
    distance = torch.empty_like(local_x)
    for kind, field in SIGNED_DISTANCE.items():
        rows = [k for k, i in enumerate(items) if i.kind == kind]
        if rows:
            distance[rows] = field(local_x[rows], local_y[rows], roundness[rows])
    return distance * radius


def _rgb(hsv: Sequence[tuple[float, float, float]]) -> Tensor:
    """HSV rows to (n, 3, 1, 1) RGB, as v - v s max(0, min(k, 4 - k, 1))."""
    hue, saturation, value = (torch.tensor(column, dtype=torch.float32) for column in zip(*hsv, strict=True))
    k = torch.remainder(torch.tensor([5.0, 3.0, 1.0]) + 6 * hue[:, None], 6)
    rgb = value[:, None] * (1 - saturation[:, None] * torch.minimum(k, 4 - k).clamp(0, 1))
    return rgb[:, :, None, None]
