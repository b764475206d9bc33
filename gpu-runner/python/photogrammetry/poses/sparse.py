"""A sparse model from poses and verified matches: points triangulated anew from the matches that fit, then bundle
adjustment.

COLMAP's mappers keep points of wrong matches (repeated patterns) that bend the poses around them. Building the points
anew from only the pairs whose matches fit the poses, with tolerances that shrink, takes that bend out: on the set
`repeating` (24 photos, every 15°) the incremental mapper's model went from 10 right cameras of 24 to 23, at 4 CPU-s.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pycolmap

from .database import SceneDatabase, feature_pixel, read_keypoints, read_verified_pairs
from .epipolar import MatchedPair, consistent_matches, poses_of

MIN_PAIR_MATCHES = 15
"""Fewest fitting matches of a pair; as for its verification (match.py)."""
MIN_PAIR_SHARE = 0.5
"""Least share of a pair's verified matches that fit the poses. The shares are near 0 or near 1: RANSAC had kept
matches of one motion, which is the true one or not (set `repeating`, 1,048 pairs: 9 of 10 above 0.9 or below 0.1)."""
MIN_ANGLE_DEG = 1.5
"""Least angle between the rays of a point; COLMAP's default."""


@dataclass(frozen=True)
class Tolerance:
    """One pass of `rebuild`: `match_px` from the epipolar line, `point_px` of reprojection after the adjustment. Points
    that fewer than `adjusted_views` photos see have no say in the adjustment."""

    match_px: float
    point_px: float
    function_tolerance: float
    """Relative change of the cost at which bundle adjustment stops."""
    adjusted_views: int = 2


FIRST_PASSES = (Tolerance(12, 6, 1e-3), Tolerance(4, 3, 1e-4))
"""From a mapper's poses. 12 px: what its own resection allows (abs_pose_max_error)."""
LAST_PASS = Tolerance(2.5, 2.5, 1e-6)
LONG_TRACK = 3
"""Views: two rays always meet somewhere, the third checks them."""
LONG_TRACKS_PASSES = (Tolerance(4, 3, 1e-4, LONG_TRACK), Tolerance(2.5, 2.5, 1e-6, LONG_TRACK))
"""After the last pass, where a pattern repeats. 4 px: poses that wrong matches drew aside come back."""


@dataclass(frozen=True)
class MatchedScene:
    """What `match` found. `pixel`: pixels of the photos per pixel of the pictures the features were found in, at
    least 1; tolerances in pixels are multiplied by it."""

    keypoints: dict[int, np.ndarray]
    pairs: list[MatchedPair]
    cache: pycolmap.DatabaseCache
    pixel: float


def load_matched_scene(path: Path) -> MatchedScene:
    """Reads `sfm/database.db`."""
    pairs = [MatchedPair(a, b, np.asarray(found.inlier_matches)) for a, b, found in read_verified_pairs(path)]
    options = pycolmap.DatabaseCacheOptions()
    options.load_all_images = True
    with SceneDatabase(path) as database:
        cache = pycolmap.DatabaseCache.create(database, options)
    sizes = [{"width": camera.width, "height": camera.height} for camera in cache.cameras.values()]
    return MatchedScene(read_keypoints(path), pairs, cache, feature_pixel(sizes))


def model_with(
    scene: MatchedScene, poses: dict[int, pycolmap.Rigid3d], cameras: Iterable[pycolmap.Camera]
) -> pycolmap.Reconstruction:
    """A model without points: `poses` (camera from world) by image id; the other images are there, but not
    registered."""
    model = pycolmap.Reconstruction()
    model.load(scene.cache)
    for camera in cameras:
        model.cameras[camera.camera_id].model = camera.model
        model.cameras[camera.camera_id].params = camera.params
    for image_id, pose in poses.items():
        frame = model.frames[image_id]
        frame.set_cam_from_world(model.images[image_id].camera_id, pose)
        model.register_frame(image_id)
    return model


def poses_in(model: pycolmap.Reconstruction) -> dict[int, pycolmap.Rigid3d]:
    """Camera from world by image id, of the registered images."""
    return {image_id: model.images[image_id].cam_from_world() for image_id in sorted(model.reg_image_ids())}


