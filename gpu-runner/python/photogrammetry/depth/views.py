"""Views of the undistorted scene at the size of the depth maps."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from photogrammetry.failure import Failure
from photogrammetry.scene import Scene


@dataclass(frozen=True)
class Camera:
    """A pinhole: x_cam = R · x_world + t. `intrinsics` are (fx, fy, cx, cy) in array indices: a pixel's centre is a
    whole number. Width and height are those of the depth map."""

    photo: int
    width: int
    height: int
    intrinsics: np.ndarray
    R: np.ndarray
    t: np.ndarray

    @classmethod
    def planned(cls, entry: dict[str, Any]) -> "Camera":
        """The camera of an entry of `depth/plan.json`."""
        arrays = {name: np.array(entry[name], np.float64) for name in ("intrinsics", "R", "t")}
        return cls(entry["photo"], entry["width"], entry["height"], **arrays)

    def at_size(self, width: int, height: int) -> np.ndarray:
        """Intrinsics for the same picture at another size."""
        x, y = width / self.width, height / self.height
        fx, fy, cx, cy = self.intrinsics
        return np.array([fx * x, fy * y, (cx + 0.5) * x - 0.5, (cy + 0.5) * y - 0.5])

    def relative(self, other: "Camera") -> tuple[np.ndarray, np.ndarray]:
        """R and t that take points from this camera's frame to the other's."""
        R = other.R @ self.R.T
        return R, other.t - R @ self.t


@dataclass(frozen=True)
class View:
    """A camera and what it saw: `gray` (h, w) uint8; `mask` (h, w) uint8, > 0 where the subject is, or None."""

    camera: Camera
    gray: np.ndarray
    mask: np.ndarray | None


def matrix(intrinsics: np.ndarray) -> np.ndarray:
    """The 3×3 calibration matrix of (fx, fy, cx, cy)."""
    fx, fy, cx, cy = intrinsics
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], np.float64)


def read_picture(scene: Scene, entry: dict[str, Any], colour: bool) -> np.ndarray:
    """An undistorted picture at the depth map's size: (h, w, 3) RGB or (h, w) uint8."""
    path = scene.directory / "undistorted" / "images" / entry["image"]
    size = entry["width"], entry["height"]
    # JPEG can be decoded at a half or a quarter of its size, for a fraction of the time.
    flag = cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE
    reduced = {
        2: cv2.IMREAD_REDUCED_COLOR_2 if colour else cv2.IMREAD_REDUCED_GRAYSCALE_2,
        4: cv2.IMREAD_REDUCED_COLOR_4 if colour else cv2.IMREAD_REDUCED_GRAYSCALE_4,
    }
    for factor in (2, 4):
        if entry["fullWidth"] >= factor * size[0]:
            flag = reduced[factor]
    picture = cv2.imread(str(path), flag)
    if picture is None:
        raise Failure("engine_failed", f"The undistorted photo {entry['image']} can't be read.", retryable=True)
    if picture.shape[1::-1] != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) if colour else picture


def read_mask(scene: Scene, entry: dict[str, Any]) -> np.ndarray | None:
    """(h, w) uint8, 255 where the subject is, at the depth map's size; None when the photo has no mask."""
    path = scene.directory / "undistorted" / "masks" / f"{entry['photo']:06d}.png"
    if not path.exists():
        return None
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise Failure("engine_failed", f"The mask {path.name} can't be read.", retryable=True)
    mask = cv2.resize(mask, (entry["width"], entry["height"]), interpolation=cv2.INTER_AREA)
    return np.where(mask > 127, 255, 0).astype(np.uint8)


def read_view(scene: Scene, entry: dict[str, Any]) -> View:
    """The view of an entry of `depth/plan.json`."""
    return View(Camera.planned(entry), read_picture(scene, entry, colour=False), read_mask(scene, entry))
