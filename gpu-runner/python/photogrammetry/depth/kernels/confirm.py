"""Whether the depth maps of two views agree, pixel by pixel. Planes are those of kernels/patchmatch.py; w = 0 is
none."""

from typing import NamedTuple

import numpy as np
from numpy import float32

from photogrammetry.depth.kernels.kernel import kernel
from photogrammetry.depth.kernels.patchmatch import Planes


class Pair(NamedTuple):
    """How pixels go from a view to its neighbour and back: q = M·p + V·w, with the scale of z in q[2]."""

    M: np.ndarray  # (3, 3) float32
    V: np.ndarray  # (3,) float32
    back_M: np.ndarray
    back_V: np.ndarray
    max_step: float32  # depths may differ by this share
    max_px: float32  # and a pixel may come back so far from where it started


class Votes(NamedTuple):
    """What a view's neighbours say of each of its pixels; (h, w), added to."""

    agree: np.ndarray  # uint8: neighbours that measured the same
    against: np.ndarray  # uint8: neighbours that saw something behind, through this
    sum_w: np.ndarray  # float32: inverse depths that the neighbours measured, weighted
    weight: np.ndarray  # float32
    support: np.ndarray  # float32: the least cost of an agreeing neighbour


@kernel
def weight_of(cost):
    """Of a measurement, by its cost 1 - NCC."""
    return float32(1) / (float32(0.05) + cost)


@kernel
def confirm(planes, other, pair, votes, step):
    """Adds the votes of one neighbour, `other`, on each `step`th pixel of each `step`th row."""
    height, width = planes.w.shape
    rows, columns = other.w.shape
    M, V, back_M, back_V = pair.M, pair.V, pair.back_M, pair.back_V
    for y in range(0, height, step):
        for x in range(0, width, step):
            w = planes.w[y, x]
            if w <= float32(0):
                continue
            px, py = float32(x), float32(y)
            z = M[2, 0] * px + M[2, 1] * py + M[2, 2] + V[2] * w
            if z <= float32(0):
                continue
            u = (M[0, 0] * px + M[0, 1] * py + M[0, 2] + V[0] * w) / z
            v = (M[1, 0] * px + M[1, 1] * py + M[1, 2] + V[1] * w) / z
            if not (u > float32(-0.5) and v > float32(-0.5) and u < float32(columns) - float32(0.5)):
                continue
            if not v < float32(rows) - float32(0.5):
                continue
            column, row = int(u + float32(0.5)), int(v + float32(0.5))
            seen = other.w[row, column]
            if seen <= float32(0):
                continue
            expected = w / z
            # What the neighbour measured, carried from its pixel's middle to where this point falls.
            there = seen + other.wx[row, column] * (u - float32(column)) + other.wy[row, column] * (v - float32(row))
            if abs(there - seen) > seen * pair.max_step:
                there = seen
            ratio = there / expected
            if ratio < float32(1) - float32(2) * pair.max_step:
                votes.against[y, x] += 1
            if abs(ratio - float32(1)) > pair.max_step:
                continue
            back_z = back_M[2, 0] * u + back_M[2, 1] * v + back_M[2, 2] + back_V[2] * there
            dx = (back_M[0, 0] * u + back_M[0, 1] * v + back_M[0, 2] + back_V[0] * there) / back_z - px
            dy = (back_M[1, 0] * u + back_M[1, 1] * v + back_M[1, 2] + back_V[1] * there) / back_z - py
            if dx * dx + dy * dy > pair.max_px * pair.max_px:
                continue
            # The neighbour's point lies beside this pixel's ray; along the plane to the ray.
            measured = there / back_z - planes.wx[y, x] * dx - planes.wy[y, x] * dy
            if abs(measured - w) > float32(2) * pair.max_step * w:
                measured = there / back_z
            cost = other.cost[row, column]
            part = weight_of(cost)
            votes.agree[y, x] += 1
            votes.sum_w[y, x] += part * measured
            votes.weight[y, x] += part
            votes.support[y, x] = min(votes.support[y, x], cost)


def compile_kernels() -> None:
    """Calls the kernel once, so that its compiled form is kept."""
    shape = (4, 4)
    planes = Planes(np.ones(shape, float32), *(np.zeros(shape, float32) for _ in range(3)))
    eye, zero = np.eye(3, dtype=float32), np.zeros(3, float32)
    counts = np.zeros((2, *shape), np.uint8)
    votes = Votes(counts[0], counts[1], *(np.zeros(shape, float32) for _ in range(3)))
    confirm(planes, planes, Pair(eye, zero, eye, zero, float32(0.01), float32(1)), votes, 1)
