import unittest

import numpy as np
from turntable.lens import Lens, distort, undistort


class LensTest(unittest.TestCase):
    def test_inverse(self):
        """undistort is the inverse of distort, to the corners of a wide picture"""
        points = np.random.default_rng(0).uniform(-0.6, 0.6, (200, 2))
        self.assertLess(np.abs(undistort(distort(points, -0.12, 0.02), -0.12, 0.02) - points).max(), 1e-12)

    def test_middle(self):
        """A ray through the principal point goes straight ahead, whatever the distortion"""
        rays = Lens(5, 3, 10.0, -0.2, 0.1).rays(1)
        self.assertEqual(rays.shape, (3, 5, 3))
        np.testing.assert_array_equal(rays[1, 2], [0, 0, 1])

    def test_pixels(self):
        """Rays go through the middles of pixels, and of parts of pixels, as truth.json describes them"""
        lens = Lens(8, 6, 9.0, -0.12, 0.02)
        camera = lens.to_json()
        rays = lens.rays(2)
        plane = distort(rays[..., :2].astype(float), camera["k1"], camera["k2"])
        seen = plane * [camera["fx"], camera["fy"]] + [camera["cx"], camera["cy"]]
        np.testing.assert_allclose(seen[0, :4, 0], [0.25, 0.75, 1.25, 1.75], atol=1e-5)
        np.testing.assert_allclose(seen[:3, 0, 1], [0.25, 0.75, 1.25], atol=1e-5)
