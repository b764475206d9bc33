"""SIFT features of the photos, on the CPU."""

from pathlib import Path

import cv2
import pycolmap

from ..child import Call
from ..failure import Failure
from ..presets import FEATURE_SIDE, FEATURES
from ..scene import Scene

BATCH = 8
"""Photos per call into COLMAP: progress is told between calls."""
MASK_THRESHOLD = 127
"""A mask's pixel above this is the subject (scene folder)."""


def extract_features(call: Call, scene: Scene, database: Path, photos: list[dict], until: float) -> None:
    """Features of all photos into the database. Progress goes from 0 to `until`."""
    masks = _colmap_masks(scene, photos)
    for start in range(0, len(photos), BATCH):
        names = [photo["image"] for photo in photos[start : start + BATCH]]
        try:
            pycolmap.extract_features(
                str(database),
                str(scene.directory / "photos"),
                image_names=names,
                reader_options=_reader_options(masks),
                extraction_options=extraction_options(),
                device=pycolmap.Device.cpu,
            )
        except (RuntimeError, ValueError) as error:
            files = ", ".join(photo["file"] for photo in photos[start : start + BATCH])
            raise Failure("photos_unusable", f"No features could be found in one of these photos: {files}.") from error
        call.progress(until * min(start + BATCH, len(photos)) / len(photos))


def extraction_options() -> pycolmap.FeatureExtractionOptions:
    """SIFT from the photo's own size on (first octave 0): the doubled picture of the default costs four times as much
    and registered no more photos (measured on 48 rendered and 23 real photos)."""
    options = pycolmap.FeatureExtractionOptions()
    options.use_gpu = False
    options.max_image_size = FEATURE_SIDE
    options.sift.max_num_features = FEATURES
    options.sift.first_octave = 0
    return options


def _reader_options(masks: Path | None) -> pycolmap.ImageReaderOptions:
    options = pycolmap.ImageReaderOptions()
    if masks:
        options.mask_path = str(masks)
    return options


def _colmap_masks(scene: Scene, photos: list[dict]) -> Path | None:
    """The scene's masks as COLMAP wants them: `<image>.png`, 0 = ignore. None when there are none."""
    found = [photo for photo in photos if scene.has(f"masks/{Path(photo['image']).stem}.png")]
    if not found:
        return None
    for photo in found:
        mask = cv2.imread(str(scene.directory / "masks" / f"{Path(photo['image']).stem}.png"), cv2.IMREAD_GRAYSCALE)
        if mask is None or mask.shape != (photo["height"], photo["width"]):
            size = f"{photo['width']}x{photo['height']}"
            raise Failure("input_invalid", f"The mask of {photo['file']} can't be read, or is not {size} pixels.")
        _, ignore_zero = cv2.threshold(mask, MASK_THRESHOLD, 255, cv2.THRESH_BINARY)
        cv2.imwrite(str(scene.path("sfm", "masks", f"{photo['image']}.png")), ignore_zero)
    return scene.folder("sfm", "masks")
