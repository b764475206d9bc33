import io
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from photogrammetry.photos.picture import MAX_PIXELS, TRANSPOSE, Unusable, read_picture

from .photo_set import PhotoCase, pattern

pillow_heif.register_heif_opener()


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return start + struct.pack(">I", 100) + b"IDAT"


class PictureTest(PhotoCase):
    def setUp(self):
        super().setUp()
        # Smooth, so that no compression changes it much.
        self.rgb = cv2.GaussianBlur(pattern(320, 240), (0, 0), 6)

    def assert_same(self, image: Image.Image, expected: np.ndarray, levels: float = 4):
        self.assertEqual((image.mode, image.size), ("RGB", (expected.shape[1], expected.shape[0])))
        difference = np.abs(np.asarray(image).astype(int) - expected)
        self.assertLess(difference.mean(), levels)

    def test_formats(self):
        """JPG, PNG, WebP, HEIC, TIFF, BMP and GIF give the same picture, whatever their name"""
        for name, options in {
            "a.png": {},
            "b.jpg": {"quality": 95},
            "c.webp": {"quality": 95},
            "d.heic": {"quality": 95},
            "e.tif": {"compression": "tiff_lzw"},
            "f.bmp": {},
            "really.png": {"format": "JPEG", "quality": 95},
        }.items():
            with self.subTest(name):
                self.assert_same(read_picture(self.save(name, self.rgb, **options), 1024).image, self.rgb)
        self.assert_same(read_picture(self.save("g.gif", self.rgb), 1024).image, self.rgb, levels=12)

    def test_sixteen_bits(self):
        """16 bits become 8, in colour and grey"""
        deep = self.rgb.astype(np.uint16) * 257
        for name, pixels in {
            "a.tif": deep[..., ::-1],
            "b.png": deep[..., ::-1],
            "c.png": deep[..., 0],
            "d.tif": deep[..., 0],
        }.items():
            with self.subTest(name):
                cv2.imwrite(str(self.folder / name), pixels)
                expected = self.rgb if pixels.ndim == 3 else np.repeat(self.rgb[..., :1], 3, axis=2)
                self.assert_same(read_picture(self.folder / name, 1024).image, expected, levels=1)

    def test_grey_and_print_colours(self):
        """Grey and CMYK pictures become RGB"""
        for mode in ("L", "CMYK", "P"):
            image = read_picture(self.save(f"{mode}.tif", Image.fromarray(self.rgb).convert(mode)), 1024).image
            self.assertEqual((image.mode, image.size), ("RGB", (320, 240)))

    def test_transparency(self):
        """What is transparent becomes grey, whatever colour lies under it"""
        alpha = np.full((240, 320, 1), 255, np.uint8)
        alpha[:100] = 0
        image = np.asarray(read_picture(self.save("a.png", np.concatenate([self.rgb, alpha], axis=2)), 1024).image)
        self.assertTrue((image[:100] == 128).all())
        self.assertTrue((image[100:] == self.rgb[100:]).all())

    def test_orientation(self):
        """A photo that was taken with the camera turned stands upright, in all 8 ways and in HEIC"""
        back = {6: 8, 8: 6}
        for orientation in range(1, 9):
            for ending, options in {"jpg": {"quality": 95}, "heic": {"quality": 95}}.items():
                with self.subTest(orientation=orientation, ending=ending):
                    exif = Image.Exif()
                    exif[0x0112] = orientation
                    turn = TRANSPOSE.get(back.get(orientation, orientation))
                    turned = Image.fromarray(self.rgb) if turn is None else Image.fromarray(self.rgb).transpose(turn)
                    path = self.save(f"{orientation}.{ending}", turned, exif=exif.tobytes(), **options)
                    picture = read_picture(path, 1024)
                    self.assert_same(picture.image, self.rgb)
                    self.assertEqual(picture.original_size, (320, 240))
                    self.assertEqual(picture.exif.orientation, orientation)

    def test_size(self):
        """A large photo becomes as small as asked for, a small one stays"""
        path = self.save("a.jpg", Image.fromarray(self.rgb).resize((1600, 1200)), quality=95)
        picture = read_picture(path, 320)
        self.assert_same(picture.image, self.rgb)
        self.assertEqual(picture.original_size, (1600, 1200))
        self.assertEqual(read_picture(self.save("b.png", self.rgb), 1024).image.size, (320, 240))

    def test_profile(self):
        """Colours of another profile become sRGB; a damaged profile is ignored"""
        damaged = read_picture(self.save("a.png", self.rgb, icc_profile=b"nonsense" * 20), 1024).image
        self.assert_same(damaged, self.rgb, levels=0.1)
        # Linear light: 128 of 255 is 188 in sRGB.
        grey = np.full((240, 320, 3), 128, np.uint8)
        linear = np.asarray(read_picture(self.save("b.png", grey, icc_profile=_linear_profile()), 1024).image)
        self.assertLess(np.abs(linear.astype(int) - 188).max(), 3)

    def test_bombs(self):
        """A picture of 900 megapixels is refused by its header, which is all that this file has"""
        webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (16_382).to_bytes(3, "little") * 2
        for name, content in {
            "a.png": png_header(30_000, 30_000),
            "b.webp": webp,
            "c.png": png_header(20_001, 300),
        }.items():
            with self.subTest(name), self.assertRaisesRegex(Unusable, "200 megapixels and 20000 pixels a side"):
                read_picture(self.write(name, content), 1024)
        self.assertLess(MAX_PIXELS, 16_383**2)

    def test_unusable(self):
        """Empty, cut off, damaged and tiny files and files of other kinds are refused with the reason"""
        buffer = io.BytesIO()
        Image.fromarray(pattern(320, 240)).save(buffer, "JPEG", quality=95)
        jpeg = buffer.getvalue()
        for name, content, reason in (
            ("empty.jpg", b"", "empty"),
            ("cut.jpg", jpeg[: len(jpeg) // 2], "cut off"),
            ("noise.jpg", jpeg[:100] + b"\xab" * 500, "damaged"),
            ("header.png", b"\x89PNG\r\n\x1a\n", "damaged"),
            ("text.jpg", b"hello world, this is text", "no photo or video"),
            ("a.pdf", b"%PDF-1.7", "PDF"),
            ("webp.webp", b"RIFF\0\0\0\0WEBPxxxx", "damaged"),
        ):
            with self.subTest(name), self.assertRaisesRegex(Unusable, reason):
                read_picture(self.write(name, content), 1024)
        with self.assertRaisesRegex(Unusable, "2 × 2 pixels"):
            read_picture(self.save("tiny.png", self.rgb[:2, :2]), 1024)


def _linear_profile() -> bytes:
    """sRGB's profile with its three tone curves made straight (ICC.1 10.6: a curve without entries is the identity)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag in range(struct.unpack_from(">I", profile, 128)[0]):
        name, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * tag)
        if name in (b"rTRC", b"gTRC", b"bTRC"):
            profile[offset : offset + 12] = b"curv" + bytes(8)
        if name == b"desc":
            # Without the words by which sRGB is known.
            text = profile[offset : offset + 60]
            profile[offset : offset + 60] = text.replace(b"s\0R\0G\0B", b"l\0R\0G\0B").replace(b"sRGB", b"lRGB")
    return bytes(profile)
