"""`depth`: the depth map of one view, on one processor. Many processes do different views at once."""

import time
from typing import Any

import cv2
import numpy as np

from photogrammetry.child import Call
from photogrammetry.depth.maps import DepthMap
from photogrammetry.depth.patchmatch import Effort, estimate
from photogrammetry.depth.plan import PLAN, POINTS
from photogrammetry.depth.views import View, read_view
from photogrammetry.presets import PRESETS
from photogrammetry.scene import Scene

MAX_COST = 0.8
"""Worse than this a pixel counts as not measured. `fuse` is stricter where no other view agrees."""
SPECKLE_SHARE = 1 / 8000
MIN_SPECKLE = 20
"""Islands of fewer pixels (or a smaller share of them) are noise."""
STEEPEST = 6.0
"""Neighbouring pixels belong together when the surface between them is no steeper: the tangent of its slant (80°)."""


def without_islands(depth: np.ndarray, focal_px: float) -> np.ndarray:
    """`depth` (h, w) with 0 in place of small groups of pixels that stand alone in depth."""
    known = depth > 0
    if not known.any():
        return depth
    nearest = depth[known].min()
    levels = np.zeros(depth.shape, np.int16)
    levels[known] = np.maximum(nearest / depth[known] * 30_000, 1)
    smallest = max(MIN_SPECKLE, round(depth.size * SPECKLE_SHARE))
    cv2.filterSpeckles(levels, 0, smallest, 30_000 * STEEPEST / focal_px)
    return np.where(levels > 0, depth, 0).astype(np.float32)


def measured(view: View, depth: np.ndarray, cost: np.ndarray, reach: tuple[float, float]) -> np.ndarray:
    """`depth` with 0 where the pictures don't agree, at the ends of the range `reach`, outside the mask and in small
    islands."""
    near, far = reach
    good = (cost < MAX_COST) & (depth > near * 1.001) & (depth < far * 0.999)
    if view.mask is not None:
        good &= view.mask > 0
    return without_islands(np.where(good, depth, 0).astype(np.float32), view.camera.intrinsics[0])


def estimate_depth(call: Call) -> dict[str, Any]:
    """Serves `depth`: writes `depth/<photo>.npz`; answers the share of pixels that were measured and the CPU time it
    took."""
    started = time.process_time()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        share = _estimate(call)
    finally:
        cv2.setNumThreads(threads)
    return {"measured": share, "cpuSeconds": time.process_time() - started}


def _estimate(call: Call) -> float:
    """Writes the map; returns the share of the pixels in use that were measured."""
    scene = Scene(call.request["sceneDir"])
    preset = PRESETS[call.request["quality"]]
    photo = call.request["photo"]
    entries = {entry["photo"]: entry for entry in scene.read_json(PLAN)["views"]}
    entry = entries[photo]
    view = read_view(scene, entry)
    sources = [read_view(scene, entries[source]) for source in entry["sources"]]
    with np.load(scene.path(POINTS)) as points:
        uvz = points[str(photo)]
    reach = entry["near"], entry["far"]
    effort = Effort(*preset.depth_rounds)
    depth, normal, cost = estimate(view, sources, reach, uvz, effort, call.request["seed"], call.progress)
    depth = measured(view, depth, cost, reach)
    DepthMap(depth, normal, cost).write(scene.path("depth", f"{photo:06d}.npz"))
    in_use = depth.size if view.mask is None else max(np.count_nonzero(view.mask), 1)
    return np.count_nonzero(depth) / in_use
