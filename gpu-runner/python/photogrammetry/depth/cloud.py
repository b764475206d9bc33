"""The points of all views, thinned while they come in, so that memory does not grow with the number of views."""

from typing import NamedTuple

import numpy as np

from photogrammetry.depth.kernels import voxels


class Cloud(NamedTuple):
    """`positions` and `normals` (n, 3) float32 in scene units, `colors` (n, 3) uint8, `confidence` (n,) uint8."""

    positions: np.ndarray
    normals: np.ndarray
    colors: np.ndarray
    confidence: np.ndarray


class VoxelCloud:
    """One point per voxel of side `voxel`: the weighted mean of what fell into it. When more than `most` voxels are
    filled, voxels grow."""

    GROWTH = 1.3
    FIRST_SLOTS = 1 << 16

    def __init__(self, voxel: float, origin: np.ndarray, most: int):
        self.voxel, self._origin, self._most = voxel, origin.astype(np.float64), most
        self._table, self._filled = _new_table(self.FIRST_SLOTS), 0

    def add(
        self, positions: np.ndarray, normals: np.ndarray, colors: np.ndarray, weight: np.ndarray, confidence: np.ndarray
    ) -> None:
        """Adds points: positions and normals (n, 3), colors (n, 3) uint8, weight (n,) > 0, confidence (n,) uint8."""
        points = np.empty((len(positions), voxels.SUMS), np.float32)
        points[:, :3], points[:, 3:6], points[:, 6:9], points[:, 9] = positions - self._origin, normals, colors, 1
        points *= weight[:, None].astype(np.float32)
        self._make_room(len(points))
        self._filled += voxels.add_points(self._table, points, confidence.astype(np.uint8), np.float32(self.voxel))
        while self._filled > self._most:
            self.voxel *= self.GROWTH
            self._rebuild(len(self._table.keys))

    def points(self) -> Cloud:
        """What was gathered, in the order of the voxels in space."""
        filled = np.flatnonzero(self._table.keys != voxels.EMPTY)
        filled = filled[np.argsort(self._table.keys[filled])]
        sums = self._table.sums[filled]
        weight = sums[:, 9:]
        normals = sums[:, 3:6] / np.maximum(np.linalg.norm(sums[:, 3:6], axis=1, keepdims=True), 1e-12)
        positions = (sums[:, :3] / weight + self._origin).astype(np.float32)
        colors = np.clip(np.rint(sums[:, 6:9] / weight), 0, 255).astype(np.uint8)
        return Cloud(positions, normals.astype(np.float32), colors, self._table.confidence[filled])

    def _make_room(self, coming: int) -> None:
        slots = len(self._table.keys)
        while (self._filled + coming) * 4 > slots * 3:
            slots *= 2
        if slots > len(self._table.keys):
            self._rebuild(slots)

    def _rebuild(self, slots: int) -> None:
        old, self._table = self._table, _new_table(slots)
        filled = np.flatnonzero(old.keys != voxels.EMPTY)
        self._filled = voxels.add_points(self._table, old.sums[filled], old.confidence[filled], np.float32(self.voxel))


def _new_table(slots: int) -> voxels.Table:
    keys = np.full(slots, voxels.EMPTY, np.int64)
    return voxels.Table(keys, np.zeros((slots, voxels.SUMS), np.float32), np.zeros(slots, np.uint8))
