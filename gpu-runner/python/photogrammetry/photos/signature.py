"""What a file is, by its first bytes: names prove nothing. It decides which one decoder gets to see the file.

The same formats as contract/file-signature.ts takes for this job type.
"""

from dataclasses import dataclass

HEAD_BYTES = 128

# Brands of `ftyp`, the first box of an ISO media file (https://mp4ra.org; ISO/IEC 23008-12 for HEIF).
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
HEIF_STRUCTURE_BRANDS = {b"mif1", b"mif2", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}


@dataclass(frozen=True)
class Signature:
    """`decoder` is Pillow's name of the format, or `video`; None when Kiln doesn't read it. `name` is what people call
    it."""

    name: str
    decoder: str | None


_STARTS = (
    (b"\xff\xd8\xff", Signature("JPG", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Signature("PNG", "PNG")),
    (b"GIF8", Signature("GIF", "GIF")),
    (b"BM", Signature("BMP", "BMP")),
    (b"II*\0", Signature("TIFF", "TIFF")),
    (b"MM\0*", Signature("TIFF", "TIFF")),
    (b"II+\0", Signature("TIFF", "TIFF")),
    (b"MM\0+", Signature("TIFF", "TIFF")),
    (b"\x1a\x45\xdf\xa3", Signature("Matroska or WebM", "video")),
    (b"%PDF", Signature("PDF", None)),
    (b"PK\x03\x04", Signature("zip", None)),
    (b"8BPS", Signature("Photoshop file", None)),
)
_VIDEO = Signature("MP4 or MOV", "video")
# QuickTime files from before `ftyp` begin with one of these.
_OLD_QUICKTIME_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip"}


def read_signature(head: bytes) -> Signature | None:
    """What a file that begins with `head` (HEAD_BYTES of it) is, or None when it is nothing known."""
    for start, signature in _STARTS:
        if head.startswith(start):
            return signature
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Signature("WebP", "WEBP")
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    return _VIDEO if head[4:8] in _OLD_QUICKTIME_BOXES else None


def _iso_media(head: bytes) -> Signature:
    size = int.from_bytes(head[:4], "big")
    # The major brand, then (after its version) the compatible ones.
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head) - 3), 4))]
    if brands[0] in HEIF_BRANDS:
        return Signature("HEIC", "HEIF")
    if brands[0] in AVIF_BRANDS:
        return Signature("AVIF", None)
    # The structure brands say that it is a picture, not which codec it has: the compatible brands do.
    if brands[0] in HEIF_STRUCTURE_BRANDS:
        is_avif = not HEIF_BRANDS.intersection(brands) and AVIF_BRANDS.intersection(brands)
        return Signature("AVIF", None) if is_avif else Signature("HEIC", "HEIF")
    return _VIDEO
