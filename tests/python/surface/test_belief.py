import unittest

import numpy as np
from photogrammetry.surface.belief import contradictions, true_part
from photogrammetry.surface.points import OrientedPoints, thin, without_outliers
from photogrammetry.surface.triangles import Mesh, clean, decimate, edges, open_edges, without_small_parts

from .scenes import SIDE, looking_at, ring, sphere_points


def grid(side: int) -> Mesh:
    """A flat square of `side`² vertices in z = 0, one unit across, seen from above."""
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, side), np.linspace(-0.5, 0.5, side))
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(side * side)], 1).astype(np.float32)
    index = np.arange(side * side).reshape(side, side)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel()
    return Mesh(vertices, np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]).astype(np.int32))


class Belief(unittest.TestCase):
    def test_contradictions(self):
        """A vertex in front of a measured depth is contradicted, one on it or behind it is not"""
        view = looking_at((0, -4, 0), (0, 0, 0))
        depth_map = np.full((SIDE // 2, SIDE // 2), 4.0, np.float32)
        vertices = np.float32([[0, -1, 0], [0, 0, 0], [0, 1, 0], [0, -9, 0]])
        before, beyond = contradictions(vertices, [view, view], lambda _: depth_map)
        self.assertEqual(before.tolist(), [2, 0, 0, 0])
        self.assertEqual(beyond.tolist(), [0, 0, 0, 0])

    def test_sky(self):
        """Whatever a photo shows sky in place of is contradicted, however far away, even what was measured"""
        view = looking_at((0, -4, 0), (0, 0, 0))
        sky = np.full((SIDE // 2, SIDE // 2), np.inf, np.float32)
        vertices = np.float32([[0, -1, 0], [0, 0, 0], [0, 99, 0], [0, -9, 0]])
        before, beyond = contradictions(vertices, [view, view, view], lambda _: sky)
        self.assertEqual(before.tolist(), [3, 3, 3, 0])
        self.assertEqual(beyond.tolist(), [3, 3, 3, 0])
        mesh = grid(31)
        points = OrientedPoints(mesh.vertices, np.tile(np.float32([0, 0, 1]), (len(mesh.vertices), 1)))
        views = ring(8, distance=1.5, height=2.0)
        self.assertEqual(len(true_part(mesh, points, views, lambda _: sky, guess=True).faces), 0)
        self.assertEqual(len(true_part(mesh, points, views[:2], lambda _: sky, guess=True).faces), len(mesh.faces))

    def test_balloon(self):
        """A bump that the depth maps look through is cut, a gap that cameras see is believed"""
        mesh = grid(61)
        near = np.linalg.norm(mesh.vertices[:, :2], axis=1) < 0.06
        views = ring(8, distance=1.5, height=2.0)
        points = OrientedPoints(mesh.vertices[~near], np.tile(np.float32([0, 0, 1]), ((~near).sum(), 1)))
        flat = true_part(mesh, points, views, lambda _: None, guess=True)
        self.assertEqual(len(flat.faces), len(mesh.faces))
        bump = mesh.vertices.copy()
        bump[near, 2] += 0.05
        depth_map = {view.photo: depth_of_plane(view) for view in views}
        cut = true_part(Mesh(bump, mesh.faces), points, views, lambda view: depth_map[view.photo], guess=True)
        self.assertLess(cut.vertices[:, 2].max(), 0.04)
        self.assertLess(len(cut.vertices), (~near).sum() + 60)

    def test_measured_only(self):
        """Without guesses, what is far from all points is cut"""
        mesh = grid(61)
        near = np.linalg.norm(mesh.vertices[:, :2], axis=1) < 0.12
        points = OrientedPoints(mesh.vertices[~near], np.tile(np.float32([0, 0, 1]), ((~near).sum(), 1)))
        kept = true_part(mesh, points, ring(8), lambda _: None, guess=False)
        self.assertGreater(np.linalg.norm(kept.vertices[:, :2], axis=1).min(), 0.08)


def depth_of_plane(view) -> np.ndarray:
    """The depth map of the plane z = 0."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    rays = np.stack([(x - view.center[0]) / view.focal[0], (y - view.center[1]) / view.focal[1], np.ones_like(x)], -1)
    return np.clip(-view.position[2] / (rays @ view.rotation)[..., 2], 0, 50).astype(np.float32)


class Points(unittest.TestCase):
    def test_thin(self):
        """Thinning leaves one point per cell, in the middle of those in it"""
        points = OrientedPoints(np.float32([[0, 0, 0], [0.2, 0, 0], [5, 5, 5]]), np.float32([[0, 0, 1]] * 3))
        thinned = thin(points, 1.0)
        np.testing.assert_allclose(thinned.positions, [[0.1, 0, 0], [5, 5, 5]], atol=1e-6)

    def test_outliers(self):
        """Points that stand alone are left out"""
        sphere = sphere_points(3_000)
        stray = np.float32([[3, 0, 0], [0, 3, 0]])
        both = OrientedPoints(np.concatenate([sphere, stray]), np.concatenate([sphere, stray / 3]))
        kept = without_outliers(both).positions
        self.assertLess(np.linalg.norm(kept, axis=1).max(), 1.1)
        self.assertGreater(len(kept), 2_900)


class Triangles(unittest.TestCase):
    def test_clean(self):
        """Faces without area, doubled ones and third faces at an edge are removed"""
        vertices = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0.4, 0.4, 0.1], [0.5, 0, 0]])
        faces = np.int32([[0, 1, 2], [2, 1, 3], [1, 2, 0], [1, 2, 4], [0, 1, 1], [0, 5, 1]])
        cleaned = clean(Mesh(vertices, faces))
        self.assertEqual(len(cleaned.faces), 2)
        self.assertLessEqual(edges(cleaned.faces)[1].max(), 2)

    def test_small_parts(self):
        """Small loose parts are dropped"""
        big = grid(11)
        crumb = Mesh(big.vertices[:3] * 0.1 + 5, np.int32([[0, 1, 2]]))
        faces = np.concatenate([big.faces, np.int32([[121, 122, 123]])])
        both = Mesh(np.concatenate([big.vertices, np.float32([[5, 5, 5], [5.05, 5, 5], [5, 5.05, 5]])]), faces)
        self.assertEqual(len(crumb.faces), 1)
        self.assertEqual(len(without_small_parts(both, 0.02).faces), len(big.faces))

    def test_decimate(self):
        """Decimation keeps to the number of triangles and the outline"""
        fewer = decimate(grid(41), 300)
        self.assertLessEqual(len(fewer.faces), 310)
        np.testing.assert_allclose(np.ptp(fewer.vertices, axis=0)[:2], 1, atol=0.02)
        self.assertGreater(open_edges(fewer), 0)