def fitting_pairs(scene: MatchedScene, model: pycolmap.Reconstruction, tolerance_px: float) -> list[MatchedPair]:
    """The pairs whose matches mostly fit the model's poses, with the matches that do."""
    poses = poses_of(model, scene.keypoints)
    kept = []
    for pair in scene.pairs:
        if pair.a in poses.R and pair.b in poses.R:
            fits = consistent_matches(poses, pair, tolerance_px * scene.pixel)
            if fits.sum() >= MIN_PAIR_MATCHES and fits.mean() >= MIN_PAIR_SHARE:
                kept.append(MatchedPair(pair.a, pair.b, pair.matches[fits]))
    return kept


def rebuild(
    scene: MatchedScene, model: pycolmap.Reconstruction, passes: Iterable[Tolerance]
) -> pycolmap.Reconstruction:
    """A new model from the poses and lenses of `model`: per pass, points from the pairs that fit, and bundle
    adjustment."""
    for tolerance in passes:
        pairs = fitting_pairs(scene, model, tolerance.match_px)
        model = model_with(scene, poses_in(model), model.cameras.values())
        observations = triangulate(model, pairs)
        observations.filter_all_points3D(2 * tolerance.match_px * scene.pixel, MIN_ANGLE_DEG)
        if model.num_points3D() == 0:
            return model
        removed = remove_short_tracks(model, tolerance.adjusted_views)
        adjust(model, scene, tolerance.function_tolerance)
        if removed:
            observations = triangulate(model, fitting_pairs(scene, model, tolerance.match_px))
        observations.filter_all_points3D(tolerance.point_px * scene.pixel, MIN_ANGLE_DEG)
    return model


def remove_short_tracks(model: pycolmap.Reconstruction, views: int) -> int:
    """Deletes the points that fewer than `views` photos see; how many those were."""
    short = [point_id for point_id in model.point3D_ids() if model.points3D[point_id].track.length() < views]
    for point_id in short:
        model.delete_point3D(point_id)
    return len(short)


def triangulate(model: pycolmap.Reconstruction, pairs: list[MatchedPair]) -> pycolmap.ObservationManager:
    """Points of all tracks that the pairs' matches make, added to those that `model` has."""
    graph = pycolmap.CorrespondenceGraph()
    for image_id in sorted(model.images):
        graph.add_image(image_id, model.images[image_id].num_points2D())
    for pair in pairs:
        geometry = pycolmap.TwoViewGeometry()
        geometry.config = pycolmap.TwoViewGeometryConfiguration.CALIBRATED
        geometry.inlier_matches = pair.matches.astype(np.uint32)
        graph.add_two_view_geometry(pair.a, pair.b, geometry)
    graph.finalize()
    observations = pycolmap.ObservationManager(model, graph)
    triangulator = pycolmap.IncrementalTriangulator(graph, model, observations)
    options = pycolmap.IncrementalTriangulatorOptions()
    options.random_seed = 0
    options.ignore_two_view_tracks = False
    for image_id in sorted(model.reg_image_ids()):
        triangulator.triangulate_image(options, image_id)
    triangulator.complete_all_tracks(options)
    triangulator.merge_all_tracks(options)
    return observations


def adjust(model: pycolmap.Reconstruction, scene: MatchedScene, function_tolerance: float) -> None:
    """Bundle adjustment of poses, points and lenses (not the principal point) with a robust loss (Cauchy, 1 px)."""
    options = pycolmap.BundleAdjustmentOptions()
    options.print_summary = False
    options.ceres.loss_function_type = pycolmap.LossFunctionType.CAUCHY
    options.ceres.loss_function_scale = scene.pixel
    solver = options.ceres.solver_options
    solver.num_threads = 1
    solver.max_num_iterations = 30
    solver.function_tolerance = function_tolerance
    config = pycolmap.BundleAdjustmentConfig()
    for image_id in sorted(model.reg_image_ids()):
        config.add_image(image_id)
    config.fix_gauge(pycolmap.BundleAdjustmentGauge.TWO_CAMS_FROM_WORLD)
    # Not pycolmap.bundle_adjustment: it sets the level of COLMAP's log back and fills the job's.
    pycolmap.create_default_bundle_adjuster(options, config, model).solve()
