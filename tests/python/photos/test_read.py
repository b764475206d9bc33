import hashlib
import io

import numpy as np
from PIL import Image

from photogrammetry.failure import Failure

from .photo_set import PhotoCase, pattern


def exif(make: str, model: str, focal_35_mm: int, orientation: int = 1) -> bytes:
    value = Image.Exif()
    value.update({0x010F: make, 0x0110: model, 0x0112: orientation})
    value.get_ifd(0x8769).update({0xA405: focal_35_mm})
    return value.tobytes()


class ReadPhotosTest(PhotoCase):
    def setUp(self):
        super().setUp()
        self.rgb = pattern(320, 240)

    def test_a_corrupt_file(self):
        """One corrupt file among others is named and skipped, and the rest goes on"""
        good = [self.save(f"IMG_{number}.jpg", self.rgb, quality=80) for number in (1, 3, 4)]
        result = self.read(*good, self.write("IMG_2.jpg", good[0].read_bytes()[:3000]))
        self.assertEqual(result["photos"], 3)
        self.assertEqual([skipped["file"] for skipped in result["skipped"]], ["IMG_2.jpg"])
        self.assertIn("cut off", result["skipped"][0]["reason"])
        self.assertEqual([photo["id"] for photo in self.photos()], [1, 2, 3])

    def test_order(self):
        """Photos are in the natural order of their names: IMG_2 before IMG_10"""
        names = ["IMG_10.png", "img_2.png", "IMG_1.png"]
        self.read(*(self.save(name, self.rgb) for name in names))
        self.assertEqual([photo["file"] for photo in self.photos()], ["IMG_1.png", "img_2.png", "IMG_10.png"])

    def test_photo(self):
        """A photo is kept upright as a JPEG without EXIF; its focal length is in pixels of the size that is kept"""
        wide = Image.fromarray(pattern(1300, 975)).transpose(Image.Transpose.ROTATE_90)
        path = self.save("a.jpg", wide, exif=exif("Apple", "iPhone 7", 28, orientation=6), quality=90)
        result = self.read(path)
        photo = self.photos()[0]
        self.assertEqual(result["warnings"], [])
        self.assertEqual(
            [photo[key] for key in ("width", "height", "originalWidth", "originalHeight")], [1024, 768, 1300, 975]
        )
        self.assertAlmostEqual(photo["focalPx"], 28 / 43.267 * 1280, delta=0.5)
        self.assertEqual(photo["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
        self.assertEqual(
            (photo["exif"]["make"], photo["exif"]["orientation"], photo["video"], photo["use"]),
            ("Apple", 6, None, True),
        )
        stored = Image.open(io.BytesIO((self.scene_dir / "photos" / photo["image"]).read_bytes()))
        self.assertEqual(
            (stored.format, stored.mode, stored.size, len(stored.getexif())), ("JPEG", "RGB", (1024, 768), 0)
        )

    def test_cameras(self):
        """Photos share a camera when make, model, focal length and size are the same; without EXIF, by size"""
        phone, zoomed = exif("Apple", "iPhone 7", 28), exif("Apple", "iPhone 7", 56)
        self.read(
            self.save("1.jpg", self.rgb, exif=phone),
            self.save("2.jpg", self.rgb, exif=phone),
            self.save("3.jpg", self.rgb, exif=zoomed),
            self.save("4.jpg", np.rot90(self.rgb).copy(), exif=phone),
            self.save("5.jpg", self.rgb),
            self.save("6.jpg", self.rgb),
        )
        cameras = [photo["camera"] for photo in self.photos()]
        self.assertEqual(cameras[0], cameras[1])
        self.assertEqual(cameras[4], cameras[5])
        self.assertEqual(len(set(cameras)), 4)

    def test_wrong_exif(self):
        """A focal length that can't be is not used, and a warning says whose it was"""
        result = self.read(self.save("1.jpg", self.rgb, exif=exif("A", "B", 5000)), self.save("2.jpg", self.rgb))
        self.assertIsNone(self.photos()[0]["focalPx"])
        self.assertRegex(result["warnings"][0], r"Wrong EXIF in 1\.jpg: 5000 mm")

    def test_nothing_usable(self):
        """When no file can be used the job ends and the first one is named with the reason"""
        files = [self.save("b.png", self.rgb[:2, :2]), self.write("a.jpg", b"hello, no picture at all")]
        with self.assertRaises(Failure) as raised:
            self.read(*files)
        self.assertEqual(raised.exception.code, "input_invalid")
        self.assertEqual(
            str(raised.exception), "None of the 2 files can be used. a.jpg: It is no photo or video that can be read."
        )
        with self.assertRaises(Failure):
            self.read()

    def test_too_many(self):
        """More than 500 photos are refused before any is read"""
        path = self.save("a.png", self.rgb)
        with self.assertRaises(Failure) as raised:
            self.read(*[path] * 501)
        self.assertEqual(raised.exception.code, "input_too_large")

    def test_again(self):
        """Reading again, e.g. at another quality, leaves nothing of the first time"""
        paths = [self.save(f"{number}.png", self.rgb) for number in (1, 2)]
        self.read(*paths)
        self.read(paths[0], quality="high")
        self.assertEqual([path.name for path in (self.scene_dir / "photos").iterdir()], ["000001.jpg"])
