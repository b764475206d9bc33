"""Request `undistort`: pinhole photos and masks of the views that have a pose, at the quality's size."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pycolmap

from ..child import Call
from ..failure import Failure
from ..presets import PRESETS
from ..scene import Scene
from .match import quiet

JPEG_QUALITY = 95
MASK_THRESHOLD = 127


def undistort(call: Call) -> dict:
    """Writes `undistorted/` (images, masks, sparse). The poses may be those of another job, found in photos of
    another size."""
    scene = Scene(call.request["sceneDir"])
    quiet()
    photos = {photo["image"]: photo for photo in scene.photos()}
    model = pycolmap.Reconstruction(str(scene.directory / "poses"))
    fit_to_photos(model, photos)
    target = scene.directory / "undistorted"
    shutil.rmtree(target, ignore_errors=True)
    fitted = scene.folder("sfm", "fitted")
    model.write(str(fitted))
    options = undistort_options(PRESETS[call.request["quality"]].photo_side)
    call.progress(0.1)
    pycolmap.undistort_images(
        str(target), str(fitted), str(scene.directory / "photos"), undistort_options=options, jpeg_quality=JPEG_QUALITY
    )
    shutil.rmtree(fitted)
    call.progress(0.8)
    _undistort_masks(scene, model, target)
    return {"views": model.num_reg_images()}


def undistort_options(side: int) -> pycolmap.UndistortCameraOptions:
    """No blank pixels at the edges, longest side at most `side`."""
    options = pycolmap.UndistortCameraOptions()
    options.max_image_size = side
    return options


def fit_to_photos(model: pycolmap.Reconstruction, photos: dict[str, dict]) -> None:
    """Cameras and the pixels of the observations at the size that the photos have now. `photos` by image name."""
    sizes: dict[int, tuple[int, int]] = {}
    for image in model.images.values():
        photo = photos.get(image.name)
        if photo is None:
            raise Failure("input_invalid", f"The poses are of other photos: there is no {image.name}.")
        sizes[image.camera_id] = (photo["width"], photo["height"])
    factors = {}
    for camera_id, (width, height) in sizes.items():
        camera = model.cameras[camera_id]
        factors[camera_id] = np.array([width / camera.width, height / camera.height])
        if (camera.width, camera.height) != (width, height):
            camera.rescale(width, height)
    for image in model.images.values():
        factor = factors[image.camera_id]
        if not np.array_equal(factor, [1.0, 1.0]):
            for point in image.points2D:
                point.xy = point.xy * factor


def _undistort_masks(scene: Scene, model: pycolmap.Reconstruction, target: Path) -> None:
    pinhole = pycolmap.Reconstruction(str(target / "sparse"))
    cameras = {image.name: pinhole.cameras[image.camera_id] for image in pinhole.images.values()}
    maps: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
    for image_id in sorted(model.reg_image_ids()):
        image = model.images[image_id]
        mask_file = scene.directory / "masks" / f"{Path(image.name).stem}.png"
        mask = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE) if mask_file.exists() else None
        if mask is None:
            continue
        flat = cameras[image.name]
        key = (image.camera_id, flat.camera_id)
        if key not in maps:
            maps[key] = undistortion_map(model.cameras[image.camera_id], flat)
        warped = cv2.remap(mask, *maps[key], cv2.INTER_LINEAR)
        _, warped = cv2.threshold(warped, MASK_THRESHOLD, 255, cv2.THRESH_BINARY)
        cv2.imwrite(str(scene.path("undistorted", "masks", mask_file.name)), warped)


def undistortion_map(distorted: pycolmap.Camera, pinhole: pycolmap.Camera) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of the pinhole picture lies in the photo: two `(height, width)` float32 arrays for
    `cv2.remap`, which counts from the first pixel's centre (COLMAP: 0.5 less)."""
    columns, rows = np.meshgrid(np.arange(pinhole.width) + 0.5, np.arange(pinhole.height) + 0.5)
    normalised = np.asarray(pinhole.cam_from_img(np.column_stack([columns.ravel(), rows.ravel()])))
    pixels = np.asarray(distorted.img_from_cam(np.column_stack([normalised, np.ones(len(normalised))]))) - 0.5
    size = (pinhole.height, pinhole.width)
    return pixels[:, 0].reshape(size).astype(np.float32), pixels[:, 1].reshape(size).astype(np.float32)
