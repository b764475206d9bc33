"""Puts views that stand wrong where the other views' points say they are, until nothing moves."""

from dataclasses import dataclass

import numpy as np
import pycolmap

from .resection import Resection, point_table, resect
from .sparse import (
    FIRST_PASSES,
    LAST_PASS,
    LONG_TRACK,
    LONG_TRACKS_PASSES,
    MatchedScene,
    model_with,
    poses_in,
    rebuild,
)
from .ties import fitting_matches

ROUNDS = 4
MOVE_MIN_PERCENT = 0.1
"""A view is moved when its resection differs by more than this share of the distance to the scene. Right views of the
set `repeating` came back to within 0.05 %."""
MIN_SUPPORT = 30
"""Fewest features that fit a resection; COLMAP's own (abs_pose_min_num_inliers)."""
FAR_FACTOR = 20.0
"""A view farther from the middle of the views than this many times their median distance is lost: the global mapper
leaves such views at 13 to 30,000 times (set `repeating`)."""
LONG_TRACKS_BELOW = 0.97
"""Share of all verified matches that fit the poses (ties.py): below it the cameras are held by long tracks alone.
Points that two photos see pull a camera aside unseen where one pair of photos matched wrong: 43° apart, with 213
matches of which a third were right and all others lay along their epipolar lines, it drew two cameras of 24 by 0.26 %
and 0.14 % of the distance; held by long tracks, the worst is off by 0.04 %. Where no pattern repeats, the short
tracks make poses more exact (12 photos every 30°: 0.029 % instead of 0.052 %)."""


@dataclass(frozen=True)
class Repaired:
    """`resections` of all images that could be resected, in the final model; points that at least `held_by` views see
    have placed its cameras."""

    model: pycolmap.Reconstruction
    resections: dict[int, Resection]
    held_by: int = 2


def repair(scene: MatchedScene, model: pycolmap.Reconstruction, seed: int) -> Repaired:
    """The mapper's model without its bend, and with views moved or added that the others' points place clearly. Exact
    enough to compare and choose; `finish` makes the most of it."""
    poses = _without_lost(poses_in(model))
    model = rebuild(scene, model_with(scene, poses, model.cameras.values()), FIRST_PASSES)
    resections = resect_all(scene, model, seed)
    for _ in range(ROUNDS):
        moved = _moves(model, resections)
        if not moved:
            break
        poses = {**poses_in(model), **moved}
        model = rebuild(scene, model_with(scene, poses, model.cameras.values()), FIRST_PASSES[-1:])
        resections = resect_all(scene, model, seed)
    return Repaired(model, resections)


def finish(scene: MatchedScene, model: pycolmap.Reconstruction, seed: int) -> Repaired:
    """The last, exact pass."""
    return hold(scene, rebuild(scene, model, (LAST_PASS,)), seed)


def hold(scene: MatchedScene, model: pycolmap.Reconstruction, seed: int) -> Repaired:
    """An exact model as it is or, where a pattern repeats, with the cameras placed anew by long tracks alone."""
    fitting, matched = fitting_matches(scene, model)
    held_by = LONG_TRACK if fitting < LONG_TRACKS_BELOW * matched else 2
    if held_by > 2:
        model = rebuild(scene, model, LONG_TRACKS_PASSES)
    return Repaired(model, resect_all(scene, model, seed), held_by)


def resect_all(scene: MatchedScene, model: pycolmap.Reconstruction, seed: int) -> dict[int, Resection]:
    """Every image, also those that are not registered."""
    table = point_table(model)
    found = {image_id: resect(scene, model, table, image_id, seed) for image_id in sorted(model.images)}
    return {image_id: resection for image_id, resection in found.items() if resection}


def center_of(pose: pycolmap.Rigid3d) -> np.ndarray:
    """Camera centre `-Rᵀ t`, `(3,)`."""
    matrix = pose.matrix()
    return -matrix[:, :3].T @ matrix[:, 3]


def scene_distance(model: pycolmap.Reconstruction) -> float:
    """How far the views are from what they see: the median over all views of the median distance of their points.
    Lengths in percent are in percent of this."""
    points = {point_id: model.points3D[point_id].xyz for point_id in model.point3D_ids()}
    distances = []
    for image_id in model.reg_image_ids():
        image = model.images[image_id]
        seen = [points[point.point3D_id] for point in image.get_observation_points2D()]
        if seen:
            distances.append(np.median(np.linalg.norm(np.array(seen) - image.projection_center(), axis=1)))
    return float(np.median(distances)) if distances else 1.0


def _moves(model: pycolmap.Reconstruction, resections: dict[int, Resection]) -> dict[int, pycolmap.Rigid3d]:
    """New poses for the views that the others' points place elsewhere, with more support than they have."""
    distance = scene_distance(model)
    moves = {}
    for image_id, resection in resections.items():
        if resection.support < MIN_SUPPORT:
            continue
        image = model.images[image_id]
        if not image.has_pose:
            moves[image_id] = resection.pose
            continue
        shift = np.linalg.norm(center_of(resection.pose) - image.projection_center())
        if 100 * shift > MOVE_MIN_PERCENT * distance and resection.support >= resection.own:
            moves[image_id] = resection.pose
    return moves


def _without_lost(poses: dict[int, pycolmap.Rigid3d]) -> dict[int, pycolmap.Rigid3d]:
    centers = np.array([center_of(pose) for pose in poses.values()])
    away = np.linalg.norm(centers - np.median(centers, axis=0), axis=1)
    limit = FAR_FACTOR * np.median(away)
    return {image_id: pose for (image_id, pose), far in zip(poses.items(), away > limit, strict=True) if not far}
