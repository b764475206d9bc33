import unittest

import numpy as np
from photogrammetry.surface.frame import Up, camera_up, find_up, frame_of
from scipy.spatial.transform import Rotation

from .scenes import looking_at, ring, sphere_points, turned


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


class UpAxis(unittest.TestCase):
    def test_ground(self):
        """Up is square to the ground, though the cameras look down at it from one side and the scene is tilted"""
        random = np.random.default_rng(1)
        ground = np.c_[random.uniform(-2, 2, (4_000, 2)), random.normal(0, 0.004, 4_000)]
        thing = sphere_points(2_000) * 0.5 + (0, 0, 0.5)
        tilt = Rotation.from_euler("xyz", (70, -40, 20), degrees=True).as_matrix()
        views = turned(ring(8, height=3, arc_deg=60), tilt)
        up = find_up((np.concatenate([ground, thing]) @ tilt.T).astype(np.float32), views, seed=0)
        self.assertEqual(up.source, "ground")
        self.assertLess(angle_deg(up.direction, tilt[:, 2]), 0.5)

    def test_wall(self):
        """A wall is no ground: up comes from the cameras"""
        random = np.random.default_rng(2)
        wall = np.c_[random.uniform(-2, 2, 4_000), random.normal(0, 0.004, 4_000), random.uniform(-1, 1, 4_000)]
        views = [looking_at((x, -4, 0.3), (x, 0, 0.3), photo=int(x) + 5) for x in (-2, -1, 0, 1, 2)]
        up = find_up(wall.astype(np.float32), views, seed=0)
        self.assertEqual(up.source, "cameras")
        self.assertLess(angle_deg(up.direction, np.array([0, 0, 1.0])), 0.5)

    def test_cameras(self):
        """Level cameras that look down from a half ring know up to the degree"""
        views = ring(10, height=4, arc_deg=150)
        self.assertGreater(angle_deg(-np.mean([v.rotation[1] for v in views], 0), np.array([0, 0, 1.0])), 3)
        self.assertLess(angle_deg(camera_up(views), np.array([0, 0, 1.0])), 1)


class ResultFrame(unittest.TestCase):
    def setUp(self):
        self.vertices = sphere_points(500) * (1, 2, 0.5) + (3, 4, 5)
        self.up = Up(np.array([0, 0, 1.0]), "ground")

    def moved(self, frame) -> np.ndarray:
        return self.vertices @ frame.matrix[:3, :3].T + frame.matrix[:3, 3]

    def test_place(self):
        """The base is at y = 0, the middle of the footprint at x = z = 0, and nothing is mirrored"""
        frame = frame_of(self.vertices, self.up, ring(), None, None)
        moved = self.moved(frame)
        low, high = moved.min(0), moved.max(0)
        self.assertAlmostEqual(low[1], 0, places=9)
        np.testing.assert_allclose((low + high)[[0, 2]], 0, atol=1e-9)
        self.assertGreater(np.linalg.det(frame.matrix[:3, :3]), 0)
        np.testing.assert_allclose(frame.matrix[1, :3], [0, 0, frame.metres_per_unit], atol=1e-12)

    def test_front(self):
        """What most cameras look at faces +Z when they don't go all around"""
        views = [looking_at((3 + x, -6, 6), (3, 4, 5), photo=x + 2) for x in (-1, 0, 1)]
        frame = frame_of(self.vertices, self.up, views, None, None)
        np.testing.assert_allclose(frame.matrix[2, :3] / frame.metres_per_unit, [0, -1, 0], atol=0.02)

    def test_size(self):
        """The longest side gets the size that was asked for, before any other scale"""
        frame = frame_of(self.vertices, self.up, ring(), 500, {"metresPerUnit": 7, "source": "gps"})
        self.assertAlmostEqual(np.ptp(self.moved(frame), axis=0).max(), 0.5, places=9)
        self.assertEqual(frame.scale_source, "size")

    def test_marker(self):
        """A marker's scale is taken as it is"""
        frame = frame_of(self.vertices, self.up, ring(), None, {"metresPerUnit": 0.03, "source": "marker"})
        self.assertAlmostEqual(frame.metres_per_unit, 0.03)
        self.assertAlmostEqual(np.ptp(self.moved(frame)[:, 1]), np.ptp(self.vertices[:, 2]) * 0.03, places=9)
        self.assertEqual(frame.scale_source, "marker")

    def test_unknown(self):
        """Without a scale the longest side is 1 m, and the frame says that nobody knows"""
        frame = frame_of(self.vertices, self.up, ring(), None, None)
        self.assertAlmostEqual(np.ptp(self.moved(frame), axis=0).max(), 1, places=9)
        self.assertIsNone(frame.scale_source)
