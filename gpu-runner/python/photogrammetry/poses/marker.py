"""The scale from printed markers (ArUco, dictionary 4x4_50): their corners triangulated with the poses, their sides
measured."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pycolmap

MIN_VIEWS = 2
MIN_SIDE_PX = 24
"""A 4x4 marker has six modules a side with its border; below four pixels a module corners are guesses."""
MAX_CORNER_ERROR_PX = 3.0
CORNER_BIAS_PX = 0.25
"""Corners are found this much too far in, the same in all photos (bench sets of 480 px, sides of 51 px: scale 0.2 and
0.5 % too large; with cornerSubPix instead of AprilTag's line fit 0.4 and 1.0 %)."""
TOO_INEXACT_PERCENT = 3.0
SHORTEST_TO_LONGEST = 0.9
"""A marker's sides are equal; below this ratio it was misread or the paper is bent."""


@dataclass(frozen=True)
class Scale:
    """`error_percent`: one standard error."""

    metres_per_unit: float
    error_percent: float
    warning: str | None = None


def scale_from_markers(model: pycolmap.Reconstruction, photos: Path, side_m: float) -> Scale | str:
    """The scale, or a sentence that says why there is none."""
    seen = find_corners(model, photos)
    corners = {marker: triangulate_corners(model, views) for marker, views in seen.items() if len(views) >= MIN_VIEWS}
    sides = [side for found in corners.values() if found is not None for side in square_sides(found)]
    if not seen:
        return (
            "No ArUco marker of the dictionary 4x4_50 was found in the photos, so that the model has no real size. "
            "Print one with a white border, lay it flat beside the thing and keep it sharp in several photos."
        )
    if not sides:
        return "The marker is sharp in too few photos to be measured, so that the model has no real size."
    pixels = [side for views in seen.values() for corners in views.values() for side in _side_lengths(corners)]
    return scale_of_sides(np.array(sides), side_m, float(np.median(pixels)))


def scale_of_sides(sides: np.ndarray, side_m: float, side_px: float) -> Scale:
    """From measured sides `(n,)` in scene units, four of each marker: median. Error: the spread of the sides over √n,
    and what all corners have in common; `side_px` is the median side in the photos."""
    side = float(np.median(sides))
    scatter = 1.4826 * float(np.median(np.abs(sides - side))) / side / np.sqrt(len(sides))
    error = 100 * float(np.hypot(scatter, CORNER_BIAS_PX / side_px))
    spread = 100 * float((sides.max() - sides.min()) / side)
    warning = None
    if spread > TOO_INEXACT_PERCENT:
        warning = f"The marker's sides differ by {spread:.0f} %: lay it flat, larger in the photos."
    return Scale(side_m / side, error, warning)


def find_corners(model: pycolmap.Reconstruction, photos: Path) -> dict[int, dict[int, np.ndarray]]:
    """Marker id → image id → its four corners in pixels of the photo, `(4, 2)`, COLMAP's convention (+0.5)."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_APRILTAG
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), parameters)
    found: dict[int, dict[int, np.ndarray]] = {}
    for image_id in sorted(model.reg_image_ids()):
        grey = cv2.imread(str(photos / model.images[image_id].name), cv2.IMREAD_GRAYSCALE)
        quads, markers, _ = detector.detectMarkers(grey)
        for quad, marker in zip(quads, [] if markers is None else markers.ravel(), strict=True):
            corners = quad.reshape(4, 2).astype(np.float64) + 0.5
            if _side_lengths(corners).min() >= MIN_SIDE_PX:
                found.setdefault(int(marker), {})[image_id] = corners
    return found


def triangulate_corners(model: pycolmap.Reconstruction, views: dict[int, np.ndarray]) -> np.ndarray | None:
    """The corners in scene units, `(4, 3)`, each from the views that agree on it (RANSAC over pairs of views); None
    when one of them has no two such views."""
    corners = []
    for corner in range(4):
        point = _triangulate_corner(model, {image_id: pixels[corner] for image_id, pixels in views.items()})
        if point is None:
            return None
        corners.append(point)
    return np.array(corners)


def _triangulate_corner(model: pycolmap.Reconstruction, pixels: dict[int, np.ndarray]) -> np.ndarray | None:
    ids = sorted(pixels)
    best: list[int] = []
    for i, first in enumerate(ids):
        for second in ids[i + 1 :]:
            point = intersect_rays(*_rays(model, {first: pixels[first], second: pixels[second]}))
            errors = {image_id: _error_px(model, image_id, point, pixels[image_id]) for image_id in ids}
            agreeing = [image_id for image_id, error in errors.items() if error < MAX_CORNER_ERROR_PX]
            if len(agreeing) > len(best):
                best = agreeing
    if len(best) < MIN_VIEWS:
        return None
    return intersect_rays(*_rays(model, {image_id: pixels[image_id] for image_id in best}))


def _rays(model: pycolmap.Reconstruction, pixels: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    centers, directions = [], []
    for image_id, pixel in pixels.items():
        image = model.images[image_id]
        normalised = model.cameras[image.camera_id].cam_from_img(pixel)
        ray = image.cam_from_world().rotation.matrix().T @ np.array([*normalised, 1.0])
        centers.append(image.projection_center())
        directions.append(ray / np.linalg.norm(ray))
    return np.array(centers), np.array(directions)


def intersect_rays(centers: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The point nearest to all rays, least squares, `(3,)`. `centers`, `directions (n, 3)`, directions of length 1."""
    across = np.eye(3) - np.einsum("ni,nj->nij", directions, directions)
    return np.linalg.lstsq(across.sum(axis=0), np.einsum("nij,nj->i", across, centers), rcond=None)[0]


def _error_px(model: pycolmap.Reconstruction, image_id: int, point: np.ndarray, pixel: np.ndarray) -> float:
    projected = model.images[image_id].project_point(point)
    return float("inf") if projected is None else float(np.linalg.norm(projected - pixel))


def square_sides(corners: np.ndarray) -> list[float]:
    """Lengths of the four sides of `corners (4, 3)`; none when it is no square."""
    sides = _side_lengths(corners)
    return sides.tolist() if sides.min() > SHORTEST_TO_LONGEST * sides.max() else []


def _side_lengths(corners: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
