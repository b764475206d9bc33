"""From light to a photo in a file."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

from .looks import Look
from .patterns import GAMMA

TAKEN_AT = datetime(2026, 1, 1, 12)
SECONDS_BETWEEN = 4
SENSOR_MM = 13.2
"""Width of the sensor the EXIF speaks of; its focal length in mm is the one of a 36 mm wide picture, times this, over
36."""


def develop(light: np.ndarray, ev: float, noise: float, rng: np.random.Generator | None) -> np.ndarray:
    """(h,w,3) uint8 of linear light; noise of that many of 255 values, none without `rng`."""
    values = np.clip(light * np.float32(2.0**ev), 0, 1) ** np.float32(1 / GAMMA) * 255
    if rng is not None:
        values += rng.standard_normal(values.shape, np.float32) * np.float32(noise)
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def write_photo(path: Path, picture: np.ndarray, look: Look, index: int) -> None:
    """Writes a JPEG with the EXIF of a camera that knows its focal length as well as cameras do: rounded."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Kiln", look.model
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    focal = look.focal_mm * SENSOR_MM / 36
    detail[ExifTags.Base.FocalLength] = TiffImagePlugin.IFDRational(round(focal * 100), 100)
    detail[ExifTags.Base.FocalLengthIn35mmFilm] = round(look.focal_mm)
    taken_at = (TAKEN_AT + timedelta(seconds=SECONDS_BETWEEN * index)).strftime("%Y:%m:%d %H:%M:%S")
    detail[ExifTags.Base.DateTimeOriginal] = taken_at
    Image.fromarray(picture).save(path, quality=95, subsampling=0, exif=exif)
