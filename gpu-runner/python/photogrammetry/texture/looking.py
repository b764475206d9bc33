"""What a view can see of the surface, as the kernels want it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..depth.backdrop import read_backdrop
from ..scene import Scene
from ..surface.triangles import Mesh
from ..surface.views import View
from .kernels import draw_depth

BUFFER_SIDE = 1600
"""Longest side of the depth buffers."""
JUMP = 0.004
"""Jump in depth, as a share of it, at which one thing covers another. Taken of 1/z, which is linear on planes however
steep."""
EDGE_MARGIN = 0.002
"""In picture widths: so near to an edge, a pixel may show what is on its other side."""
MASK_MARGIN = 0.003
"""In picture widths: so near to a mask's edge, pixels are not used at all: masks are never exact."""
EDGE_RAMP = 0.012
"""In picture widths: from the margin on, so far until an edge doesn't count any more."""
EDGE_WEIGHT = 0.004
"""Of pixels at an edge: taken only when no other view has anything."""
COSINE_MIN = 0.1


@dataclass(frozen=True)
class Look:
    """A view with its depth buffer (h, w) and, in the same size, how far from edges each pixel is: 0 (not to be used)
    to 1."""

    view: View
    depth: np.ndarray
    clear: np.ndarray

    def arguments(self) -> tuple:
        """What the kernels take of a view, in their order."""
        view = self.view
        size = np.array([view.width, view.height], np.float64)
        lens = (view.focal.astype(np.float64), view.center.astype(np.float64), size)
        pose = (np.ascontiguousarray(view.position), np.ascontiguousarray(view.rotation), view.translation)
        return (*pose, *lens, self.depth, self.clear, COSINE_MIN)


def look(mesh: Mesh, view: View, mask: np.ndarray | None) -> Look:
    """Draws the mesh as a view sees it. `mask` (h, w) uint8, any size: pixels ≤ 127 are not to be used."""
    scale = min(1.0, BUFFER_SIDE / max(view.width, view.height))
    width, height = max(round(view.width * scale), 1), max(round(view.height * scale), 1)
    pixels, depths = view.project(mesh.vertices)
    pixels = (pixels * (width / view.width, height / view.height)).astype(np.float32)
    depth = draw_depth(pixels, depths.astype(np.float32), mesh.faces, height, width)
    return Look(view, depth, _clear(depth, mask))


def _clear(depth: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    height, width = depth.shape
    inverse = np.where(np.isfinite(depth), 1 / depth, 0).astype(np.float32)
    padded = cv2.copyMakeBorder(inverse, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    across = np.abs(padded[1:-1, :-2] - 2 * inverse + padded[1:-1, 2:])
    along = np.abs(padded[:-2, 1:-1] - 2 * inverse + padded[2:, 1:-1])
    free = np.maximum(across, along) <= JUMP * inverse
    usable = np.ones(depth.shape, bool)
    if mask is not None:
        inside = (cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
        reach = 2 * max(round(MASK_MARGIN * width), 2) + 1
        usable = cv2.erode(inside, np.ones((reach, reach), np.uint8), borderValue=1) > 0
        free &= usable
    distance = cv2.distanceTransform(free.astype(np.uint8), cv2.DIST_L2, 3)
    ramp = np.clip((distance / width - EDGE_MARGIN) / EDGE_RAMP, EDGE_WEIGHT, 1)
    return (ramp * usable).astype(np.float32)


class Photos:
    """The undistorted photos and masks, read one at a time."""

    def __init__(self, scene: Scene):
        self._scene = scene

    def read(self, view: View, scale: float = 1.0) -> np.ndarray:
        """A view's photo, RGB uint8, made smaller by `scale` ≤ 1."""
        # JPEG decodes at a half, a quarter or an eighth of its size in less time.
        reduce = next((factor for factor in (8, 4, 2) if scale * factor <= 1), 1)
        flag = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
        flags = flag.get(reduce, cv2.IMREAD_REDUCED_COLOR_8) | cv2.IMREAD_IGNORE_ORIENTATION
        picture = cv2.imread(str(self._scene.path("undistorted", "images", view.image)), flags)
        if picture is None:
            raise FileNotFoundError(f"undistorted/images/{view.image} can't be read")
        size = max(round(view.width * scale), 1), max(round(view.height * scale), 1)
        if (picture.shape[1], picture.shape[0]) != size:
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(picture[:, :, ::-1])

    def mask(self, view: View) -> np.ndarray | None:
        """What of it shows the thing (h, w) uint8: its mask without its backdrop. None when the whole photo counts."""
        path = self._scene.directory / "undistorted" / "masks" / Path(view.image).with_suffix(".png")
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.exists() else None
        behind = read_backdrop(self._scene, view.photo)
        if behind is None:
            return mask
        before = np.where(behind, 0, 255).astype(np.uint8)
        return before if mask is None else np.minimum(mask, cv2.resize(before, mask.shape[::-1]))
