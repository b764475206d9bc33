"""Which views are compared, and how few of them are in memory at once."""

import tempfile
import unittest

import numpy as np
from depth.small_scene import TrueView, looking, views, write_scene
from photogrammetry import libraries  # noqa: F401
from photogrammetry.child import SilentCall
from photogrammetry.depth import consistency
from photogrammetry.depth.consistency import DepthMaps, planes_of
from photogrammetry.depth.maps import DepthMap
from photogrammetry.depth.plan import map_size, plan_depth, read_views
from photogrammetry.depth.views import Camera
from photogrammetry.scene import Scene


class Plan(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scene = Scene(folder.name)

    def plan(self, true_views: list[TrueView]) -> list[dict]:
        write_scene(self.scene.directory, true_views)
        plan_depth(SilentCall({"sceneDir": str(self.scene.directory), "quality": "preview"}))
        return self.scene.read_json("depth/plan.json")["views"]

    def test_neighbours(self):
        """neighbours are the views a dozen degrees away first; the same place twice and another side come last"""
        at = (0, 0.01, 0.9, 4.0)
        true_views = [looking(number + 1, (x, 0, 0), (0, 0, 5), 96, 72, 100) for number, x in enumerate(at)]
        entries = self.plan(true_views)
        self.assertEqual([entry["photo"] for entry in entries], [1, 2, 3, 4])
        self.assertEqual(entries[0]["neighbours"][0], 3)
        self.assertNotIn(1, entries[0]["neighbours"])

    def test_range(self):
        """the depth range holds all that a view sees, with a margin, and is not far beyond"""
        true_views = views(3)
        for view, entry in zip(true_views, self.plan(true_views), strict=True):
            depth = view.depth()
            self.assertLess(entry["near"], depth.min())
            self.assertGreater(entry["far"], depth.max())
            self.assertGreater(entry["near"], depth.min() / 2)
            self.assertLess(entry["far"], depth.max() * 2)

    def test_cameras(self):
        """cameras are those of the model, at the map's size, in array indices"""
        true_views = views(2, 640, 480)
        write_scene(self.scene.directory, true_views)
        self.assertEqual(map_size(640, 480, 320), (320, 240))
        self.assertEqual(map_size(100, 200, 320), (100, 200))
        view = read_views(self.scene, 320)[0]
        depth = true_views[0].depth()
        point = true_views[0].points()[101, 201]
        u, v, z = view.project(point[None])[0]
        # The middle of pixel (201, 101) is at 201.5 / 2 of the half size, whose first pixel's middle is 0.5.
        np.testing.assert_allclose([u, v, z], [201.5 / 2 - 0.5, 101.5 / 2 - 0.5, depth[101, 201]], atol=1e-4)


class Streaming(unittest.TestCase):
    def test_few_maps_in_memory(self):
        """no more maps are kept than asked for, and the one used last longest ago goes first"""
        with tempfile.TemporaryDirectory() as folder:
            scene = Scene(folder)
            camera = {"width": 4, "height": 3, "intrinsics": [4, 4, 1.5, 1], "R": np.eye(3).tolist(), "t": [0, 0, 0]}
            entries = {photo: {"photo": photo, **camera} for photo in range(5)}
            for photo in entries:
                normal = np.tile([0.0, 0, -1], (3, 4, 1))
                found = DepthMap(np.full((3, 4), photo + 1.0), normal, np.zeros((3, 4)))
                found.write(scene.path("depth", f"{photo:06d}.npz"))
            read = []
            original = consistency.planes_of
            self.addCleanup(setattr, consistency, "planes_of", original)
            consistency.planes_of = lambda camera, found: (read.append(camera.photo), original(camera, found))[1]
            maps = DepthMaps(scene, entries, 2 * 4 * np.zeros((3, 4), np.float32).nbytes)
            for photo in (0, 1, 0, 2, 0, 1):
                self.assertAlmostEqual(float(maps.planes(photo).w[0, 0]), 1 / (photo + 1), places=6)
            self.assertEqual(read, [0, 1, 2, 1])

    def test_planes_continue_the_surface(self):
        """a pixel's plane tells the inverse depth of its neighbours on the same plane"""
        camera = Camera(1, 40, 30, np.array([50.0, 48, 19, 15]), np.eye(3), np.zeros(3))
        normal = np.array([0.3, -0.2, -0.9])
        normal /= np.linalg.norm(normal)
        x, y = np.meshgrid((np.arange(40) - 19) / 50, (np.arange(30) - 15) / 48)
        depth = -4 / (normal[0] * x + normal[1] * y + normal[2])
        planes = planes_of(camera, DepthMap(depth.astype(np.float32), np.tile(normal, (30, 40, 1)), np.zeros((30, 40))))
        np.testing.assert_allclose(planes.w[:, :-1] + planes.wx[:, :-1], planes.w[:, 1:], rtol=1e-5)
        np.testing.assert_allclose(planes.w[:-1] + planes.wy[:-1], planes.w[1:], rtol=1e-5)
