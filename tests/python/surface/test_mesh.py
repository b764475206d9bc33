import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from photogrammetry.failure import Failure
from photogrammetry.surface.solid import is_solid
from photogrammetry.surface.triangles import Mesh

from .scenes import ring, run_mesh, sphere_points, write_scene


def mesh_of(folder: Path, prefix: str = "") -> Mesh:
    with np.load(folder / "mesh.npz") as file:
        return Mesh(file[f"{prefix}vertices"], file[f"{prefix}faces"].astype(np.int32))


class Meshes(unittest.TestCase):
    """Points on a sphere of radius 1, which lacks a small cap that cameras look at and a large one below."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        points = sphere_points(9_000)
        side = np.array([np.cos(0.3), 0, np.sin(0.3)])
        cls.points = points[(points @ side < np.cos(0.12)) & (points[:, 2] > -0.8)]
        write_scene(cls.folder, cls.points, cls.points, ring())

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def boundary_heights(self) -> np.ndarray:
        """Of the vertices at open edges, in scene units."""
        mesh = mesh_of(self.folder)
        sides = np.sort(np.stack([mesh.faces, np.roll(mesh.faces, -1, 1)], -1).reshape(-1, 2), 1)
        pairs, counts = np.unique(sides, axis=0, return_counts=True)
        return mesh.vertices[np.unique(pairs[counts == 1]), 2]

    def test_open(self):
        """Open holes: the small cap and the large one stay holes"""
        run_mesh(self.folder, holes="open")
        heights = self.boundary_heights()
        self.assertTrue((heights > 0).any() and (heights < -0.7).any())

    def test_closed(self):
        """Closed holes: the small cap is filled on the sphere; what is far from all points and unseen stays open"""
        run_mesh(self.folder, holes="closed")
        heights = self.boundary_heights()
        self.assertTrue(len(heights) and heights.max() < -0.6, heights)
        radii = np.linalg.norm(mesh_of(self.folder).vertices, axis=1)
        self.assertLess(np.abs(radii - 1).max(), 0.05)

    def test_watertight(self):
        """Watertight: a closed solid by manifold3d, with a flat base at y = 0, also when it gets fewer triangles"""
        answer, figures, frame = run_mesh(self.folder, holes="watertight", faces=1_500)
        mesh, matrix = mesh_of(self.folder), np.array(frame["matrix"])
        self.assertTrue(answer["watertight"] and figures["watertight"] and is_solid(mesh))
        self.assertEqual(figures["openEdges"], 0)
        self.assertLessEqual(len(mesh.faces), 1_600)
        moved = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        corners = moved[mesh.faces]
        base = corners[..., 1].max(axis=1) < 1e-4
        self.assertGreater(int(base.sum()), 5)
        a, b, c = corners[base].transpose(1, 0, 2)
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
        expected = np.pi * (0.6 * frame["metresPerUnit"]) ** 2
        self.assertGreater(area, 0.4 * expected)

    def test_other_surface(self):
        """A surface that another program made takes the place of the one through the points; an empty one is refused"""
        import open3d

        sphere = open3d.geometry.TriangleMesh.create_sphere(1.0, 24)
        path = self.folder / "surface.ply"
        open3d.io.write_triangle_mesh(str(path), sphere)
        answer, *_ = run_mesh(self.folder, holes="closed", surfacePath=str(path))
        self.assertTrue(500 < answer["triangles"] <= len(sphere.triangles), answer)
        path.write_text("ply\nformat ascii 1.0\nelement vertex 0\nend_header\n")
        with self.assertRaises(Failure) as caught:
            run_mesh(self.folder, surfacePath=str(path))
        self.assertEqual(caught.exception.code, "output_invalid")

    def test_levels(self):
        """Each level of detail has a quarter of the triangles of the one before"""
        run_mesh(self.folder, faces=4_000, lods=2)
        counts = [len(mesh_of(self.folder, prefix).faces) for prefix in ("", "lod1_", "lod2_")]
        for count, wanted in zip(counts, (4_000, 1_000, 250), strict=True):
            self.assertLessEqual(abs(count - wanted), 0.05 * wanted + 4, counts)

    def test_metres(self):
        """Sizes are in metres: a sphere of 2 units is 0.2 m across when a marker says so"""
        (self.folder / "scale.json").write_text(json.dumps({"metresPerUnit": 0.1, "source": "marker"}))
        try:
            answer, figures, _ = run_mesh(self.folder)
        finally:
            (self.folder / "scale.json").unlink()
        self.assertEqual(answer["scaleSource"], "marker")
        self.assertAlmostEqual(answer["sizeM"][0], 0.2, delta=0.004)
        self.assertAlmostEqual(figures["areaM2"], 4 * np.pi * 0.01 * 0.9, delta=0.006)

    def test_region(self):
        """A region of interest cuts what lies outside of a box in the metres of the result without it"""
        _, figures, frame = run_mesh(self.folder, sizeMm=1_000)
        half = figures["sizeM"][1] / 2
        answer, _, _ = run_mesh(self.folder, regionOfInterest=f"-2,{half},-2,2,3,2", sizeMm=1_000)
        with np.load(self.folder / "mesh.npz") as file:
            matrix = np.array(frame["matrix"])
            heights = (file["vertices"] @ matrix[:3, :3].T + matrix[:3, 3])[:, 1]
        self.assertGreater(heights.min(), half - 0.02)
        self.assertAlmostEqual(max(answer["sizeM"]), 1, places=3)

    def test_background(self):
        """A far wall that some cameras see behind the thing is dropped"""
        random = np.random.default_rng(0)
        wall = np.c_[np.full(3_000, -12.0), random.uniform(-8, 8, (3_000, 2))]
        with tempfile.TemporaryDirectory() as name:
            normals = np.concatenate([self.points, np.tile([1.0, 0, 0], (3_000, 1))])
            write_scene(Path(name), np.concatenate([self.points, wall]), normals, ring())
            run_mesh(Path(name))
            self.assertLess(np.abs(mesh_of(Path(name)).vertices).max(), 1.2)

    def test_repeats(self):
        """The same points and seed give the same mesh"""
        run_mesh(self.folder)
        first = mesh_of(self.folder)
        run_mesh(self.folder)
        np.testing.assert_array_equal(first.vertices, mesh_of(self.folder).vertices)
        np.testing.assert_array_equal(first.faces, mesh_of(self.folder).faces)


class BadInput(unittest.TestCase):
    def failure_of(self, count: int, **request) -> Failure:
        points = sphere_points(count)
        with tempfile.TemporaryDirectory() as name, self.assertRaises(Failure) as caught:
            write_scene(Path(name), points, points, ring())
            run_mesh(Path(name), **request)
        return caught.exception

    def test_few_points(self):
        """Too few points are a failure that says what to photograph"""
        failure = self.failure_of(40)
        self.assertEqual(failure.code, "cameras_unreliable")
        self.assertIn("40 points", str(failure))

    def test_empty_region(self):
        """A region of interest without space in it is refused"""
        self.assertEqual(self.failure_of(2_000, regionOfInterest="0,0,0,1,-1,1").code, "input_invalid")

    def test_region_outside(self):
        """A region of interest in which there is nothing is refused"""
        failure = self.failure_of(2_000, regionOfInterest="50,50,50,60,60,60")
        self.assertEqual(failure.code, "input_invalid")
        self.assertIn("region of interest", str(failure))
