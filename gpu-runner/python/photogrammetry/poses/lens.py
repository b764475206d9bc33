"""A better lens for the settled poses: more distortion terms, where the photos pay for them; and what to say of a focal
length in EXIF that they contradict."""

from typing import Any

import numpy as np
import pycolmap

from .database import OPENCV_MIN_PHOTOS
from .sparse import LAST_PASS, MatchedScene, Tolerance, model_with, poses_in, rebuild

RADIAL_MIN_PHOTOS = 8
MIN_GAIN = 0.03
"""Least relative drop of the squared reprojection error for a richer lens. Where the simple one is right, more terms
took off less than 1 % (set `repeating`, no distortion)."""
EXIF_OFF = 0.2
"""Relative difference of focal lengths from which EXIF is called wrong: the 35 mm equivalents of phones are rounded, and
mean the diagonal on some."""
LENS_PASS = Tolerance(2 * LAST_PASS.match_px, LAST_PASS.point_px, LAST_PASS.function_tolerance)


def refine_lens(scene: MatchedScene, model: pycolmap.Reconstruction) -> pycolmap.Reconstruction:
    """`model`, or one with RADIAL (k1, k2) or OPENCV (k1, k2, p1, p2, two focal lengths) for all its cameras. Matches
    that the simple lens left out come back: the points are made anew."""
    fewest = min(_photos_per_camera(model).values(), default=0)
    if fewest < RADIAL_MIN_PHOTOS:
        return model
    richer = _with_lens(scene, model, "OPENCV" if fewest >= OPENCV_MIN_PHOTOS else "RADIAL")
    return richer if _squared_error(richer) < (1 - MIN_GAIN) * _squared_error(model) else model


def _with_lens(scene: MatchedScene, model: pycolmap.Reconstruction, name: str) -> pycolmap.Reconstruction:
    cameras = [enriched(camera, name) for camera in model.cameras.values()]
    return rebuild(scene, model_with(scene, poses_in(model), cameras), (LENS_PASS,))


def enriched(camera: pycolmap.Camera, name: str) -> pycolmap.Camera:
    """The same lens in a model with more terms; the new ones are 0. From SIMPLE_RADIAL (f, cx, cy, k)."""
    f, cx, cy, k = camera.params[:4]
    richer = pycolmap.Camera.create_from_model_name(camera.camera_id, name, f, camera.width, camera.height)
    richer.params = {"RADIAL": [f, cx, cy, k, 0.0], "OPENCV": [f, f, cx, cy, k, 0.0, 0.0, 0.0]}[name]
    return richer


def _photos_per_camera(model: pycolmap.Reconstruction) -> dict[int, int]:
    counts: dict[int, int] = {}
    for image_id in model.reg_image_ids():
        camera_id = model.images[image_id].camera_id
        counts[camera_id] = counts.get(camera_id, 0) + 1
    return counts


def _squared_error(model: pycolmap.Reconstruction) -> float:
    """Median over the points that three views see: not drawn by the few wrong ones."""
    model.update_point_3d_errors()
    points = (model.points3D[point_id] for point_id in model.point3D_ids())
    errors = [point.error for point in points if point.track.length() >= 3]
    return float(np.median(np.square(errors))) if errors else float("inf")


def lens_warnings(cameras: list[dict[str, Any]]) -> list[str]:
    """What a user should know of the lenses; `cameras` as in `poses.json`."""
    return [
        f"EXIF gives {camera['photos']} photos a focal length of {camera['priorFocalPx']:.0f} px, but they show one of "
        f"{camera['focalPx']:.0f} px, which is used: the EXIF is wrong, or the photos were cropped."
        for camera in cameras
        if camera["priorFocalPx"] and abs(camera["priorFocalPx"] / camera["focalPx"] - 1) > EXIF_OFF
    ]
