"""Which features of the photos are looked for."""

import unittest

from photogrammetry.poses.features import extraction_options


def octave_of(*sizes: tuple[int, int]) -> int:
    return extraction_options([{"width": width, "height": height} for width, height in sizes]).sift.first_octave


class Features(unittest.TestCase):
    def test_small_photos(self):
        """photos of 800 px and less are looked at twice as large; a set with larger ones is not"""
        self.assertEqual(octave_of((480, 360), (600, 800)), -1)
        self.assertEqual(octave_of((480, 360), (1024, 768)), 0)
