"""SIFT features of the photos, on the CPU."""

from collections.abc import Callable
from pathlib import Path

import cv2
import pycolmap

from ..failure import Failure
from ..presets import FEATURE_SIDE, FEATURES
from ..scene import Scene

BATCH = 8
"""Photos per call into COLMAP: progress is told between calls."""
MASK_THRESHOLD = 127
"""A mask's pixel above this is the subject (scene folder)."""


def extract_features(
    scene: Scene, database: Path, photos: list[dict], masks: Path | None, progress: Callable[[float], None]
) -> None:
    """Features of all photos into the database; only those within the masks of `colmap_masks`, where given."""
    options = extraction_options(photos)
    for start in range(0, len(photos), BATCH):
        names = [photo["image"] for photo in photos[start : start + BATCH]]
        try:
            pycolmap.extract_features(
                str(database),
                str(scene.directory / "photos"),
                image_names=names,
                reader_options=_reader_options(masks),
                extraction_options=options,
                device=pycolmap.Device.cpu,
            )
        except (RuntimeError, ValueError) as error:
            files = ", ".join(photo["file"] for photo in photos[start : start + BATCH])
            raise Failure("photos_unusable", f"No features could be found in one of these photos: {files}.") from error
        progress(min(start + BATCH, len(photos)) / len(photos))


def extraction_options(photos: list[dict]) -> pycolmap.FeatureExtractionOptions:
    """SIFT from the photo's own size on (first octave 0): the doubled picture of the default costs four times as much
    and registered no more photos (measured on 48 rendered and 23 real photos). Where the doubled picture of every photo
    is no larger than FEATURE_SIDE, it is used: small photos have few features of their own, and cost little (bench sets
    of 14 photos, 480 px: three to four times the features, cameras off by 0.008 % of the distance, not 0.047 %)."""
    options = pycolmap.FeatureExtractionOptions()
    options.use_gpu = False
    options.max_image_size = FEATURE_SIDE
    options.sift.max_num_features = FEATURES
    largest = max(max(photo["width"], photo["height"]) for photo in photos)
    options.sift.first_octave = -1 if 2 * largest <= FEATURE_SIDE else 0
    return options


def _reader_options(masks: Path | None) -> pycolmap.ImageReaderOptions:
    options = pycolmap.ImageReaderOptions()
    if masks:
        options.mask_path = str(masks)
    return options


def masked_photos(scene: Scene, photos: list[dict]) -> list[dict]:
    """Those of the photos that have a mask."""
    return [photo for photo in photos if scene.has(f"masks/{Path(photo['image']).stem}.png")]


def colmap_masks(scene: Scene, photos: list[dict]) -> Path | None:
    """The scene's masks as COLMAP wants them: `<image>.png`, 0 = ignore. None when there are none."""
    found = masked_photos(scene, photos)
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
