"""What is said of lenses."""

import unittest

from photogrammetry.poses.lens import lens_warnings


class LensWarnings(unittest.TestCase):
    def test_wrong_exif(self):
        """a focal length in EXIF that the photos contradict is named; one that is a little off, or absent, is not"""
        wrong, near, unknown = ({"photos": 24, "focalPx": 506.4, "priorFocalPx": prior} for prior in (2667.0, 540.0, None))
        (warning,) = lens_warnings([wrong, near, unknown])
        self.assertIn("EXIF gives 24 photos a focal length of 2667 px, but they show one of 506 px", warning)
