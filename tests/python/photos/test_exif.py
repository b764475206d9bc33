import unittest

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from photogrammetry.photos.exif import Exif, focal_of, read_exif


def with_exif(base: dict, details: dict, gps: dict) -> Exif:
    exif = Image.Exif()
    exif.update(base)
    exif.get_ifd(0x8769).update(details)
    exif.get_ifd(0x8825).update(gps)
    image = Image.new("RGB", (4, 4))
    image.getexif = lambda: exif
    return read_exif(image)


class FocalTest(unittest.TestCase):
    def test_small_format(self):
        """28 mm of a phone of 4:3 are 3,262 px at 4,032 px, lying or standing"""
        for size in ((4032, 3024), (3024, 4032)):
            self.assertAlmostEqual(focal_of(Exif(focal_35_mm=28), *size).px, 3262, delta=1)

    def test_sensor(self):
        """The sensor's resolution gives the focal length, also when the photo was made smaller"""
        exif = Exif(focal_mm=50, pixels_per_mm=166.7, size=(6000, 4000))
        self.assertAlmostEqual(focal_of(exif, 6000, 4000).px, 8335, delta=1)
        self.assertAlmostEqual(focal_of(exif, 1500, 1000).px, 8335 / 4, delta=1)

    def test_implausible(self):
        """A focal length that can't be is not believed, and it is said why"""
        for exif, why in (
            (Exif(focal_35_mm=5000), "5000 mm"),
            (Exif(focal_35_mm=1), "1 mm"),
            (Exif(focal_mm=50, pixels_per_mm=1.0), "50 mm on its sensor"),
            (Exif(focal_mm=50, pixels_per_mm=166.7, focal_35_mm=200), "contradict"),
            (Exif(focal_35_mm=28, size=(4032, 3024)), "cropped"),
        ):
            focal = focal_of(exif, 3024, 3024) if why == "cropped" else focal_of(exif, 6000, 4000)
            self.assertIsNone(focal.px)
            self.assertIn(why, focal.problem)

    def test_a_wrong_sensor_resolution(self):
        """A sensor resolution that can't be does not spoil a good focal length"""
        focal = focal_of(Exif(focal_35_mm=50, focal_mm=50, pixels_per_mm=0.5), 6000, 4000)
        self.assertAlmostEqual(focal.px, 8333, delta=2)

    def test_unknown(self):
        """Without EXIF nothing is known, and nothing is wrong"""
        self.assertEqual((focal_of(Exif(), 800, 600).px, focal_of(Exif(), 800, 600).problem), (None, None))


class ReadExifTest(unittest.TestCase):
    def test_values(self):
        """Camera, lens, time and place are read"""
        exif = with_exif(
            {271: "Apple\0", 272: " iPhone 7 ", 274: 6},
            {
                36867: "2024:05:01 12:30:00",
                36881: "+02:00",
                42036: "back camera",
                37386: IFDRational(399, 100),
                41989: 28,
            },
            {1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.0, 0.0), 5: b"\x01", 6: IFDRational(25, 10)},
        )
        self.assertEqual((exif.make, exif.model, exif.lens, exif.orientation), ("Apple", "iPhone 7", "back camera", 6))
        self.assertEqual((exif.focal_mm, exif.focal_35_mm, exif.taken_at), (3.99, 28, "2024-05-01T12:30:00+02:00"))
        self.assertAlmostEqual(exif.gps["latitude"], -33.86)
        self.assertAlmostEqual(exif.gps["longitude"], 151.2)
        self.assertEqual(exif.gps["altitudeM"], -2.5)

    def test_nonsense(self):
        """Values that can't be are left out"""
        exif = with_exif(
            {271: b"\xff\xfe", 272: "x" * 5000, 274: 99},
            {36867: "0000:00:00 00:00:00", 37386: IFDRational(0, 0), 41989: -5, 41486: "many", 40962: 0, 40963: 0},
            {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        )
        self.assertEqual(len(exif.model), 100)
        self.assertEqual(
            (exif.orientation, exif.taken_at, exif.focal_mm, exif.focal_35_mm, exif.pixels_per_mm, exif.size, exif.gps),
            (None,) * 7,
        )

    def test_no_reception(self):
        """0°, 0° is no place"""
        self.assertIsNone(with_exif({}, {}, {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}).gps)
