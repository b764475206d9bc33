import cv2
import numpy as np
from PIL import Image

from photogrammetry.failure import Failure

from .photo_set import PhotoCase, pattern, view


class CheckPhotosTest(PhotoCase):
    def read_set(self, count: int, **changed: np.ndarray):
        """`count` views, of which those that `changed` names (`v3`) are replaced or added."""
        pictures = {f"v{number}": view(number) for number in range(count)} | changed
        self.read(*(self.save(f"{name}.jpg", picture, quality=92) for name, picture in pictures.items()))

    def test_verdicts(self):
        """Only the blurred photo and the copy are left out; verdicts, measures and thumbnails are written"""
        self.read_set(12, v4=cv2.GaussianBlur(view(4), (0, 0), 4), v12=np.clip(view(7) * 0.7, 0, 255).astype(np.uint8))
        result = self.check(keep=("v99.jpg",), drop=("v0.jpg",))
        self.assertEqual([dropped["file"] for dropped in result["dropped"]], ["v0.jpg", "v4.jpg", "v12.jpg"])
        self.assertEqual(result["dropped"][0]["reason"], "You left it out.")
        self.assertRegex(result["dropped"][1]["reason"], "Blurred")
        self.assertEqual(result["dropped"][2]["reason"], "Shows the same as v7.jpg. Move between the photos.")
        self.assertIn("No photo is called v99.jpg.", result["warnings"])
        self.assertIn("Only 10 photos", "\n".join(result["warnings"]))
        photos = self.photos()
        self.assertEqual(result["used"], sum(photo["use"] for photo in photos))
        self.assertEqual({photo["verdict"] for photo in photos if photo["use"]}, {"good"})
        self.assertEqual((photos[0]["verdict"], photos[12]["measures"]["duplicateOf"]), ("good", "v7.jpg"))
        self.assertLess(photos[4]["measures"]["sharpnessToMedian"], 0.3)
        sheet = np.asarray(Image.open(self.scene_dir / "photos.webp"))
        for number in (3, 11):
            place = photos[number]["thumbnail"]
            self.assertEqual((place["width"], place["height"]), (160, 120))
            shown = sheet[place["y"] : place["y"] + 120, place["x"] : place["x"] + 160].astype(int)
            right, wrong = (
                cv2.resize(view(at), (160, 120), interpolation=cv2.INTER_AREA) for at in (number, number - 1)
            )
            self.assertLess(np.abs(shown - right).mean(), 0.6 * np.abs(shown - wrong).mean())

    def test_strict(self):
        """Strict refuses a set with a bad photo and names it, unless the user said what to do with it"""
        self.read_set(4, v2=cv2.GaussianBlur(view(2), (0, 0), 4))
        with self.assertRaises(Failure) as raised:
            self.check(strict=True)
        self.assertEqual(raised.exception.code, "photos_unusable")
        self.assertIn("v2.jpg: Blurred", str(raised.exception))
        self.assertEqual(self.photos()[2]["verdict"], "bad")
        self.assertEqual(self.check(strict=True, keep=("v2.jpg",))["used"], 4)
        self.assertEqual(self.check(strict=True, drop=("v2.jpg",))["used"], 3)

    def assert_refused(self, message: str):
        with self.assertRaises(Failure) as raised:
            self.check()
        self.assertEqual(raised.exception.code, "photos_unusable")
        self.assertRegex(str(raised.exception), message)

    def test_two_photos(self):
        """Two photos are too few"""
        self.read_set(2)
        self.assert_refused("2 photos are too few. .* 20 to 60")

    def test_all_the_same(self):
        """A set that is one photo over and over is refused as such"""
        self.read_set(0, **{f"v{number}": view(0) for number in range(4)})
        self.assert_refused("All photos show the same view")

    def test_all_blurred(self):
        """A set that is all blurred is refused as such"""
        self.read_set(0, **{f"v{number}": cv2.GaussianBlur(view(number), (0, 0), 7) for number in range(3)})
        self.assert_refused("All photos are blurred")

    def test_all_plain(self):
        """A set without anything to recognise is refused as such"""
        self.read_set(0, **{f"v{number}": np.full((300, 400, 3), 100 + number, np.uint8) for number in range(3)})
        self.assert_refused("hardly anything to recognise")

    def test_no_overlap(self):
        """Photos that share nothing are a warning: where they were taken is found out later"""
        self.read_set(0, **{f"v{number}": pattern(800, 600, seed=10 + number) for number in range(4)})
        result = self.check()
        self.assertEqual(result["used"], 4)
        self.assertIn("hardly overlap", result["overlap"])
        self.assertEqual({photo["reasons"][0]["code"] for photo in self.photos()}, {"no_overlap"})

    def test_two_groups(self):
        """Two groups of photos that share nothing are named"""
        far = {f"w{number}": cv2.flip(view(number + 4), 1)[::-1, :, ::-1].copy() for number in range(3)}
        self.read_set(4, **{name: 255 - picture for name, picture in far.items()})
        self.assertRegex(
            self.check()["overlap"], "^At a first look .* 2 groups .* the largest has 4 photos, .* begin with w0.jpg"
        )

    def test_small(self):
        """Small photos are a warning of the set, once, and no photo is marked for it"""
        small = [cv2.resize(view(number), (480, 360), interpolation=cv2.INTER_AREA) for number in range(4)]
        self.read_set(0, **{f"v{number}": picture for number, picture in enumerate(small)})
        result = self.check()
        self.assertEqual(len([warning for warning in result["warnings"] if "480 pixels on" in warning]), 1)
        self.assertEqual((result["overlap"], {photo["verdict"] for photo in self.photos()}), (None, {"good"}))

    def test_standing_and_lying(self):
        """Photos taken upright and lying go together"""
        self.read_set(4, v1=np.rot90(view(1)).copy(), v2=np.rot90(view(2)).copy())
        result = self.check()
        self.assertEqual((result["used"], result["dropped"]), (4, []))
        self.assertFalse([warning for warning in result["warnings"] if "cameras" in warning])
        self.assertEqual({photo["verdict"] for photo in self.photos()}, {"good"})
