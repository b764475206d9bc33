"""COLMAP's database of a scene (`sfm/database.db`): cameras and images of the photos, and reading back what was
matched.

The id of an image is the id of its photo. Cameras are numbered from 1 in the order in which their key first comes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pycolmap

from ..presets import FEATURE_SIDE

DEFAULT_FOCAL_FACTOR = 1.2
"""Focal length over the longest side when no photo of a camera tells it; COLMAP's own default (about 40° across)."""
OPENCV_MIN_PHOTOS = 20
"""From so many photos with one lens on, `lens.py` tries two radial and two tangential terms after the mapper. With
fewer, the terms take up noise. The mapper itself always starts with one radial term: it is stable from two photos
on."""
MAPPING_MODEL = "SIMPLE_RADIAL"


class SceneDatabase:
    """An open database that closes itself: `with SceneDatabase(path) as database`."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> pycolmap.Database:
        self._database = pycolmap.Database.open(str(self._path))
        return self._database

    def __exit__(self, *_: object) -> None:
        self._database.close()


def camera_ids(photos: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Camera key → COLMAP's camera id. Photos of one key have one size: a size of its own makes a camera of its own."""
    ids: dict[str, int] = {}
    for photo in photos:
        ids.setdefault(camera_key(photo), len(ids) + 1)
    return ids


def camera_key(photo: dict[str, Any]) -> str:
    """What photos must have in common to share intrinsics."""
    return f"{photo['camera']} {photo['width']}x{photo['height']}"


def prior_focal_px(photos: list[dict[str, Any]]) -> float | None:
    """Median of the focal lengths that the photos of one camera tell, pixels; None when none does."""
    known = [photo["focalPx"] for photo in photos if photo["focalPx"]]
    return float(np.median(known)) if known else None


def feature_pixel(sizes: Iterable[dict[str, Any]]) -> float:
    """Pixels of the largest photo per pixel of the pictures that features are found in, at least 1. `sizes`: photos, or
    anything with `width` and `height`."""
    return max(1.0, max(max(size["width"], size["height"]) for size in sizes) / FEATURE_SIDE)


def create_database(path: Path, photos: list[dict[str, Any]]) -> None:
    """A new database with the photos' cameras and images, one trivial rig per camera and one frame per image (COLMAP 4
    keeps poses in frames). An older file is replaced."""
    path.unlink(missing_ok=True)
    ids = camera_ids(photos)
    with SceneDatabase(path) as database:
        for key, camera_id in ids.items():
            members = [photo for photo in photos if camera_key(photo) == key]
            _write_camera(database, camera_id, members)
        for photo in photos:
            _write_image(database, photo, ids[camera_key(photo)])


def _write_camera(database: pycolmap.Database, camera_id: int, members: list[dict[str, Any]]) -> None:
    width, height = members[0]["width"], members[0]["height"]
    prior = prior_focal_px(members)
    focal = prior or DEFAULT_FOCAL_FACTOR * max(width, height)
    camera = pycolmap.Camera.create_from_model_name(camera_id, MAPPING_MODEL, focal, width, height)
    camera.has_prior_focal_length = prior is not None
    database.write_camera(camera, use_camera_id=True)
    rig = pycolmap.Rig()
    rig.rig_id = camera_id
    rig.add_ref_sensor(camera.sensor_id)
    database.write_rig(rig, use_rig_id=True)


def _write_image(database: pycolmap.Database, photo: dict[str, Any], camera_id: int) -> None:
    image = pycolmap.Image()
    image.image_id, image.name, image.camera_id = photo["id"], photo["image"], camera_id
    database.write_image(image, use_image_id=True)
    frame = pycolmap.Frame()
    frame.frame_id, frame.rig_id = photo["id"], camera_id
    frame.add_data_id(image.data_id)
    database.write_frame(frame, use_frame_id=True)


def read_keypoints(path: Path) -> dict[int, np.ndarray]:
    """Image id → `(n, 2)` float64 positions in pixels of the photo, COLMAP's convention (first pixel's centre at
    0.5)."""
    with SceneDatabase(path) as database:
        return {
            image.image_id: _positions(database.read_keypoints(image.image_id)) for image in database.read_all_images()
        }


def _positions(keypoints: np.ndarray) -> np.ndarray:
    return np.asarray(keypoints, dtype=np.float64)[:, :2] if len(keypoints) else np.empty((0, 2))


def read_verified_pairs(path: Path) -> Iterator[tuple[int, int, pycolmap.TwoViewGeometry]]:
    """Image ids a < b and geometry of every pair whose matches were verified, in the order of the ids."""
    with SceneDatabase(path) as database:
        pair_ids, geometries = database.read_two_view_geometries()
    for pair_id, geometry in sorted(zip(pair_ids, geometries, strict=True), key=lambda pair: pair[0]):
        if len(geometry.inlier_matches):
            first, second = pycolmap.pair_id_to_image_pair(pair_id)
            yield first, second, geometry
