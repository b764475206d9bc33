"""What the camera wrote into a photo, and the focal length in pixels that follows from it.

Tags: CIPA DC-008 (Exif 3.0). Nothing in it is believed unseen: values that can't be are None.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

SMALL_FORMAT_DIAGONAL_MM = math.hypot(36, 24)
"""FocalLengthIn35mmFilm compares diagonals: a phone of 4:3 that says 28 mm has 3,262 px at 4,032 px width, as its
sensor's pitch confirms (3.99 mm / 1.22 µm = 3,270 px); compared by width it would be 3,136 px."""
PLAUSIBLE_FOCAL = (0.3, 15.0)
"""In longest sides of the picture: 11 mm to 520 mm of small format."""
MAX_DISAGREEMENT = 1.5
"""Between two ways to know the focal length: beyond it none is believed."""
MAX_ASPECT_CHANGE = 0.03
"""Between the picture and what EXIF says of its size: beyond it the picture was cropped."""
MAX_TEXT_CHARS = 100

# FocalPlaneResolutionUnit → mm.
_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}


@dataclass(frozen=True)
class Exif:
    """Each may be None. `size` is the width and height that the camera gave the picture, `pixels_per_mm` its
    sensor's."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    focal_mm: float | None = None
    focal_35_mm: float | None = None
    taken_at: str | None = None
    orientation: int | None = None
    gps: dict[str, float | None] | None = None
    size: tuple[int, int] | None = None
    pixels_per_mm: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As photos.json has it."""
        return {
            "make": self.make,
            "model": self.model,
            "lens": self.lens,
            "focalMm": self.focal_mm,
            "focal35Mm": self.focal_35_mm,
            "takenAt": self.taken_at,
            "orientation": self.orientation,
            "gps": self.gps,
        }


@dataclass(frozen=True)
class Focal:
    """`px` is the focal length in pixels of the picture at its original size, None when unknown. `problem` says why
    what EXIF says of it is not believed."""

    px: float | None
    problem: str | None = None


def read_exif(image: Image.Image) -> Exif:
    """What an opened picture's EXIF says; empty when there is none or it is damaged."""
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # noqa: BLE001 - damaged EXIF raises what it likes and is no reason to lose the photo
        return Exif(orientation=_orientation(image.info.get("original_orientation")))
    base = ExifTags.Base
    return Exif(
        make=_text(exif.get(base.Make)),
        model=_text(exif.get(base.Model)),
        lens=_text(details.get(base.LensModel)),
        focal_mm=_positive(details.get(base.FocalLength)),
        focal_35_mm=_positive(details.get(base.FocalLengthIn35mmFilm)),
        taken_at=_time(
            details.get(base.DateTimeOriginal) or exif.get(base.DateTime), details.get(base.OffsetTimeOriginal)
        ),
        orientation=_orientation(image.info.get("original_orientation") or exif.get(base.Orientation)),
        gps=_gps(gps),
        size=_size(details.get(base.ExifImageWidth), details.get(base.ExifImageHeight)),
        pixels_per_mm=_pixels_per_mm(details),
    )


def focal_of(exif: Exif, width: int, height: int) -> Focal:
    """Focal length of a picture of `width` × `height` pixels, from FocalLengthIn35mmFilm or from the sensor's
    resolution."""
    was_cropped = exif.size is not None and _aspect_change(exif.size, (width, height)) > MAX_ASPECT_CHANGE
    by_film = by_sensor = None
    if exif.focal_35_mm:
        by_film = exif.focal_35_mm / SMALL_FORMAT_DIAGONAL_MM * math.hypot(width, height)
    if exif.focal_mm and exif.pixels_per_mm:
        resized = max(width, height) / max(exif.size) if exif.size else 1
        by_sensor = exif.focal_mm * exif.pixels_per_mm * resized
    known = [px for px in (by_film, by_sensor) if px is not None]
    if not known:
        return Focal(None)
    if was_cropped:
        return Focal(None, "the photo was cropped after it was taken")
    # The sensor's resolution is often wrong by itself; a wrong focal length shows in the first value.
    likely = [px for px in known if PLAUSIBLE_FOCAL[0] <= px / max(width, height) <= PLAUSIBLE_FOCAL[1]]
    if by_film is not None and by_film not in likely:
        return Focal(None, f"{exif.focal_35_mm:g} mm (35 mm equivalent) can't be")
    if not likely:
        return Focal(None, f"{exif.focal_mm:g} mm on its sensor can't be")
    if max(likely) > MAX_DISAGREEMENT * min(likely):
        return Focal(
            None, f"{exif.focal_35_mm:g} mm (35 mm equivalent) and {exif.focal_mm:g} mm on its sensor contradict"
        )
    return Focal(likely[0])


def _aspect_change(one: tuple[int, int], other: tuple[int, int]) -> float:
    """How much the ratios of the longer to the shorter side differ: whether a picture lies or stands doesn't matter."""
    return abs((max(one) / min(one)) / (max(other) / min(other)) - 1)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number < 1e6 else None


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    return "".join(char for char in value if char.isprintable()).strip()[:MAX_TEXT_CHARS] or None


def _time(value: Any, offset: Any) -> str | None:
    """`2024:05:01 12:30:00` as ISO 8601, with the offset from UTC where the camera wrote one."""
    try:
        taken_at = datetime.strptime(_text(value) or "", "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None
    zone = _text(offset) or ""
    return taken_at + (zone if re.fullmatch(r"[+-]\d{2}:\d{2}", zone) else "")


def _orientation(value: Any) -> int | None:
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def _size(width: Any, height: Any) -> tuple[int, int] | None:
    sides = (_positive(width), _positive(height))
    return (round(sides[0]), round(sides[1])) if all(side is not None and side >= 16 for side in sides) else None


def _pixels_per_mm(details: dict[int, Any]) -> float | None:
    resolution = _positive(details.get(ExifTags.Base.FocalPlaneXResolution))
    unit = _UNIT_MM.get(details.get(ExifTags.Base.FocalPlaneResolutionUnit) or 2)
    return resolution / unit if resolution and unit else None


def _gps(tags: dict[int, Any]) -> dict[str, float | None] | None:
    """Degrees and metres above the sea. None unless the place is complete; 0°, 0° is what a phone without reception
    writes."""
    names = ExifTags.GPS
    latitude = _degrees(tags.get(names.GPSLatitude), tags.get(names.GPSLatitudeRef), "S", 90)
    longitude = _degrees(tags.get(names.GPSLongitude), tags.get(names.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    altitude = _number(tags.get(names.GPSAltitude))
    below_sea = tags.get(names.GPSAltitudeRef) in (1, b"\x01")
    return {
        "latitude": latitude,
        "longitude": longitude,
        "altitudeM": -altitude if altitude is not None and below_sea else altitude,
    }


def _degrees(value: Any, reference: Any, negative: str, limit: int) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    parts = [_number(part) for part in value]
    if any(part is None for part in parts):
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not 0 <= degrees <= limit:
        return None
    return -degrees if _text(reference) == negative else degrees
