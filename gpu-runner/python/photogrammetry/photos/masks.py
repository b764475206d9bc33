"""Request `take-masks`: masks that the user made, by the names of the photos."""

from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from ..child import Call
from ..scene import Scene
from .picture import TRANSPOSE, Unusable, opened

SUFFIXES = ("_mask", "-mask", ".mask", " mask")
SUBJECT_FROM = 128
MIN_SUBJECT_SHARE = 0.001
MAX_ASPECT_CHANGE = 0.02
"""A mask may be of another size than its photo, not of another shape."""


def take_masks(call: Call) -> dict:
    """Request: `files` (`path`, `filename`), pictures that are white where the subject is, or opaque there.
    `IMG_1.png`, `IMG_1.jpg.png` and `IMG_1_mask.png` belong to the photo `IMG_1.jpg`, in capital letters or not; where
    several photos have that name, to the one in the same folder. Writes `masks/`; what fits no photo is named in
    `warnings`."""
    scene = Scene(call.request["sceneDir"])
    photos = scene.photos()
    by_name = _photos_by_name(photos)
    masked: set[int] = set()
    warnings: list[str] = []
    files = call.request["files"]
    for number, file in enumerate(files):
        matching = _find(by_name, file["filename"])
        if not matching:
            warnings.append(f"The mask {file['filename']} has the name of no photo.")
        for photo in matching:
            try:
                mask = _read_mask(Path(file["path"]), photo)
            except Unusable as unusable:
                warnings.append(f"The mask {file['filename']} is not used. {unusable}")
                break
            Image.fromarray(mask).save(scene.path("masks", Path(photo["image"]).stem + ".png"), optimize=False)
            masked.add(photo["id"])
        call.progress((number + 1) / len(files))
    without = [photo["file"] for photo in photos if photo["id"] not in masked]
    if masked and without:
        others = f" and {len(without) - 1} more" if len(without) > 1 else ""
        warnings.append(f"There is no mask for {without[0]}{others}: all that they show is used.")
    call.log(f"{len(masked)} of {len(photos)} photos have a mask")
    return {"masks": len(masked), "warnings": warnings}


def _photos_by_name(photos: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Photos by all that a mask may call them: with and without folder, with and without the ending."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for photo in photos:
        path = PurePosixPath(photo["file"].casefold())
        for name in {str(path), str(path.with_suffix("")), path.name, path.stem}:
            by_name[name].append(photo)
    return by_name


def _find(by_name: dict[str, list[dict[str, Any]]], filename: str) -> list[dict[str, Any]]:
    path = PurePosixPath(filename.casefold()).with_suffix("")
    for name in (str(path), path.name):
        for suffix in ("", *SUFFIXES):
            if name.endswith(suffix) and (found := by_name.get(name.removesuffix(suffix))):
                return found
    return []


def _read_mask(path: Path, photo: dict[str, Any]) -> np.ndarray:
    """`(h, w)` uint8 of the photo's size, 255 = the subject. Raises Unusable."""
    with opened(path) as image:
        image.load()
        gray = image.getchannel("A") if _has_transparency(image) else image.convert("L")
    size = (photo["width"], photo["height"])
    turn = TRANSPOSE.get(photo["exif"]["orientation"] or 1)
    if not _same_shape(gray.size, size) and turn is not None:
        # Made from the photo as the sensor saw it.
        gray = gray.transpose(turn)
    if not _same_shape(gray.size, size):
        raise Unusable(f"It has {gray.width} × {gray.height} pixels, another shape than {photo['file']}.")
    mask = np.where(np.asarray(gray.resize(size, Image.Resampling.BOX)) >= SUBJECT_FROM, 255, 0).astype(np.uint8)
    if (mask > 0).mean() < MIN_SUBJECT_SHARE:
        raise Unusable(f"It is empty: nothing in it is white. All that {photo['file']} shows is used.")
    return mask


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA") and image.getchannel("A").getextrema()[0] < SUBJECT_FROM


def _same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= MAX_ASPECT_CHANGE
