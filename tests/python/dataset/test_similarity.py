import unittest

import numpy as np
from evaluate.similarity import Similarity, fit_robustly, fit_similarity
from scipy.spatial.transform import Rotation

RNG = np.random.default_rng(5)
POINTS = RNG.standard_normal((24, 3))
TRUE = Similarity(2.5, Rotation.random(random_state=1).as_matrix(), np.array([1.0, -2.0, 3.0]))


class SimilarityTest(unittest.TestCase):
    def test_exact(self):
        """A similarity is found exactly, and is never a reflection"""
        found = fit_similarity(POINTS, TRUE.apply(POINTS))
        self.assertAlmostEqual(found.scale, TRUE.scale)
        np.testing.assert_allclose(found.rotation, TRUE.rotation, atol=1e-12)
        np.testing.assert_allclose(found.offset, TRUE.offset, atol=1e-12)
        mirrored = fit_similarity(POINTS, POINTS * [1, 1, -1])
        self.assertAlmostEqual(np.linalg.det(mirrored.rotation), 1)

    def test_wrong_points_don_t_pull(self):
        """Wrong cameras don't change the fit to the right ones, even when they are a third and wrong in the same way"""
        targets = TRUE.apply(POINTS)
        targets[:8] += [0.5, 0, 0]
        fit = fit_robustly(POINTS, targets, 0.01)
        assert fit is not None
        similarity, distances = fit
        self.assertAlmostEqual(similarity.scale, TRUE.scale)
        np.testing.assert_allclose(distances[:8], 0.5, atol=1e-9)
        self.assertLess(distances[8:].max(), 1e-9)

    def test_nothing_agrees(self):
        """When no three points agree there is no fit"""
        self.assertIsNone(fit_robustly(POINTS[:12], RNG.standard_normal((12, 3)), 1e-4))
        self.assertIsNone(fit_robustly(POINTS[:2], POINTS[:2], 1))
        self.assertIsNone(fit_robustly(np.zeros((5, 3)), POINTS[:5], 1))
