import unittest

import numpy as np
from photogrammetry.surface.triangles import Mesh
from photogrammetry.texture.atlas import make_atlas, texels_of
from photogrammetry.texture.charts import cut
from photogrammetry.texture.kernels import draw_faces
from photogrammetry.texture.packing import pack

from .painted import sphere

SIDE = 256


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Twice the signed area between vectors (…, 2)."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def spiral_ramp(turns: float = 2.5, steps: int = 120) -> Mesh:
    """A ramp that winds up around an axis: it faces up everywhere, so that its turns lie on each other seen from
    above."""
    angle = np.linspace(0, 2 * np.pi * turns, steps)
    inner = np.stack([0.4 * np.cos(angle), 0.4 * np.sin(angle), 0.05 * angle], 1)
    outer = np.stack([np.cos(angle), np.sin(angle), 0.05 * angle], 1)
    index = np.arange(steps - 1)
    a, b, c, d = index, index + 1, index + steps, index + steps + 1
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    return Mesh(np.concatenate([inner, outer]).astype(np.float32), faces.astype(np.int32))


class AtlasOf(unittest.TestCase):
    def assert_no_overlap(self, mesh: Mesh):
        """Draws every face alone and counts who claims each texel."""
        atlas = make_atlas(mesh, SIDE)
        corners = atlas.uv[atlas.faces].astype(np.float64) * SIDE
        claims = np.zeros((SIDE, SIDE), int)
        for triangle in corners:
            low = np.floor(triangle.min(0)).astype(int)
            x, y = np.meshgrid(*(np.arange(low[k], int(triangle[:, k].max()) + 1) for k in (0, 1)))
            (a, b, c), p = triangle, np.stack([x, y], -1) + 0.5
            area = cross(b - a, c - a)
            weights = np.stack([cross(b - p, c - p), cross(c - p, a - p), cross(a - p, b - p)], -1) / area
            np.add.at(claims, (y, x), (weights > 1e-3).all(-1))
        self.assertGreater(int((claims > 0).sum()), SIDE * SIDE // 8)
        self.assertEqual(int((claims > 1).sum()), 0)

    def test_sphere(self):
        """Charts of a sphere don't overlap"""
        self.assert_no_overlap(sphere(12))

    def test_spiral(self):
        """A ramp whose turns lie on each other is cut so that no texel belongs to two places"""
        self.assertGreaterEqual(cut(spiral_ramp()).count, 3)
        self.assert_no_overlap(spiral_ramp())

    def test_inside(self):
        """Texture coordinates are between 0 and 1, and every face has an area in the texture"""
        atlas = make_atlas(sphere(12), SIDE)
        self.assertTrue((atlas.uv >= 0).all() and (atlas.uv <= 1).all())
        a, b, c = atlas.uv[atlas.faces].transpose(1, 0, 2)
        self.assertGreater(np.abs(cross(b - a, c - a)).min(), 0)

    def test_not_mirrored(self):
        """Seen from outside, no chart is mirrored: with v down, faces go around clockwise in u and v"""
        atlas = make_atlas(sphere(12), SIDE)
        a, b, c = atlas.uv[atlas.faces].transpose(1, 0, 2)
        self.assertTrue((cross(b - a, c - a) < 0).all())

    def test_texels(self):
        """Each texel knows its triangle: the place that its weights give is the texel's middle"""
        mesh = sphere(12)
        atlas = make_atlas(mesh, SIDE)
        texels = texels_of(atlas, SIDE)
        weights = np.c_[texels.weights, 1 - texels.weights.sum(1)]
        uv = np.einsum("tk,tkc->tc", weights, atlas.uv[atlas.faces[texels.face]]) * SIDE
        middle = np.stack([texels.index % SIDE, texels.index // SIDE], 1) + 0.5
        np.testing.assert_allclose(uv, middle, atol=0.01)
        self.assertGreater((weights.min(1) >= -1e-4).mean(), 0.8)
        same_vertices = mesh.vertices[atlas.source][atlas.faces] == mesh.vertices[mesh.faces]
        self.assertTrue(same_vertices.all())

    def test_scale(self):
        """All charts have the same number of texels per length"""
        mesh = sphere(12)
        atlas = make_atlas(mesh, SIDE)
        a, b, c = atlas.uv[atlas.faces].astype(np.float64).transpose(1, 0, 2) * SIDE
        flat = np.abs(cross(b - a, c - a))
        p, q, r = mesh.vertices[mesh.faces].astype(np.float64).transpose(1, 0, 2)
        true = np.linalg.norm(np.cross(q - p, r - p), axis=1) * atlas.texels_per_unit**2
        self.assertLess((flat / true).max(), 1.001)
        self.assertGreater(np.median(flat / true), 0.75)

    def test_packing(self):
        """Packed boxes keep their padding and don't touch"""
        sizes = np.random.default_rng(0).uniform(0.1, 1, (60, 2))
        places = pack(sizes, 256, padding=3)
        taken = np.zeros((256, 256), int)
        for (width, height), (x, y) in zip(sizes * places.scale, places.offset, strict=True):
            box = np.floor([x - 3, y - 3, x + width + 3, y + height + 3]).astype(int)
            self.assertTrue((box >= 0).all() and (box <= 256).all())
            taken[box[1] : box[3], box[0] : box[2]] += 1
        self.assertEqual(taken.max(), 1)
        self.assertGreater((taken > 0).mean(), 0.6)

    def test_losers(self):
        """A face that lies on another one is named"""
        corners = np.float32([[[1, 1], [9, 1], [1, 9]], [[2, 2], [6, 2], [2, 6]], [[9, 9], [9, 1], [1, 9]]])
        self.assertEqual(draw_faces(corners, 12, 0.0)[2].tolist(), [False, True, False])
