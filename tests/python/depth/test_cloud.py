"""Thinning points while they come in."""

import unittest

import numpy as np
from photogrammetry import libraries  # noqa: F401
from photogrammetry.depth.cloud import VoxelCloud


def _add(cloud: VoxelCloud, positions: np.ndarray, confidence: int = 3) -> None:
    count = len(positions)
    normals = np.tile([0.0, 0.0, 1.0], (count, 1))
    colors = np.full((count, 3), 100, np.uint8)
    cloud.add(positions, normals, colors, np.ones(count), np.full(count, confidence, np.uint8))


class Cloud(unittest.TestCase):
    def test_one_point_per_voxel(self):
        """what falls into one voxel becomes one point: the weighted mean, with the greatest confidence"""
        cloud = VoxelCloud(1.0, np.array([100.0, 0, 0]), 1000)
        first = np.array([[100.2, 0.5, 0.5]]), np.array([[0.0, 0, 1]]), np.array([[10, 20, 30]], np.uint8)
        second = np.array([[100.6, 0.5, 0.5]]), np.array([[0.0, 1, 0]]), np.array([[50, 20, 30]], np.uint8)
        cloud.add(*first, np.array([3.0]), np.array([2]))
        cloud.add(*second, np.array([1.0]), np.array([5]))
        _add(cloud, np.array([[98.5, 0.5, 0.5]]))
        points = cloud.points()
        np.testing.assert_allclose(points.positions, [[98.5, 0.5, 0.5], [100.3, 0.5, 0.5]], atol=1e-4)
        np.testing.assert_array_equal(points.colors[1], [20, 20, 30])
        np.testing.assert_array_equal(points.confidence, [3, 5])
        np.testing.assert_allclose(points.normals[1], np.array([0, 1, 3]) / np.sqrt(10), atol=1e-5)

    def test_grows(self):
        """many points fit, whatever the table had room for at first, and come out in the same order each time"""
        positions = np.stack(np.meshgrid(*[np.arange(50) + 0.5] * 3), axis=-1).reshape(-1, 3)
        clouds = [VoxelCloud(1.0, np.zeros(3), 1_000_000) for _ in range(2)]
        for part in np.array_split(positions, 4):
            _add(clouds[0], part)
        for part in np.array_split(positions[::-1], 3):
            _add(clouds[1], part)
        np.testing.assert_array_equal(clouds[0].points().positions, clouds[1].points().positions)
        self.assertEqual(len(clouds[0].points().positions), len(positions))

    def test_limit(self):
        """with more points than wanted the voxels grow, the cloud keeps its shape"""
        rng = np.random.default_rng(0)
        cloud = VoxelCloud(0.01, np.zeros(3), 5000)
        for _ in range(5):
            _add(cloud, rng.uniform(0, 10, (20_000, 3)) * [1, 1, 0])
        points = cloud.points()
        self.assertLessEqual(len(points.positions), 5000)
        self.assertGreater(len(points.positions), 2000)
        self.assertLess(points.positions[:, :2].min(), 0.3)
        self.assertGreater(points.positions[:, :2].max(), 9.7)

    def test_far_away(self):
        """a stray point a million voxels away is left out"""
        cloud = VoxelCloud(0.001, np.zeros(3), 1000)
        _add(cloud, np.array([[0.0, 0, 0], [5000.0, 0, 0]]))
        self.assertEqual(len(cloud.points().positions), 1)
