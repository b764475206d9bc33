"""Is a view where the others would put it? Each view's pose found anew from the points that the other views made.

A view that stands wrong by a repeated pattern still fits the points it made itself. Left out, and placed by the
points of at least two other views, it goes elsewhere; a view that stands right comes back to its place.
(Leave-one-out resection, PnP in RANSAC.)
"""

from dataclasses import dataclass

import numpy as np
import pycolmap

from .sparse import MatchedScene

MIN_CANDIDATES = 12
"""Fewest 2D-3D matches with which resection is tried."""
MAX_ERROR_PX = 4.0
OTHERS_MIN_VIEWS = 2
"""A point counts when at least so many other views made it."""


@dataclass(frozen=True)
class Resection:
    """`support`: features of the view that fit the pose found; `own`: those that fit the pose it has; `rival`: those
    that fit the best pose for the rest of them; `candidates`: features that have a point at all."""

    pose: pycolmap.Rigid3d
    support: int
    own: int
    rival: int
    candidates: int


@dataclass(frozen=True)
class PointTable:
    """A model's points as arrays: `xyz (p, 3)`, `views (p,)`, and per registered image the point of each feature, -1
    = none."""

    xyz: np.ndarray
    views: np.ndarray
    of_feature: dict[int, np.ndarray]


def point_table(model: pycolmap.Reconstruction) -> PointTable:
    ids = sorted(model.point3D_ids())
    points = [model.points3D[point_id] for point_id in ids]
    of_feature = {
        image_id: np.full(model.images[image_id].num_points2D(), -1, dtype=np.int64)
        for image_id in sorted(model.reg_image_ids())
    }
    views = np.zeros(len(ids), dtype=np.int64)
    for index, point in enumerate(points):
        elements = point.track.elements
        views[index] = len({element.image_id for element in elements})
        for element in elements:
            of_feature[element.image_id][element.point2D_idx] = index
    xyz = np.array([point.xyz for point in points]).reshape(-1, 3)
    return PointTable(xyz, views, of_feature)


def resect(
    scene: MatchedScene, model: pycolmap.Reconstruction, table: PointTable, image_id: int, seed: int
) -> Resection | None:
    """The pose of one view from the other views' points; None when too few matches lead to such points."""
    features, points = _candidates(scene, table, image_id)
    if len(features) < MIN_CANDIDATES:
        return None
    camera = model.cameras[model.images[image_id].camera_id]
    pixels, xyz = scene.keypoints[image_id][features], table.xyz[points]
    tolerance = MAX_ERROR_PX * scene.pixel
    best = _estimate(pixels, xyz, camera, tolerance, seed)
    if best is None:
        return None
    pose, fits = best
    own = 0
    if model.images[image_id].has_pose:
        own = _support(features, _fits(pixels, xyz, camera, model.images[image_id].cam_from_world(), tolerance))
    rest = ~fits
    rival = _estimate(pixels[rest], xyz[rest], camera, tolerance, seed) if rest.sum() >= MIN_CANDIDATES else None
    return Resection(
        pose=pose,
        support=_support(features, fits),
        own=own,
        rival=_support(features[rest], rival[1]) if rival else 0,
        candidates=len(np.unique(features)),
    )


def _candidates(scene: MatchedScene, table: PointTable, image_id: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of the view and the points that their verified matches lead to, one row per feature and point,
    sorted."""
    rows = [np.empty((0, 2), dtype=np.int64)]
    others = table.views.copy()
    if image_id in table.of_feature:
        own_points = table.of_feature[image_id]
        others[np.unique(own_points[own_points >= 0])] -= 1
    for pair in scene.pairs:
        if image_id not in (pair.a, pair.b):
            continue
        mine, theirs = (0, 1) if image_id == pair.a else (1, 0)
        other = pair.b if image_id == pair.a else pair.a
        if other in table.of_feature:
            points = table.of_feature[other][pair.matches[:, theirs]]
            usable = points >= 0
            usable[usable] = others[points[usable]] >= OTHERS_MIN_VIEWS
            rows.append(np.column_stack([pair.matches[usable, mine].astype(np.int64), points[usable]]))
    unique = np.unique(np.concatenate(rows), axis=0)
    return unique[:, 0], unique[:, 1]


def _estimate(
    pixels: np.ndarray, xyz: np.ndarray, camera: pycolmap.Camera, tolerance: float, seed: int
) -> tuple[pycolmap.Rigid3d, np.ndarray] | None:
    options = pycolmap.AbsolutePoseEstimationOptions()
    options.ransac.max_error = tolerance
    options.ransac.random_seed = seed
    options.ransac.min_inlier_ratio = 0.05
    options.ransac.max_num_trials = 3000
    found = pycolmap.estimate_and_refine_absolute_pose(pixels, xyz, camera, options)
    return (found["cam_from_world"], np.asarray(found["inlier_mask"], dtype=bool)) if found else None


def _fits(
    pixels: np.ndarray, xyz: np.ndarray, camera: pycolmap.Camera, pose: pycolmap.Rigid3d, tolerance: float
) -> np.ndarray:
    matrix = pose.matrix()
    in_camera = xyz @ matrix[:, :3].T + matrix[:, 3]
    in_front = in_camera[:, 2] > 0
    fits = np.zeros(len(xyz), dtype=bool)
    projected = np.asarray(camera.img_from_cam(in_camera[in_front]))
    fits[in_front] = np.linalg.norm(projected - pixels[in_front], axis=1) < tolerance
    return fits


def _support(features: np.ndarray, fits: np.ndarray) -> int:
    """A feature whose matches lead to several points counts once."""
    return len(np.unique(features[fits]))
