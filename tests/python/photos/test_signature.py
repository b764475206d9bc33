import unittest

from photogrammetry.photos.signature import read_signature


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    rest = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return (len(rest) + 4).to_bytes(4, "big") + rest + b"\0\0\0\x08metaavif"


class SignatureTest(unittest.TestCase):
    def test_heic(self):
        """All brands of HEVC pictures are HEIC"""
        for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"):
            self.assertEqual(read_signature(ftyp(brand, b"mif1")).decoder, "HEIF", brand)

    def test_structure_brands(self):
        """A picture whose first brand leaves the codec open is told by its other brands"""
        self.assertEqual(read_signature(ftyp(b"mif1", b"mif1", b"heic")).decoder, "HEIF")
        self.assertEqual(read_signature(ftyp(b"mif1")).decoder, "HEIF")
        self.assertEqual(read_signature(ftyp(b"mif1", b"avif")).name, "AVIF")

    def test_videos(self):
        """MP4, MOV, WebM and Matroska are videos"""
        for head in (ftyp(b"isom"), ftyp(b"qt  "), b"\0\0\0\x08moov", b"\x1a\x45\xdf\xa3\x9f"):
            self.assertEqual(read_signature(head).decoder, "video", head)

    def test_others(self):
        """Other files are told by name, or unknown"""
        self.assertIsNone(read_signature(b"%PDF-1.7").decoder)
        self.assertIsNone(read_signature(b"hello world, no picture"))
        self.assertIsNone(read_signature(b""))
