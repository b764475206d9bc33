"""The points that the surface is built from: one per cell, without those that stand alone."""

from dataclasses import dataclass

import numpy as np

from ..failure import Failure
from ..photos import pool
from ..scene import Scene

POINTS_MIN = 500
CHUNK = 1_000_000


@dataclass(frozen=True)
class OrientedPoints:
    """`positions` (n, 3) float32 in scene units, `normals` (n, 3) float32 of length 1, outwards."""

    positions: np.ndarray
    normals: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    def at(self, which: np.ndarray) -> "OrientedPoints":
        """Those points that an index or mask picks."""
        return OrientedPoints(self.positions[which], self.normals[which])


def read_points(scene: Scene) -> OrientedPoints:
    """`points.npz`. A Failure `cameras_unreliable` when it holds too few for a surface."""
    with np.load(scene.path("points.npz")) as file:
        points = OrientedPoints(file["points"], file["normals"])
    require_points(points)
    return points


def require_points(points: OrientedPoints) -> None:
    """A Failure when there are too few for a surface."""
    if len(points) < POINTS_MIN:
        message = (
            f"The photos agree on only {len(points)} points, too few for a surface. Take more photos, closer "
            "together, of a thing with visible texture."
        )
        raise Failure("cameras_unreliable", message)


def thin(points: OrientedPoints, cell: float) -> OrientedPoints:
    """One point per cube of side `cell` (scene units): the mean of those in it. Cells whose normals cancel out are left
    out."""
    low = points.positions.min(axis=0)
    key = np.zeros(len(points), np.int64)
    for start in range(0, len(points), CHUNK):
        part = slice(start, start + CHUNK)
        index = ((points.positions[part] - low) / cell).astype(np.int64)
        key[part] = (index[:, 0] << 42) | (index[:, 1] << 21) | index[:, 2]
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.concatenate(([0], np.flatnonzero(key[1:] != key[:-1]) + 1))
    counts = np.diff(np.append(starts, len(key)))
    positions = np.add.reduceat(points.positions[order] - low, starts) / counts[:, None] + low
    normals = np.add.reduceat(points.normals[order], starts) / counts[:, None]
    length = np.linalg.norm(normals, axis=1)
    clear = length > 0.2
    return OrientedPoints(
        positions[clear].astype(np.float32), (normals[clear] / length[clear, None]).astype(np.float32)
    )


def without_outliers(points: OrientedPoints, neighbours: int = 16, deviations: float = 2.0) -> OrientedPoints:
    """Leaves out points whose mean distance to their `neighbours` exceeds the average by so many standard
    deviations."""
    from scipy.spatial import cKDTree

    if len(points) <= neighbours:
        return points
    distances, _ = cKDTree(points.positions).query(
        points.positions, k=neighbours + 1, workers=pool.processors()
    )
    mean = distances[:, 1:].mean(axis=1)
    return points.at(mean <= mean.mean() + deviations * mean.std())
