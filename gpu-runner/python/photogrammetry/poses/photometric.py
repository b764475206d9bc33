"""Do the photos look alike where the poses say they must? Patches around points that one view made, looked up in another.

Matches can't tell a view that stands wrong by a repeated pattern (tiles, windows): all its matches fit. But from there it
would see what others see next to the pattern, and it doesn't. For two views the points of the one, that the other did not
help to make, are projected into the other; the patch around each, carried over by the plane through the point, is compared
(zero-mean normalised cross-correlation). Between right views most patches agree, whatever SIFT made of them; where one is
wrong hardly any do.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pycolmap
from scipy.spatial import cKDTree

SIDE_PX = 640
"""Pictures are compared at this size: poses that are off by a pixel or two still agree."""
PATCH_RADIUS_PX = 4
POINTS_PER_PAIR = 60
MAX_ANGLE_DEG = 40.0
"""Between the two views' rays to a point. Beyond it even right views look different, and hide much from each other."""
MAX_ZOOM = 2.0
NEIGHBOURS = 10
"""Views that each view is compared with: those that look most nearly the same way."""
AGREES_NCC = 0.6
MIN_CONTRAST = 3.0
"""Standard deviation of a patch in grey levels; flatter ones say nothing."""
NORMAL_POINTS = 12
"""Neighbours whose best plane is a point's surface."""


@dataclass(frozen=True)
class View:
    """One registered view at SIDE_PX: `scale` turns pixels of the camera into pixels of `grey`."""

    image_id: int
    R: np.ndarray
    t: np.ndarray
    center: np.ndarray
    camera: pycolmap.Camera
    grey: np.ndarray
    scale: float
    points: np.ndarray
    """Indices of the points it helped to make, sorted."""


@dataclass(frozen=True)
class PairLook:
    """Of `compared` patches of points of `source`, looked up in `target`, `agreeing` look the same."""

    source: int
    target: int
    compared: int
    agreeing: int


def compare_looks(model: pycolmap.Reconstruction, photos: Path, seed: int) -> list[PairLook]:
    """Every view's nearest neighbours in direction, both ways. Pairs with nothing to compare are left out."""
    ids = sorted(model.point3D_ids())
    if len(ids) <= NORMAL_POINTS:
        return []
    xyz = np.array([model.points3D[point_id].xyz for point_id in ids])
    index = {point_id: row for row, point_id in enumerate(ids)}
    views = [_load_view(model, image_id, photos, index) for image_id in sorted(model.reg_image_ids())]
    normals = surface_normals(xyz)
    random = np.random.default_rng(seed)
    looks = []
    for target in views:
        for source in _neighbours(target, views):
            look = _compare(source, target, xyz, normals, random)
            if look.compared:
                looks.append(look)
    return looks


def surface_normals(xyz: np.ndarray) -> np.ndarray:
    """Normal of the best plane through each point's neighbours, `(n, 3)`, of either sign."""
    _, neighbours = cKDTree(xyz).query(xyz, k=NORMAL_POINTS)
    around = xyz[neighbours] - xyz[neighbours].mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
    return vectors[:, :, 0]


