"""Renders what a camera sees, by ray casting: quick, and exact to the pixel."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import open3d as o3d

from .geometry import Geometry
from .lens import Lens
from .light import SUN
from .orbit import Pose

SAMPLES = 2
"""Squared: rays of a pixel."""
ROWS = 128
"""Of pixels, that are rendered at once."""
SKY = np.array([0.55, 0.65, 0.8], np.float32)
SUN_COLOR = np.array([1.0, 1.0, 1.0], np.float32)
SKY_COLOR = 0.45 * np.array([0.9, 0.96, 1.1], np.float32)
REMAP_WIDTH = 4096

Albedo = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Positions (n,3) and normals (n,3) → colours (n,3), linear."""


def pattern_size(per_metre: float, metres_per_sample: float) -> int:
    """Texels along a side of a pattern that is repeated so often in a metre: about one for each ray, which is as fine
    as photos can show; a power of two."""
    return 2 ** round(math.log2(1 / (per_metre * metres_per_sample)))


def box_pattern(pattern: np.ndarray, per_metre: float) -> Albedo:
    """Projects a periodic pattern along the three axes and blends by the normal. `per_metre`: repetitions."""

    def albedo(positions: np.ndarray, normals: np.ndarray) -> np.ndarray:
        weights = np.abs(normals) ** 4
        weights[weights < 0.01] = 0
        weights /= weights.sum(axis=1, keepdims=True)
        colors = np.zeros_like(positions)
        for axis, (first, second) in enumerate(((1, 2), (0, 2), (0, 1))):
            seen = np.flatnonzero(weights[:, axis] > 0)
            # The pattern's seam, if it has one, is as far from the middle of the scene as it can be.
            place = positions[seen] * np.float32(per_metre) + np.float32(0.5)
            colors[seen] += weights[seen, axis, None] * sample(pattern, place[:, first], place[:, second])
        return colors

    return albedo


def sample(pattern: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(n,3) colours of a periodic pattern at u, v (n,), in repetitions; bilinear."""
    size, count = pattern.shape[0], len(u)
    if count == 0:
        return np.empty((0, 3), np.float32)
    maps = np.zeros((2, -(-count // REMAP_WIDTH) * REMAP_WIDTH), np.float32)
    maps[0, :count], maps[1, :count] = (u % 1) * size - 0.5, (v % 1) * size - 0.5
    maps = maps.reshape(2, -1, REMAP_WIDTH)
    return cv2.remap(pattern, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).reshape(-1, 3)[:count]


def card_pattern(picture: np.ndarray, middle: np.ndarray, side: float) -> Albedo:
    """A picture (h,w) 0–255 of `side` metres on the upper face, its first row towards +y; white around it and on the
    edges."""
    size = picture.shape[0]

    def albedo(positions: np.ndarray, normals: np.ndarray) -> np.ndarray:
        column = np.floor(((positions[:, 0] - middle[0]) / side + 0.5) * size).astype(int)
        row = np.floor((0.5 - (positions[:, 1] - middle[1]) / side) * size).astype(int)
        inside = (column >= 0) & (column < size) & (row >= 0) & (row < size) & (normals[:, 2] > 0.5)
        value = np.full(len(positions), 0.8, np.float32)
        value[inside] = 0.02 + 0.78 * picture[row[inside], column[inside]] / 255
        return np.repeat(value[:, None], 3, axis=1)

    return albedo


class Renderer:
    """Renders views of one scene. `light` is (sun, sky) of each vertex, `shine` the strength of the highlight."""

    def __init__(
        self, geometry: Geometry, light: tuple[np.ndarray, np.ndarray], albedos: dict[str, Albedo], shine: float
    ):
        self._geometry, self._caster = geometry, geometry.caster()
        self._albedos = [albedos[name] for name in geometry.names]
        self._attributes = np.concatenate([geometry.normals, np.stack(light, axis=1)], axis=1)
        self._shine = shine

    def render(self, lens: Lens, pose: Pose) -> np.ndarray:
        """(height, width, 3) float32, linear light."""
        rays = lens.rays(SAMPLES)
        step = ROWS * SAMPLES
        strips = [self._strip(rays[row : row + step], pose) for row in range(0, len(rays), step)]
        return cv2.resize(np.concatenate(strips), (lens.width, lens.height), interpolation=cv2.INTER_AREA)

    def _strip(self, rays: np.ndarray, pose: Pose) -> np.ndarray:
        rotation, centre = (value.astype(np.float32) for value in pose)
        directions = rays.reshape(-1, 3) @ rotation
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        origins = np.broadcast_to(centre, directions.shape)
        cast = self._caster.cast_rays(o3d.core.Tensor(np.concatenate([origins, directions], axis=1)))
        distance = cast["t_hit"].numpy()
        hit = np.flatnonzero(np.isfinite(distance))
        colors = np.broadcast_to(SKY, directions.shape).copy()
        positions = centre + directions[hit] * distance[hit, None]
        triangles = cast["primitive_ids"].numpy()[hit]
        colors[hit] = self._shade(positions, directions[hit], triangles, cast["primitive_uvs"].numpy()[hit])
        return colors.reshape(rays.shape)

    def _shade(
        self, positions: np.ndarray, directions: np.ndarray, triangles: np.ndarray, uvs: np.ndarray
    ) -> np.ndarray:
        weights = np.stack([1 - uvs[:, 0] - uvs[:, 1], uvs[:, 0], uvs[:, 1]], axis=1)
        corners = self._geometry.faces[triangles]
        mixed = sum(weights[:, i, None] * self._attributes[corners[:, i]] for i in range(3))
        normals = mixed[:, :3] / np.maximum(np.linalg.norm(mixed[:, :3], axis=1, keepdims=True), 1e-9)
        parts, albedo = self._geometry.parts[triangles], np.empty_like(positions)
        for part, pattern in enumerate(self._albedos):
            mine = np.flatnonzero(parts == part)
            albedo[mine] = pattern(positions[mine], normals[mine])
        light = mixed[:, 3, None] * SUN_COLOR + mixed[:, 4, None] * SKY_COLOR
        half = SUN - directions
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        highlight = self._shine * np.clip(np.sum(normals * half, axis=1), 0, 1) ** 20 * mixed[:, 3]
        return albedo * light + highlight[:, None]
