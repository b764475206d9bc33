import unittest

import numpy as np
from turntable.orbit import held_out_poses, look_at, photo_poses, video_poses


class OrbitTest(unittest.TestCase):
    def test_looks_at_the_target(self):
        """A camera sees its target in the middle, upright, at its distance"""
        target = np.array([0.1, 0.2, 0.3])
        rotation, center = look_at(30, 40, 2.0, target)
        np.testing.assert_allclose(rotation @ (target - center), [0, 0, 2], atol=1e-12)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        self.assertAlmostEqual(np.linalg.det(rotation), 1)
        self.assertLess((rotation @ [0, 0, 1])[1], 0)  # what is above is above: y points down

    def test_steps(self):
        """48 photos go once around, 7.5 degrees apart, in three rings"""
        centers = np.array([center for _, center in photo_poses(48, 360, np.random.default_rng(0))])
        azimuth = np.unwrap(np.arctan2(centers[:, 1], centers[:, 0]))
        steps = np.degrees(np.diff(azimuth))
        self.assertAlmostEqual(steps.mean(), 7.5, delta=0.2)
        self.assertLess(np.abs(steps - 7.5).max(), 7)
        heights = [centers[ring::3, 2].mean() for ring in range(3)]
        self.assertEqual(heights, sorted(heights))

    def test_arc(self):
        """Photos, held-out views and the film of an arc stay on its side of the object"""
        rng = np.random.default_rng(0)
        for poses in (photo_poses(14, 100, rng), held_out_poses(100), video_poses(30, 100)):
            azimuth = [np.degrees(np.arctan2(center[1], center[0])) for _, center in poses]
            self.assertLess(np.abs(np.array(azimuth) + 90).max(), 50 + 6)
