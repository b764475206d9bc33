"""Matches against the epipolar geometry of the poses."""

import unittest

import numpy as np
from photogrammetry.poses.epipolar import (
    MatchedPair,
    Poses,
    consistent_matches,
    essential_matrix,
    in_front_of_both,
    sampson_distances,
)

from .views import FOCAL, HEIGHT, WIDTH, Turntable


class EpipolarConsistency(unittest.TestCase):
    def setUp(self):
        table = Turntable(3, 15, noise_px=0.0)
        matrices = {image_id: pose.matrix() for image_id, pose in table.poses.items()}
        self.R = {image_id: matrix[:, :3] for image_id, matrix in matrices.items()}
        self.t = {image_id: matrix[:, 3] for image_id, matrix in matrices.items()}
        self.points = {i: (pixels - [WIDTH / 2, HEIGHT / 2]) / FOCAL for i, pixels in table.keypoints.items()}
        every = np.arange(len(table.xyz))
        self.pair = MatchedPair(1, 2, np.column_stack([every, every]))

    def poses(self) -> Poses:
        return Poses(self.R, self.t, self.points, dict.fromkeys(self.R, FOCAL))

    def test_right(self):
        """true matches of two right cameras all fit"""
        self.assertTrue(consistent_matches(self.poses(), self.pair, 0.01).all())

    def test_shifted(self):
        """hardly any match fits a camera that stands half its distance away"""
        self.t[2] = self.t[2] + [1.0, 2.0, 0.5]
        self.assertLess(consistent_matches(self.poses(), self.pair, 3.0).mean(), 0.1)

    def test_pixels(self):
        """the Sampson distance of a match that is off its line is the shift of both points that would mend it"""
        E = essential_matrix(self.R[1], self.t[1], self.R[2], self.t[2])
        line = np.append(self.points[1][0], 1.0) @ E.T
        normal = line[:2] / np.linalg.norm(line[:2])
        off = self.points[2][:1] + 4 / FOCAL * normal
        distance = FOCAL * sampson_distances(E, self.points[1][:1], off)[0]
        self.assertAlmostEqual(distance, 4 / np.sqrt(2), delta=0.1)

    def test_behind(self):
        """a match whose rays meet behind a camera does not fit, however near its line"""
        turned = np.diag([-1.0, 1.0, -1.0])
        R, t = turned @ self.R[2], turned @ self.t[2]
        front = in_front_of_both(self.R[1], self.t[1], R, t, self.points[1], self.points[2] * [1, -1])
        self.assertFalse(front.any())

    def test_no_baseline(self):
        """two cameras at one place have no epipolar geometry: nothing fits"""
        self.R[2], self.t[2] = self.R[1], self.t[1]
        self.assertFalse(consistent_matches(self.poses(), self.pair, 3.0).any())
