"""Signed distance fields of the world's shapes, in units of the shape's radius.

Each takes coordinates ``x``, ``y`` (right, down) and a roundness ``r`` of shape (n, 1, 1), and returns
the distance to the outline, negative inside. After the exact fields that I. Quilez lists in
"2D distance functions"; the sun and the star are bounds, good enough near their outlines.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["SIGNED_DISTANCE"]


def _circle(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    return torch.hypot(x, y * (1 + 0.6 * (r - 0.12))) - 0.92


def _box(x: Tensor, y: Tensor, half_x: float | Tensor, half_y: float | Tensor, r: Tensor) -> Tensor:
    qx, qy = x.abs() - half_x + r, y.abs() - half_y + r
    outside = torch.hypot(qx.clamp_min(0), qy.clamp_min(0))
    return outside + torch.maximum(qx, qy).clamp_max(0) - r


def _square(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    return _box(x, y, 0.80, 0.80, r)


def _triangle(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    k = math.sqrt(3.0)
    side = 0.98 - r
    px, py = x.abs() - side, 0.25 - y + side / k
    flip = px + k * py > 0
    px, py = torch.where(flip, (px - k * py) / 2, px), torch.where(flip, (-k * px - py) / 2, py)
    px = px - torch.minimum(px.clamp_min(-2 * side), torch.zeros_like(px))
    return -torch.hypot(px, py) * torch.sign(py) - r


def _star(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    angle = torch.atan2(x, -y)
    sector = 2 * math.pi / 5
    folded = (torch.remainder(angle + sector / 2, sector) - sector / 2).abs()
    radius = torch.hypot(x, y)
    px, py = radius * torch.sin(folded), radius * torch.cos(folded)
    # The edge from the tip (0, 1) to the notch at half a sector and 45% of the radius.
    tip = 1.05 - r
    nx, ny = 0.47 * math.sin(sector / 2), 0.47 * math.cos(sector / 2)
    ex, ey = nx, ny - tip
    length = torch.sqrt(ex * ex + ey * ey)
    along = ((px * ex + (py - tip) * ey) / length**2).clamp(0, 1)
    distance = torch.hypot(px - along * ex, py - tip - along * ey)
    inside = px * (-ey) + (py - tip) * ex < 0
    return torch.where(inside, -distance, distance) - 0.6 * r


def _ring(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    return (torch.hypot(x, y) - 0.68).abs() - (0.20 + r)


def _cross(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    arm = 0.24 + 0.4 * r
    return torch.minimum(_box(x, y, 0.95, arm, 0.5 * r), _box(x, y, arm, 0.95, 0.5 * r))


def _heart(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    scale = 1.62 + 0.5 * (r - 0.12)
    px, py = x.abs() / scale, (0.52 * scale - y) / scale
    lobe = torch.hypot(px - 0.25, py - 0.75) - math.sqrt(2) / 4
    diagonal = (px + py).clamp_min(0) / 2
    tip = torch.minimum(torch.hypot(px, py - 1), torch.hypot(px - diagonal, py - diagonal))
    return scale * torch.where(px + py > 1, lobe, tip * torch.sign(px - py))


def _leaf(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    half = 1.08
    width = 0.46 + r
    radius = (half**2 + width**2) / (2 * width)
    px, py = x.abs() + radius - width, y.abs()
    round_part = torch.hypot(px, py) - radius
    point = torch.hypot(x.abs(), py - half)
    beyond = (py - half) * (radius - width) > x.abs() * half
    return torch.where(beyond, point, round_part)


def _sun(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    angle = torch.atan2(y, x)
    rays = 0.80 + (0.10 + 0.5 * r) * torch.cos(10 * angle)
    return 0.75 * (torch.hypot(x, y) - rays)


SIGNED_DISTANCE: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "cross": _cross,
    "heart": _heart,
    "leaf": _leaf,
    "sun": _sun,
}
