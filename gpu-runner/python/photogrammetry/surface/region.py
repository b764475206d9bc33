"""What the model is of: the part of the scene that the cameras look at. The far background is dropped."""

from dataclasses import dataclass

import numpy as np

from ..failure import Failure
from ..photos import pool
from .views import View

ATTENTION_MIN = 0.3
"""Share of the attention that the middle of the scene gets, below which a point is background. A thing in a ring of
cameras has 0.6 to 1, a wall behind it about 0.1: only the cameras on the other side have it in the middle."""
FAR = 2.0
"""Depth, in a view's median depths, beyond which attention falls with the square of the distance."""
SAMPLE = 200_000
MARGIN = 0.02
"""Around the outermost points, in longest sides."""


def attention(points: np.ndarray, views: list[View]) -> np.ndarray:
    """How much the cameras look at each of the points (n, 3): the sum over all views of how central and near it is,
    (n,) float32.

    Occlusion doesn't count: the back of a thing gets as much as its front.
    """
    total = np.zeros(len(points), np.float32)
    for given in pool.each(lambda view: _attention_of(view, points), views):
        total += given
    return total


def _attention_of(view: View, points: np.ndarray) -> np.ndarray:
    pixels, depth = view.project(points)
    x, y = (pixels / (view.width / 2, view.height / 2) - 1).T
    central = np.clip(1 - x * x, 0, None) * np.clip(1 - y * y, 0, None)
    far = np.maximum(depth / (FAR * max(view.median_depth, 1e-9)), 1)
    return np.where(depth > 0, central / (far * far), 0)


@dataclass(frozen=True)
class Region:
    """Where the model is: `box` (2, 3) in scene units, and what the cameras look at if `least_attention` is above 0."""

    box: np.ndarray
    least_attention: float
    views: list[View]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Which of the points (n, 3) are in the region."""
        inside = np.all((points >= self.box[0]) & (points <= self.box[1]), axis=1)
        if self.least_attention > 0:
            inside[inside] = attention(points[inside], self.views) >= self.least_attention
        return inside


def looked_at(points: np.ndarray, views: list[View]) -> Region:
    """What most of the cameras look at, from a sample of the points (n, 3)."""
    sample = points[:: max(1, len(points) // SAMPLE)]
    given = attention(sample, views)
    least = ATTENTION_MIN * float(np.percentile(given, 99))
    near = sample[given >= least]
    low, high = near.min(axis=0), near.max(axis=0)
    # The surface bulges a little beyond its outermost points.
    margin = MARGIN * float((high - low).max())
    return Region(np.stack([low - margin, high + margin]), least, views)


def parse_box(text: str) -> np.ndarray:
    """`minX,minY,minZ,maxX,maxY,maxZ` → (2, 3). A Failure `input_invalid` when it holds no space."""
    box = np.array([float(number) for number in text.split(",")]).reshape(2, 3)
    if not np.all(box[1] > box[0]):
        message = "The region of interest is empty: each maximum must be greater than the minimum three numbers before."
        raise Failure("input_invalid", message)
    return box


@dataclass(frozen=True)
class TurnedBox:
    """The box (2, 3) of the frame that `matrix` (4, 4) leads to from the scene."""

    box: np.ndarray
    matrix: np.ndarray

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Which of the points (n, 3), scene units, are in the box."""
        moved = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return np.all((moved >= self.box[0]) & (moved <= self.box[1]), axis=1)
