"""Where photos are missing around the thing."""

import unittest

import numpy as np
from photogrammetry.poses.gaps import azimuths_deg, find_gaps, gap_advice, look_at_point, up_axis
from photogrammetry.poses.repair import center_of

from .views import pose_at


def rig(azimuths: list[float]) -> tuple[list[int], np.ndarray]:
    """Ids from 1 and azimuths about the axis that is found from the poses."""
    poses = [pose_at(azimuth) for azimuth in azimuths]
    centers = np.array([center_of(pose) for pose in poses])
    matrices = np.array([pose.matrix() for pose in poses])
    target = look_at_point(centers, matrices[:, 2, :3])
    np.testing.assert_allclose(target, 0, atol=1e-9)
    found = azimuths_deg(centers, target, up_axis(centers, -matrices[:, 1, :3]))
    return list(range(1, len(azimuths) + 1)), found


class Gaps(unittest.TestCase):
    def test_none(self):
        """24 photos every 15° leave no gap, in whatever order they were taken"""
        order = np.random.default_rng(0).permutation(24)
        self.assertEqual(find_gaps(*rig([15.0 * place for place in order])), [])

    def test_missing_arc(self):
        """a missing arc is named by the photos beside it"""
        gaps = find_gaps(*rig([10.0 * place for place in range(36) if not 12 <= place <= 16]))
        self.assertEqual([{gap.a, gap.b} for gap in gaps], [{12, 13}])
        self.assertAlmostEqual(gaps[0].degrees, 60, delta=3)
        self.assertEqual(gap_advice(gaps[0]), "take 4 more photos in between: one every 10 to 15°")

    def test_wide_steps(self):
        """photos every 30° have a gap everywhere, and the widest come first"""
        gaps = find_gaps(*rig([0, 30, 60, 95, 125, 155, 185, 215, 245, 275, 305, 332]))
        self.assertAlmostEqual(gaps[0].degrees, 35, delta=1)
        self.assertTrue(all(gap.degrees > 25 for gap in gaps))

    def test_facade(self):
        """photos of one side only are not told to go round the back"""
        self.assertEqual(find_gaps(*rig([0, 12, 24, 36, 48, 60])), [])
