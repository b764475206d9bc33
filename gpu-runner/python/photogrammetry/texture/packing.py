"""Charts' bounding boxes → places in a square texture."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SEARCH_ROUNDS = 9
GRID = 4
"""Charts begin at multiples of so many texels in x: a coarser skyline is faster."""


@dataclass(frozen=True)
class Places:
    """A chart's point goes to `point · scale + offset[chart]`, in texels."""

    scale: float
    offset: np.ndarray


def pack(sizes: np.ndarray, side: int, padding: int) -> Places:
    """The largest common scale at which boxes (n, 2) fit into a square of `side` texels, `padding` texels around each,
    and where.

    Bottom-left skyline, highest box first; the scale by bisection.
    """
    sizes = np.maximum(sizes, 1e-12)
    low, high = 0.0, side / float(np.sqrt((sizes[:, 0] * sizes[:, 1]).sum()))
    best = None
    rounds = 0
    while rounds < SEARCH_ROUNDS or best is None:
        scale = (low + high) / 2
        offset = _skyline(np.ceil(sizes * scale).astype(int) + 2 * padding, side)
        if offset is None:
            high = scale
        else:
            low, best = scale, Places(scale, offset + float(padding))
        rounds += 1
        if rounds > 60:
            raise ValueError(f"{len(sizes)} charts don't fit into {side} texels")
    return best


def _skyline(boxes: np.ndarray, side: int) -> np.ndarray | None:
    """Corners (n, 2) of boxes (n, 2) in texels, or None when they don't fit."""
    if boxes.max() > side or (boxes[:, 0] * boxes[:, 1]).sum() > side * side:
        return None
    height = np.zeros(side // GRID, int)
    offset = np.zeros(boxes.shape)
    for chart in np.lexsort((-boxes[:, 0], -boxes[:, 1])):
        columns = -(-boxes[chart, 0] // GRID)
        if columns > len(height):
            return None
        tops = sliding_window_view(height, columns).max(axis=1)
        column = int(np.argmin(tops))
        top = int(tops[column]) + int(boxes[chart, 1])
        if top > side:
            return None
        offset[chart] = column * GRID, tops[column]
        height[column : column + columns] = top
    return offset