def _load_view(model: pycolmap.Reconstruction, image_id: int, photos: Path, index: dict[int, int]) -> View:
    image = model.images[image_id]
    camera = model.cameras[image.camera_id]
    matrix = image.cam_from_world().matrix()
    grey = cv2.imread(str(photos / image.name), cv2.IMREAD_GRAYSCALE)
    scale = min(1.0, SIDE_PX / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    seen = sorted({index[point.point3D_id] for point in image.get_observation_points2D()})
    center = -matrix[:, :3].T @ matrix[:, 3]
    points = np.array(seen, dtype=np.int64)
    return View(image_id, matrix[:, :3], matrix[:, 3], center, camera, small, scale, points)


def _neighbours(target: View, views: list[View]) -> list[View]:
    others = [view for view in views if view.image_id != target.image_id]
    return sorted(others, key=lambda view: -float(view.R[2] @ target.R[2]))[:NEIGHBOURS]


def _compare(
    source: View, target: View, xyz: np.ndarray, normals: np.ndarray, random: np.random.Generator
) -> PairLook:
    candidates = np.setdiff1d(source.points, target.points, assume_unique=True)
    candidates = candidates[_should_be_seen(source, target, xyz[candidates], normals[candidates])]
    if len(candidates) > POINTS_PER_PAIR:
        candidates = np.sort(random.choice(candidates, POINTS_PER_PAIR, replace=False))
    if not len(candidates):
        return PairLook(source.image_id, target.image_id, 0, 0)
    here, there = _patches(source, target, xyz[candidates], normals[candidates])
    usable = np.isfinite(there).all(axis=1) & (here.std(axis=1) > MIN_CONTRAST)
    ncc = cross_correlation(here[usable], there[usable])
    return PairLook(source.image_id, target.image_id, int(usable.sum()), int((ncc > AGREES_NCC).sum()))


def _should_be_seen(source: View, target: View, xyz: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Points that the target looks at from about the same side and distance as the source, inside its picture."""
    from_source, from_target = source.center - xyz, target.center - xyz
    distance_source = np.linalg.norm(from_source, axis=1)
    distance_target = np.linalg.norm(from_target, axis=1)
    cosine = np.einsum("ij,ij->i", from_source, from_target) / (distance_source * distance_target)
    side_source = np.einsum("ij,ij->i", from_source, normals) / distance_source
    side_target = np.einsum("ij,ij->i", from_target, normals) / distance_target
    zoom = distance_target / distance_source
    seen = (cosine > np.cos(np.radians(MAX_ANGLE_DEG))) & (side_source * side_target > 0.04)
    seen &= (zoom < MAX_ZOOM) & (zoom > 1 / MAX_ZOOM)
    pixels = project(target, xyz)
    margin = PATCH_RADIUS_PX + 1
    inside = (pixels > margin).all(axis=1)
    inside &= (pixels[:, 0] < target.grey.shape[1] - margin) & (pixels[:, 1] < target.grey.shape[0] - margin)
    return seen & inside


def project(view: View, xyz: np.ndarray) -> np.ndarray:
    """Pixels of the small picture, `(n, 2)`, first pixel's centre at 0.5; NaN behind the camera."""
    in_camera = xyz @ view.R.T + view.t
    pixels = np.full((len(xyz), 2), np.nan)
    in_front = in_camera[:, 2] > 1e-9
    pixels[in_front] = np.asarray(view.camera.img_from_cam(in_camera[in_front])) * view.scale
    return pixels


def _patches(source: View, target: View, xyz: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grey values around each point in both pictures, `(n, k)`: a square grid in the source, carried over by the plane."""
    steps = np.arange(-PATCH_RADIUS_PX, PATCH_RADIUS_PX + 1, dtype=np.float64)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    pixels = project(source, xyz)[:, None, :] + grid
    flat = pixels.reshape(-1, 2)
    normalised = np.asarray(source.camera.cam_from_img(flat / source.scale))
    rays = np.column_stack([normalised, np.ones(len(flat))]) @ source.R
    rays = rays.reshape(len(xyz), -1, 3)
    offset = np.einsum("ni,ni->n", xyz - source.center, normals)
    along = np.einsum("nki,ni->nk", rays, normals)
    depth = offset[:, None] / np.where(np.abs(along) > 1e-9, along, np.nan)
    on_plane = source.center + depth[:, :, None] * rays
    there = project(target, on_plane.reshape(-1, 3))
    return _sample(source.grey, flat).reshape(len(xyz), -1), _sample(target.grey, there).reshape(len(xyz), -1)


def _sample(grey: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Bilinear; NaN outside."""
    maps = (np.nan_to_num(pixels, nan=-9.0) - 0.5).astype(np.float32)
    values = cv2.remap(
        grey, maps[None, :, 0], maps[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan
    )
    return values[0]


def cross_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Zero-mean normalised cross-correlation of the rows of two arrays `(n, k)`, `(n,)`, -1 to 1."""
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.einsum("ij,ij->i", first, second) / np.maximum(norms, 1e-9)
