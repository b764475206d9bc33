"""Reads one picture of any format into upright RGB of 8 bits in sRGB, no larger than asked for.

The size is looked at before anything is decoded. Nothing here trusts a file: whatever a decoder raises becomes
Unusable.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, UnidentifiedImageError

from .exif import Exif, read_exif
from .signature import HEAD_BYTES, read_signature

MAX_PIXELS = 200_000_000
MAX_SIDE_PX = 20_000
MIN_SIDE_PX = 200
"""Of the shorter side: less holds too little to place a camera by."""

LARGE_PIXELS = 50_000_000
"""Of larger pictures one is decoded at a time, whatever the number of threads: each takes up to 1.4 GB."""
_ONE_LARGE = threading.Lock()

# The sizes are checked here, with an own message.
Image.MAX_IMAGE_PIXELS = None
pillow_heif.register_heif_opener(thumbnails=False)

_GREY = 128

# What makes a picture upright, by EXIF's orientation.
TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unusable(Exception):
    """One file that can't be used; the message is a sentence for people, without the file's name."""


@dataclass(frozen=True)
class Picture:
    """`image` is RGB, upright. `original_size` is (width, height) as stored in the file, turned upright."""

    image: Image.Image
    original_size: tuple[int, int]
    exif: Exif


def read_picture(path: Path, side_px: int) -> Picture:
    """The picture at `path`, its longest side at most `side_px`; smaller ones are left as they are. Raises Unusable."""
    with opened(path) as image, _ONE_LARGE if image.width * image.height > LARGE_PIXELS else nullcontext():
        return _read(image, side_px)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture of an allowed size, not decoded yet. Whatever goes wrong with it in the block becomes Unusable."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    signature = read_signature(head)
    if signature is None or signature.decoder in (None, "video"):
        raise Unusable(_not_a_picture(signature.name if signature else None, bool(head)))
    if signature.decoder == "WEBP":
        # Pillow's decoder of WebP takes memory for the whole picture as soon as it is opened.
        check_size(*webp_size(head))
    try:
        with Image.open(path, formats=[signature.decoder]) as image:
            check_size(*image.size)
            yield image
    except (Unusable, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise Unusable(
            f"The {signature.name} can't be read: it is damaged or of a rare kind. Save it as JPG."
        ) from error
    except Exception as error:  # noqa: BLE001 - decoders raise what they like: OSError, SyntaxError, struct.error, …
        raise Unusable(_damaged(signature.name, error)) from error


def check_size(width: int, height: int) -> None:
    """Raises Unusable for a picture that is too small to be of use, or too large to be decoded."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise Unusable(
            f"It has {width} × {height} pixels ({width * height / 1e6:.0f} megapixels); at most "
            f"{MAX_PIXELS // 1_000_000} megapixels and {MAX_SIDE_PX} pixels a side can be read."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise Unusable(f"It has only {width} × {height} pixels; at least {MIN_SIDE_PX} a side are needed.")


def _not_a_picture(name: str | None, has_content: bool) -> str:
    """The reason why a file of another kind is not used."""
    if not has_content:
        return "The file is empty."
    if name == "AVIF":
        return "AVIF is not read. Save it as JPG or HEIC."
    return f"It is {name}, not a photo." if name else "It is no photo or video that can be read."


def webp_size(head: bytes) -> tuple[int, int]:
    """(width, height) by a WebP's first chunk, RFC 9649. Raises Unusable when there is none."""
    kind = head[12:16]
    if kind == b"VP8X" and len(head) >= 30:
        return (int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1)
    if kind == b"VP8L" and len(head) >= 25 and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
    if kind == b"VP8 " and len(head) >= 30 and head[23:26] == b"\x9d\x01\x2a":
        return (int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF)
    raise Unusable("The WebP is damaged: it can't be read.")


def _read(image: Image.Image, side_px: int) -> Picture:
    exif = read_exif(image)
    turn = TRANSPOSE.get(exif.orientation or 1)
    if image.format == "HEIF":
        # Its decoder has turned it already, and keeps what EXIF said for us.
        turn = None
    is_sideways = turn is not None and (exif.orientation or 1) >= 5
    original_size = (image.size[1], image.size[0]) if is_sideways else image.size
    profile = image.info.get("icc_profile")
    size = fit(image.size, side_px)
    # JPG: libjpeg decodes at 1/2, 1/4 or 1/8 by itself, which saves memory and time.
    image.draft(image.mode, size)
    image.load()
    small = _to_eight_bits(image)
    if small.size != size:
        small = small.resize(size, Image.Resampling.BOX)
    small = _to_srgb(small, profile)
    return Picture(small if turn is None else small.transpose(turn), original_size, exif)


def fit(size: tuple[int, int], side_px: int) -> tuple[int, int]:
    """`size` made smaller, if need be, so that its longest side is `side_px`."""
    scale = min(side_px / max(size), 1)
    return (max(round(size[0] * scale), 1), max(round(size[1] * scale), 1))


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """RGB, L, CMYK, RGBX: something that can be resized and then converted to sRGB. Transparency becomes grey."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise Unusable("Its pixels are numbers of 32 bits. Save it as JPG, or as TIFF of 8 or 16 bits.")
    if image.mode in ("RGB", "L", "CMYK"):
        return image if "transparency" not in image.info else _without_alpha(image.convert("RGBA"))
    if image.has_transparency_data:
        return _without_alpha(image.convert("RGBA"))
    return image.convert("RGB")


def _without_alpha(image: Image.Image) -> Image.Image:
    background = Image.new("RGB", image.size, (_GREY, _GREY, _GREY))
    background.paste(image, mask=image.getchannel("A"))
    return background


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB. A profile that can't be used is ignored: most such photos are sRGB."""
    transform = _transform(profile, image.mode) if profile else None
    return ImageCms.applyTransform(image, transform) if transform else image.convert("RGB")


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From `profile` to sRGB; None when it is sRGB already, or is of no use for pictures of this mode."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(source):
            return None
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB", intent)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _damaged(name: str, error: Exception) -> str:
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return f"The {name} is cut off: its end is missing. Copy it again from the camera."
    return f"The {name} is damaged: it can't be read. Copy it again from the camera."
