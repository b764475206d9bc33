"""What COLMAP's stereo reads and writes. Nothing here needs a GPU, and nothing here was run on one."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
from photogrammetry.child import SilentCall
from photogrammetry.depth.cuda import convert, estimate_depth_cuda, read_dense_map, write_workspace
from photogrammetry.depth.views import Camera, View
from photogrammetry.failure import Failure
from photogrammetry.scene import Scene

WIDTH, HEIGHT = 60, 40


def _write(path: Path, array: np.ndarray) -> None:
    """COLMAP's dense map: "width&height&channels&", then float32, one channel after the other, each row by row."""
    array = array.reshape(*array.shape[:2], -1)
    height, width, channels = array.shape
    header = f"{width}&{height}&{channels}&".encode()
    path.write_bytes(header + np.moveaxis(array, 2, 0).astype("<f4").tobytes())


def _entry(photo: int, neighbours: list[int]) -> dict:
    size = {"width": WIDTH, "height": HEIGHT, "fullWidth": WIDTH}
    return {"photo": photo, "image": f"{photo:06d}.jpg", "neighbours": neighbours, "near": 1.0, "far": 10.0, **size}


def _view(mask: np.ndarray | None = None) -> View:
    camera = Camera(1, WIDTH, HEIGHT, np.array([60.0, 60, 29.5, 19.5]), np.eye(3), np.zeros(3))
    return View(camera, np.zeros((HEIGHT, WIDTH), np.uint8), mask)


class Cuda(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scene = Scene(folder.name)
        for name in ("images", "sparse"):
            self.scene.folder("undistorted", name)
        self.entries = {1: _entry(1, [2, 3]), 2: _entry(2, [1]), 3: _entry(3, [1])}

    def workspace(self, depth: np.ndarray, normal: np.ndarray) -> Path:
        workspace = write_workspace(self.scene, self.entries)
        _write(workspace / "stereo" / "depth_maps" / "000001.jpg.geometric.bin", depth)
        _write(workspace / "stereo" / "normal_maps" / "000001.jpg.geometric.bin", normal)
        return workspace

    def test_workspace(self):
        """the workspace leads to the undistorted photos and names each view's neighbours"""
        workspace = write_workspace(self.scene, self.entries)
        self.scene.path("undistorted", "images", "000001.jpg").write_bytes(b"x")
        self.assertTrue((workspace / "images" / "000001.jpg").exists())
        lines = (workspace / "stereo" / "patch-match.cfg").read_text().splitlines()
        self.assertEqual(lines[:4], ["000001.jpg", "000002.jpg, 000003.jpg", "000002.jpg", "000001.jpg"])

    def test_round_trip(self):
        """depths and normals arrive where they were, what COLMAP filtered out stays out, and so does what is out of
        range"""
        y, x = np.mgrid[:HEIGHT, :WIDTH]
        depth = (3 + 0.01 * x + 0.005 * y).astype(np.float32)
        depth[:10, :20] = 0
        depth[30:, 50:] = 20
        normal = np.stack([x / WIDTH, y / HEIGHT, np.full(x.shape, -1)], axis=-1).astype(np.float32)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        found = convert(self.workspace(depth, normal), self.entries[1], _view())
        good = (depth > 0) & (depth < 10)
        np.testing.assert_array_equal(found.depth, np.where(good, depth, 0))
        np.testing.assert_array_equal(found.normal, normal)
        self.assertLess(found.cost[good].max(), 0.45)
        self.assertEqual(found.cost[:10, :20].min(), 2)
        path = self.scene.path("depth", "000001.npz")
        found.write(path)
        with np.load(path) as file:
            types = {name: file[name].dtype.name for name in file}
        self.assertEqual(types, {"depth": "float32", "normal": "float16", "cost": "float16"})

    def test_as_colmap_reads(self):
        """maps are read as COLMAP reads and writes them itself"""
        import pycolmap

        depth = np.random.default_rng(0).uniform(1, 5, (HEIGHT, WIDTH)).astype(np.float32)
        path = self.scene.path("depth.bin")
        pycolmap.DepthMap.from_array(depth, 1, 5).write(path)
        np.testing.assert_array_equal(read_dense_map(path), depth)

        # COLMAP's picture of a normal map shows which channel it takes for which: all normals are -z, its blue.
        normals = np.tile(np.array([0.0, 0, -1], np.float32), (HEIGHT, WIDTH, 1))
        path = self.scene.path("normals.bin")
        _write(path, normals)
        np.testing.assert_array_equal(read_dense_map(path), normals)
        read = pycolmap.NormalMap()
        read.read(path)
        picture = read.to_bitmap().to_array().reshape(-1, 3)
        np.testing.assert_array_equal(np.unique(picture, axis=0), [[128, 128, 255]])

    def test_other_size(self):
        """a map that COLMAP made a pixel smaller gets the plan's size"""
        depth, normal = np.full((HEIGHT - 1, WIDTH), 3.0), np.tile([0.0, 0, -1], (HEIGHT - 1, WIDTH, 1))
        found = convert(self.workspace(depth, normal), self.entries[1], _view())
        self.assertEqual(found.depth.shape, (HEIGHT, WIDTH))
        self.assertEqual(found.normal.shape, (HEIGHT, WIDTH, 3))
        self.assertTrue((found.depth == 3).all())

    def test_mask(self):
        """COLMAP's stereo knows no masks: they are applied to what it measured"""
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[10:30, 10:50] = 255
        maps = np.full((HEIGHT, WIDTH), 3.0), np.tile([0.0, 0, -1], (HEIGHT, WIDTH, 1))
        found = convert(self.workspace(*maps), self.entries[1], _view(mask))
        np.testing.assert_array_equal(found.depth > 0, mask > 0)

    def test_without_cuda(self):
        """a COLMAP without CUDA is named, before anything is written"""
        import pycolmap

        if pycolmap.has_cuda:
            self.skipTest("this COLMAP has CUDA")
        with self.assertRaises(Failure) as raised:
            estimate_depth_cuda(SilentCall({"sceneDir": str(self.scene.directory), "quality": "preview"}))
        self.assertEqual(raised.exception.code, "engine_missing")
        self.assertEqual(sorted(path.name for path in self.scene.directory.iterdir()), ["undistorted"])
