"""Images for the hidden graders: simple shapes, in which nothing but the shape tells the class.

Position, size, rotation, brightness, colour and noise are drawn independently of the class, and a shape is
as often darker as it is brighter than its background. The notebooks show students a generator of the same
kind; graders use this one, with other seeds and other ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Grid = np.ndarray  # (N, side, side)

# Each shape as a function of coordinates that are centred on it and scaled by its radius: negative inside,
# and about as large as the distance to the edge.


def _disc(u: Grid, v: Grid) -> Grid:
    return np.hypot(u, v) - 0.9


def _ring(u: Grid, v: Grid) -> Grid:
    return np.abs(np.hypot(u, v) - 0.75) - 0.2


def _square(u: Grid, v: Grid) -> Grid:
    return np.maximum(np.abs(u), np.abs(v)) - 0.75


def _frame(u: Grid, v: Grid) -> Grid:
    return np.abs(np.maximum(np.abs(u), np.abs(v)) - 0.7) - 0.18


def _triangle(u: Grid, v: Grid) -> Grid:
    return np.maximum(v - 0.6, 0.866 * np.abs(u) - 0.5 * v - 0.5)


def _plus(u: Grid, v: Grid) -> Grid:
    a, b = np.abs(u), np.abs(v)
    return np.minimum(np.maximum(a - 0.95, b - 0.25), np.maximum(a - 0.25, b - 0.95))


def _times(u: Grid, v: Grid) -> Grid:
    return _plus((u + v) * np.sqrt(0.5), (u - v) * np.sqrt(0.5))


def _rows(u: Grid, v: Grid) -> Grid:
    return np.maximum(_square(u, v) - 0.15, -np.cos(3 * np.pi * v / 0.9) / (3 * np.pi / 0.9))


def _columns(u: Grid, v: Grid) -> Grid:
    return _rows(v, u)


def _checks(u: Grid, v: Grid) -> Grid:
    return np.maximum(_square(u, v) - 0.15, -np.sin(np.pi * u / 0.45) * np.sin(np.pi * v / 0.45) * 0.15)


def _crescent(u: Grid, v: Grid) -> Grid:
    return np.maximum(np.hypot(u, v) - 0.95, 0.75 - np.hypot(u - 0.45, v))


def _corner(u: Grid, v: Grid) -> Grid:
    return np.minimum(
        np.maximum(np.abs(u + 0.55) - 0.25, np.abs(v) - 0.8),
        np.maximum(np.abs(v - 0.55) - 0.25, np.abs(u) - 0.8),
    )


def _tee(u: Grid, v: Grid) -> Grid:
    return np.minimum(
        np.maximum(np.abs(v + 0.6) - 0.25, np.abs(u) - 0.85), np.maximum(np.abs(u) - 0.25, np.abs(v) - 0.85)
    )


def _star(u: Grid, v: Grid) -> Grid:
    return np.hypot(u, v) - 0.62 - 0.33 * np.cos(5 * np.arctan2(u, -v))


def _dots(u: Grid, v: Grid) -> Grid:
    return np.hypot(np.abs(u) - 0.55, np.abs(v) - 0.55) - 0.32


def _half(u: Grid, v: Grid) -> Grid:
    return np.maximum(_disc(u, v), v)


KINDS: dict[str, Callable[[Grid, Grid], Grid]] = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "frame": _frame,
    "triangle": _triangle,
    "plus": _plus,
    "times": _times,
    "rows": _rows,
    "columns": _columns,
    "checks": _checks,
    "crescent": _crescent,
    "corner": _corner,
    "tee": _tee,
    "star": _star,
    "dots": _dots,
    "half": _half,
}


def draw(
    kinds: Sequence[str],
    count: int,
    seed: int,
    *,
    channels: int = 1,
    radius: tuple[float, float] = (8.0, 12.0),
    shift: tuple[float, float] = (-4.0, 4.0),
    turn: float = 10.0,
    noise: float = 0.08,
    side: int = 32,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` images of shapes, as many of each kind as of any other, in random order.

    radius, shift: ranges in pixels, the shift from the middle of the image for each axis.
    turn: the largest rotation either way, in degrees.
    noise: standard deviation of the noise; brightness goes from 0 to 1.

    Returns images (count, channels, side, side), float32, and labels (count,), int64, positions in `kinds`.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(kinds))
    angle = np.deg2rad(rng.uniform(-turn, turn, count))[:, None, None]
    size = rng.uniform(*radius, count)[:, None, None]
    x, y = (grid - (side - 1) / 2 - rng.uniform(*shift, count)[:, None, None] for grid in _grid(side))
    u, v = (x * np.cos(angle) + y * np.sin(angle)) / size, (y * np.cos(angle) - x * np.sin(angle)) / size
    inside = np.empty((count, side, side))
    for label, kind in enumerate(kinds):
        which = labels == label
        # An edge one pixel wide, as a lens would draw it.
        inside[which] = np.clip(0.5 - KINDS[kind](u[which], v[which]) * size[which], 0, 1)
    back = rng.uniform(0.25, 0.75, (count, channels, 1, 1))
    step = rng.uniform(0.2, 0.5, (count, channels, 1, 1)) * rng.choice([-1, 1], (count, channels, 1, 1))
    images = back + step * inside[:, None] + rng.normal(0, noise, (count, channels, side, side))
    return np.clip(images, 0, 1).astype(np.float32), labels.astype(np.int64)


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """The column and the row of every pixel."""
    row, column = np.mgrid[:side, :side].astype(float)
    return column, row
