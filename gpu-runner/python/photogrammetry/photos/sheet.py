"""Small pictures of all photos in one file, `photos.webp`."""

import math
from pathlib import Path

import numpy as np
from PIL import Image

THUMBNAIL_PX = 160
"""A sheet of 500 has sides of 3,680 px; a WebP may have 16,383."""
WEBP_QUALITY = 80
GAP_COLOR = (200, 200, 200)


def thumbnail(rgb: np.ndarray) -> Image.Image:
    """Of a picture `(h, w, 3)` uint8."""
    small = Image.fromarray(rgb)
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX, reducing_gap=None)
    return small


def write_sheet(path: Path, thumbnails: list[Image.Image]) -> list[dict[str, int]]:
    """Writes them in rows, about as many as columns, and says where each of them is (`x`, `y`, `width`, `height`)."""
    columns = math.ceil(math.sqrt(len(thumbnails)))
    places: list[dict[str, int]] = []
    top = 0
    for start in range(0, len(thumbnails), columns):
        row = thumbnails[start : start + columns]
        left = 0
        for image in row:
            places.append({"x": left, "y": top, "width": image.width, "height": image.height})
            left += image.width
        top += max(image.height for image in row)
    size = max(place["x"] + place["width"] for place in places), top
    sheet = Image.new("RGB", size, GAP_COLOR)
    for image, place in zip(thumbnails, places):
        sheet.paste(image, (place["x"], place["y"]))
    sheet.save(path, "WEBP", quality=WEBP_QUALITY)
    return places
