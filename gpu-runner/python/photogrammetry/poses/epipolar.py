"""Do verified matches fit the poses? The epipolar geometry of two poses against the matches of the pair.

Notation: R, t turn points of the first camera's frame into the second's, `x_b = R x_a + t`; E = [t]× R (Hartley &
Zisserman, Multiple View Geometry, 2nd ed., 9.6). Normalised coordinates are pixels without the camera: `x_a ∝ K⁻¹
(undistorted pixel)`.
"""

from dataclasses import dataclass

import numpy as np
import pycolmap

NO_BASELINE = 1e-12
"""Of the distance to the origin: rounding."""


@dataclass(frozen=True)
class MatchedPair:
    """Verified matches of two images, a < b: `matches (n, 2)` are the indices of the features in a and b."""

    a: int
    b: int
    matches: np.ndarray


def cross_matrix(t: np.ndarray) -> np.ndarray:
    """[t]×: `cross_matrix(t) @ x = t × x`."""
    return np.array([[0.0, -t[2], t[1]], [t[2], 0.0, -t[0]], [-t[1], t[0], 0.0]])


def essential_matrix(R_a: np.ndarray, t_a: np.ndarray, R_b: np.ndarray, t_b: np.ndarray) -> np.ndarray:
    """E of two cameras `x_cam = R x_world + t`, so that `x_bᵀ E x_a = 0`. Its scale is that of the baseline; 0 for
    two cameras at one place (up to rounding), which have no epipolar geometry."""
    R = R_b @ R_a.T
    t = t_b - R @ t_a
    if np.linalg.norm(t) < NO_BASELINE * (np.linalg.norm(t_a) + np.linalg.norm(t_b)):
        t = np.zeros(3)
    return cross_matrix(t) @ R


def sampson_distances(E: np.ndarray, points_a: np.ndarray, points_b: np.ndarray) -> np.ndarray:
    """First-order distance of each match from the epipolar geometry (Hartley & Zisserman 11.4.3), `(n,)`, in the
    units of the normalised coordinates `points_* (n, 2)`. A baseline of 0 gives infinity."""
    x_a = np.column_stack([points_a, np.ones(len(points_a))])
    x_b = np.column_stack([points_b, np.ones(len(points_b))])
    line_b, line_a = x_a @ E.T, x_b @ E
    numerator = np.abs(np.einsum("ij,ij->i", x_b, line_b))
    denominator = np.sqrt(line_b[:, 0] ** 2 + line_b[:, 1] ** 2 + line_a[:, 0] ** 2 + line_a[:, 1] ** 2)
    return np.where(denominator > 0, numerator / np.maximum(denominator, 1e-300), np.inf)


def in_front_of_both(
    R_a: np.ndarray, t_a: np.ndarray, R_b: np.ndarray, t_b: np.ndarray, points_a: np.ndarray, points_b: np.ndarray
) -> np.ndarray:
    """Whether the rays of each match meet in front of both cameras, `(n,)` bool: the sign of the depths that solve
    `depth_b x_b = depth_a R x_a + t` in the least-squares sense."""
    R = R_b @ R_a.T
    t = t_b - R @ t_a
    ray_a = np.column_stack([points_a, np.ones(len(points_a))]) @ R.T
    ray_b = np.column_stack([points_b, np.ones(len(points_b))])
    aa, bb, ab = _dot(ray_a, ray_a), _dot(ray_b, ray_b), _dot(ray_a, ray_b)
    at, bt = ray_a @ t, ray_b @ t
    determinant = aa * bb - ab * ab
    return ((ab * bt - bb * at) * np.sign(determinant) > 0) & ((aa * bt - ab * at) * np.sign(determinant) > 0)


def _dot(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", first, second)


@dataclass(frozen=True)
class Poses:
    """Poses and lenses that matches are held against: `R`, `t` per image (`x_cam = R x_world + t`), and the features'
    normalised coordinates per image, `(n, 2)`; `focal_px` turns distances of normalised coordinates into pixels."""

    R: dict[int, np.ndarray]
    t: dict[int, np.ndarray]
    normalised: dict[int, np.ndarray]
    focal_px: dict[int, float]


def poses_of(model: pycolmap.Reconstruction, keypoints: dict[int, np.ndarray]) -> Poses:
    """What of a COLMAP model the checks need. `keypoints`: pixels per image id."""
    R, t, normalised, focal = {}, {}, {}, {}
    for image_id in sorted(model.reg_image_ids()):
        image = model.images[image_id]
        camera = model.cameras[image.camera_id]
        matrix = image.cam_from_world().matrix()
        R[image_id], t[image_id] = matrix[:, :3], matrix[:, 3]
        normalised[image_id] = np.asarray(camera.cam_from_img(keypoints[image_id]))
        focal[image_id] = camera.mean_focal_length()
    return Poses(R, t, normalised, focal)


def consistent_matches(poses: Poses, pair: MatchedPair, tolerance_px: float) -> np.ndarray:
    """Which matches of a pair fit the poses of both images: near the epipolar line and in front, `(n,)` bool."""
    points_a = poses.normalised[pair.a][pair.matches[:, 0]]
    points_b = poses.normalised[pair.b][pair.matches[:, 1]]
    camera_a, camera_b = (poses.R[pair.a], poses.t[pair.a]), (poses.R[pair.b], poses.t[pair.b])
    focal = (poses.focal_px[pair.a] + poses.focal_px[pair.b]) / 2
    near = focal * sampson_distances(essential_matrix(*camera_a, *camera_b), points_a, points_b) < tolerance_px
    return near & in_front_of_both(*camera_a, *camera_b, points_a, points_b)
