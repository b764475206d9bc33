"""Where the preview's camera stands (gpu-runner/python/model_orbit.py)."""

import math
import unittest

import numpy as np
from model_orbit import directions_around, fit_orbit, read_positions

from export.scene_case import SceneCase
from export.textured_cube import write_textured_cube

VIEW_ANGLE, ASPECT, FILL = 24, 4 / 3, 0.9


def picture_of(positions, focal, distance, direction) -> np.ndarray:
    """Where points (n, 3) are in the picture: (n, 2), ±1 at its edges."""
    backwards = direction / np.linalg.norm(direction)
    right = np.cross((0, 1, 0), backwards) / np.linalg.norm(np.cross((0, 1, 0), backwards))
    offsets = positions - (focal + distance * direction)
    depth = -offsets @ backwards * math.tan(math.radians(VIEW_ANGLE / 2))
    return np.column_stack([offsets @ right / depth / ASPECT, offsets @ np.cross(backwards, right) / depth])


class ModelOrbitTest(SceneCase):
    def test_positions(self):
        """vertices are read from the GLB that the export wrote"""
        write_textured_cube(self.scene)
        self.export("glb")
        positions = read_positions(self.out / "model.glb")
        np.testing.assert_allclose([positions.min(axis=0), positions.max(axis=0)], [[-0.5, 0, -0.5], [0.5, 1, 0.5]], atol=1e-6)

    def test_directions(self):
        """azimuth 0 looks from +Z, 90 from +X, and the way around is even"""
        around = directions_around(0, 0, 4)
        np.testing.assert_allclose(around, [[0, 0, 1], [1, 0, 0], [0, 0, -1], [-1, 0, 0]], atol=1e-12)
        self.assertAlmostEqual(directions_around(20, 30, 1)[0][1], 0.5)

    def test_fit(self):
        """a flat, a tall and a long model stay inside every picture and touch the margin in one"""
        corners = np.array([[x, y, z] for x in (-1, 1) for y in (0, 1) for z in (-1, 1)], dtype=np.float32)
        for size in ((1, 0.1, 1), (0.2, 3, 0.2), (5, 0.5, 0.3)):
            positions = corners * np.array(size, dtype=np.float32)
            directions = directions_around(15, 28, 24)
            focal, distance = fit_orbit(positions, directions, VIEW_ANGLE, ASPECT, FILL)
            reach = [np.abs(picture_of(positions, focal, distance, direction)).max() for direction in directions]
            self.assertAlmostEqual(max(reach), FILL, places=4)

    def test_balance(self):
        """a wide flat model has about as much room above as below"""
        corners = np.array([[x, 0, z] for x in (-1, 1) for z in (-1, 1)], dtype=np.float32)
        directions = directions_around(0, 30, 1)
        focal, distance = fit_orbit(corners, directions, VIEW_ANGLE, ASPECT, FILL)
        heights = picture_of(corners, focal, distance, directions[0])[:, 1]
        self.assertLess(abs(heights.max() + heights.min()), 0.15)


if __name__ == "__main__":
    unittest.main()
