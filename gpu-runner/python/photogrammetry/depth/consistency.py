"""What the views' depth maps say of each other."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from photogrammetry.depth.kernels import confirm as kernels
from photogrammetry.depth.kernels.patchmatch import Planes
from photogrammetry.depth.maps import DepthMap
from photogrammetry.depth.views import Camera, matrix
from photogrammetry.scene import Scene

MAX_DEPTH_STEP = 0.01
MAX_REPROJECTION_PX = 1.5
"""At depth maps of 640 px; larger ones scale it by the square root, since matching gets no better with every pixel."""


def planes_of(camera: Camera, depth_map: DepthMap) -> Planes:
    """The depth map's planes in inverse depth (kernels/patchmatch.py); w = 0 where there is no depth."""
    fx, fy, cx, cy = camera.intrinsics.astype(np.float32)
    known = depth_map.depth > 0
    w = np.where(known, 1 / np.where(known, depth_map.depth, 1), 0).astype(np.float32)
    normal = depth_map.normal.astype(np.float32)
    height, width = w.shape
    ray_x = ((np.arange(width, dtype=np.float32) - cx) / fx)[None, :]
    ray_y = ((np.arange(height, dtype=np.float32) - cy) / fy)[:, None]
    along = normal[..., 0] * ray_x + normal[..., 1] * ray_y + normal[..., 2]
    # 1/z = w·(n·ray)/(n·ray₀): its gradient over pixels is w·n/(n·ray₀)/f.
    scale = np.where(np.abs(along) > 0.02, w / np.where(along == 0, 1, along), 0).astype(np.float32)
    cost = np.asarray(depth_map.cost, np.float32)
    return Planes(w, normal[..., 0] * scale / fx, normal[..., 1] * scale / fy, cost)


class DepthMaps:
    """Reads the depth maps of the plan's views when they are needed, and keeps the last ones, up to `most_bytes`."""

    def __init__(self, scene: Scene, entries: dict[int, dict[str, Any]], most_bytes: int):
        self._scene, self._entries, self._most_bytes = scene, entries, most_bytes
        self._kept: OrderedDict[int, Planes] = OrderedDict()
        self._bytes = 0

    def planes(self, photo: int) -> Planes:
        """The depth map of a photo as planes."""
        if photo in self._kept:
            self._kept.move_to_end(photo)
            return self._kept[photo]
        depth_map = DepthMap.read(self._scene.path("depth", f"{photo:06d}.npz"))
        planes = planes_of(Camera.planned(self._entries[photo]), depth_map)
        self._bytes += _size(planes)
        while self._kept and self._bytes > self._most_bytes:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        self._kept[photo] = planes
        return planes


def _size(planes: Planes) -> int:
    return sum(array.nbytes for array in planes)


def pair(camera: Camera, other: Camera) -> kernels.Pair:
    """How pixels of `camera` go to `other` and back."""
    R, t = camera.relative(other)
    K, other_K = matrix(camera.intrinsics), matrix(other.intrinsics)
    back_R, back_t = R.T, -R.T @ t
    max_px = MAX_REPROJECTION_PX * np.sqrt(max(max(camera.width, camera.height) / 640, 1))
    arrays = (other_K @ R @ np.linalg.inv(K), other_K @ t, K @ back_R @ np.linalg.inv(other_K), K @ back_t)
    M, V, back_M, back_V = (np.ascontiguousarray(array, np.float32) for array in arrays)
    return kernels.Pair(M, V, back_M, back_V, np.float32(MAX_DEPTH_STEP), np.float32(max_px))


@dataclass(frozen=True)
class Votes:
    """See kernels.Votes; `mean_w` is the inverse depth that the view and its agreeing neighbours measured, (h, w)
    float32."""

    agree: np.ndarray
    against: np.ndarray
    support: np.ndarray
    mean_w: np.ndarray


def votes(
    entry: dict[str, Any], entries: dict[int, dict[str, Any]], maps: DepthMaps, skip: set[int], step: int
) -> Votes:
    """What the neighbours of the plan's `entry`, but those in `skip`, say of its depth map; only each `step`th pixel of
    each `step`th row is asked."""
    camera, planes = Camera.planned(entry), maps.planes(entry["photo"])
    shape = planes.w.shape
    own = np.where(planes.w > 0, 1 / (0.05 + planes.cost), 0).astype(np.float32)
    counts = np.zeros((2, *shape), np.uint8)
    gathered = kernels.Votes(counts[0], counts[1], planes.w * own, own, np.full(shape, 2, np.float32))
    for photo in entry["neighbours"]:
        if photo not in skip:
            other = Camera.planned(entries[photo])
            kernels.confirm(planes, maps.planes(photo), pair(camera, other), gathered, step)
    mean = np.divide(gathered.sum_w, gathered.weight, out=np.zeros(shape, np.float32), where=gathered.weight > 0)
    return Votes(gathered.agree, gathered.against, gathered.support, mean)
