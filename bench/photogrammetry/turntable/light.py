"""How much light reaches each vertex: `python -m turntable.light GEOMETRY.npz OUT.npz`.

Light does not depend on the camera, so it is computed once: `sun (n,) float32` is how much of a soft sun a vertex
receives (cosine law, 0 to 1), `sky (n,) float32` how much of an even sky (0 to 1).
"""

import math
import sys
from pathlib import Path

from photogrammetry import libraries  # noqa: F401, I001 - before Open3D
import numpy as np
import open3d as o3d

from .geometry import Geometry

SUN = np.array([math.sin(math.radians(20)), -math.sin(math.radians(35)), 1.0])
SUN = (SUN / np.linalg.norm(SUN)).astype(np.float32)
"""Direction to the middle of the sun."""
SUN_RADIUS = 0.24
"""Of the sun's disc, radians: a bright, hazy day."""
SKY_REACH_M = 0.25
"""What is farther away does not darken the sky."""
DIRECTIONS = 24
OFFSET_M = 3e-4
"""Rays begin above the surface by this much, so that they don't hit it."""


def spiral(count: int) -> np.ndarray:
    """(count, 2) points spread evenly over the unit disc (Vogel's sunflower)."""
    index = np.arange(count) + 0.5
    angle = index * math.pi * (3 - math.sqrt(5))
    return np.sqrt(index / count)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def tangents(normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors perpendicular to each normal (n,3) and to each other."""
    helper = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]])
    first = np.cross(normals, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(normals, first)


def light(geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Sun and sky of each vertex."""
    caster, normals = geometry.caster(), geometry.normals
    origins = geometry.vertices + normals * OFFSET_M

    def reached(directions: np.ndarray, reach: float) -> np.ndarray:
        rays = np.concatenate([origins, directions], axis=1).astype(np.float32)
        return ~caster.test_occlusions(o3d.core.Tensor(rays), tfar=reach).numpy()

    sun, sky = np.zeros(len(normals), np.float32), np.zeros(len(normals), np.float32)
    sun_side, sun_up = (axis[0] for axis in tangents(SUN[None]))
    side, up = tangents(normals)
    for x, y in spiral(DIRECTIONS):
        towards = SUN + SUN_RADIUS * (x * sun_side + y * sun_up)
        towards = towards / np.linalg.norm(towards)
        cosine = np.clip(normals @ towards, 0, None)
        sun += cosine * reached(np.broadcast_to(towards, normals.shape), math.inf) / DIRECTIONS
        # Points of the disc lifted to the hemisphere are distributed by the cosine law (Malley's method).
        directions = x * side + y * up + math.sqrt(1 - x * x - y * y) * normals
        sky += reached(directions, SKY_REACH_M).astype(np.float32) / DIRECTIONS
    return sun, sky


if __name__ == "__main__":
    sun_, sky_ = light(Geometry.read(Path(sys.argv[1])))
    np.savez(sys.argv[2], sun=sun_, sky=sky_)
