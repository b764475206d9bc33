"""Robust similarity between two sets of camera centres."""

import unittest

import numpy as np
from photogrammetry.poses.similarity import fit_similarity, robust_similarity, rotation_angle_deg
from scipy.spatial.transform import Rotation


class SimilarityOfCenters(unittest.TestCase):
    def setUp(self):
        random = np.random.default_rng(1)
        self.source = random.normal(size=(20, 3))
        self.R = Rotation.from_rotvec([0.4, -1.1, 0.3]).as_matrix()
        self.target = 2.5 * self.source @ self.R.T + [1.0, -2.0, 3.0]

    def test_exact(self):
        """scale, rotation and shift are found exactly from points without error"""
        found = fit_similarity(self.source, self.target)
        self.assertAlmostEqual(found.scale, 2.5, places=10)
        np.testing.assert_allclose(found.R, self.R, atol=1e-10)
        np.testing.assert_allclose(found.apply(self.source), self.target, atol=1e-9)

    def test_no_mirror(self):
        """mirrored points are never answered with a mirror image"""
        found = fit_similarity(self.source, self.target * [1, 1, -1])
        self.assertAlmostEqual(np.linalg.det(found.R), 1.0, places=10)

    def test_outliers(self):
        """seven of twenty cameras elsewhere are told from the others and don't draw the fit"""
        self.target[:7] += np.random.default_rng(2).normal(size=(7, 3)) * 3
        found, agrees = robust_similarity(self.source, self.target, 0.01, seed=0)
        self.assertEqual(agrees.tolist(), [False] * 7 + [True] * 13)
        self.assertAlmostEqual(found.scale, 2.5, places=8)

    def test_too_few(self):
        """two cameras agree on nothing"""
        _, agrees = robust_similarity(self.source[:2], self.target[:2], 1.0, seed=0)
        self.assertFalse(agrees.any())

    def test_small_angles(self):
        """the angle of a rotation keeps its digits near 0° and near 180°"""
        for degrees in (0.0, 1e-5, 0.3, 90.0, 179.999):
            R = Rotation.from_rotvec(np.radians(degrees) * np.array([0.6, 0.8, 0.0])).as_matrix()
            self.assertAlmostEqual(rotation_angle_deg(R), degrees, places=7)
