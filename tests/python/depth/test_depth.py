"""Depth maps of a small scene that is known exactly."""

import tempfile
import unittest

import numpy as np

from depth.small_scene import TrueView, looking, on_surface, views, write_scene
from photogrammetry import libraries  # noqa: F401
from photogrammetry.child import SilentCall
from photogrammetry.depth.estimate import estimate_depth
from photogrammetry.depth.fuse import fuse
from photogrammetry.depth.kernels import confirm, patchmatch, voxels
from photogrammetry.depth.maps import DepthMap
from photogrammetry.depth.plan import plan_depth
from photogrammetry.failure import Failure
from photogrammetry.scene import Scene


class SceneCase(unittest.TestCase):
    """A scene in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scene = Scene(folder.name)

    def call(self, **request) -> SilentCall:
        return SilentCall({"sceneDir": str(self.scene.directory), "quality": "preview", "seed": 0, **request})

    def measure(self, true_views: list[TrueView], **options) -> dict[int, float]:
        """Writes the scene and measures every view's depth; the shares measured."""
        write_scene(self.scene.directory, true_views, **options)
        photos = plan_depth(self.call())["photos"]
        return {photo: estimate_depth(self.call(photo=photo))["measured"] for photo in photos}

    def map(self, folder: str, photo: int) -> DepthMap:
        return DepthMap.read(self.scene.path(folder, f"{photo:06d}.npz"))

    def assert_right(self, view: TrueView, found: DepthMap, share: float) -> None:
        """At least `share` of the pixels are within 1 % of the truth."""
        right = np.abs(found.depth / view.depth() - 1) < 0.01
        self.assertGreaterEqual(right.mean(), share)


class DepthTest(SceneCase):
    def test_depth_is_right(self):
        """of four views of a ball in a plane, 90 % of the pixels are within 1 % of the true depth"""
        true_views = views(4)
        measured = self.measure(true_views)
        for view in true_views[1:3]:
            found = self.map("depth", view.photo)
            self.assert_right(view, found, 0.9)
            self.assertGreater(measured[view.photo], 0.9)
            normal = found.normal.astype(np.float32)
            plane = (found.depth > 0) & ~view.is_ball()
            self.assertGreater(float(np.median(-(normal[plane] @ view.R)[:, 2])), 0.97)
            self.assertEqual(found.depth.dtype, np.float32)

        answer = fuse(self.call())
        self.assertEqual(answer["dropped"], [])
        for view in true_views[1:3]:
            fused = self.map("fused", view.photo)
            known = fused.depth > 0
            self.assertGreater(known.mean(), 0.85)
            self.assertGreater((np.abs(fused.depth / view.depth() - 1) < 0.01)[known].mean(), 0.96)
            self.assertTrue(self.scene.has(f"fused/{view.photo:06d}.jpg"))
        with np.load(self.scene.path("points.npz")) as points:
            self.assertEqual(len(points["points"]), answer["points"])
            self.assertGreater(on_surface(points["points"]).mean(), 0.98)
            np.testing.assert_allclose(np.linalg.norm(points["normals"], axis=1), 1, atol=1e-3)
            self.assertTrue((points["confidence"] >= 2).all())
        report = self.scene.read_json("fuse.json")
        self.assertEqual([view["photo"] for view in report["views"]], [1, 2, 3, 4])
        self.assertEqual(report["points"], answer["points"])

    def test_same_seed_same_depth(self):
        """the same scene and seed give the same depth, another seed another"""
        self.measure(views(3))
        first = self.map("depth", 2)
        estimate_depth(self.call(photo=2))
        np.testing.assert_array_equal(self.map("depth", 2).depth, first.depth)
        estimate_depth(self.call(photo=2, seed=1))
        self.assertTrue((self.map("depth", 2).depth != first.depth).any())

    def test_sizes_may_differ(self):
        """portrait, landscape and pictures of another size measure each other"""
        true_views = views(4)
        true_views[1] = looking(2, true_views[1].centre, (0, 0, 4.3), 72, 96, 140)
        true_views[2] = looking(3, true_views[2].centre, (0, 0, 4.3), 144, 108, 151)
        self.measure(true_views)
        for view in true_views[1:3]:
            self.assert_right(view, self.map("depth", view.photo), 0.85)
        self.assertEqual(fuse(self.call())["dropped"], [])

    def test_coarse_to_fine(self):
        """a picture that needs a pyramid is measured as well as a small one"""
        true_views = views(3, 256, 192)
        write_scene(self.scene.directory, true_views)
        plan_depth(self.call())
        estimate_depth(self.call(photo=2))
        self.assert_right(true_views[1], self.map("depth", 2), 0.93)

    def test_masks(self):
        """nothing is measured outside the mask, and the mask's inside is"""
        import cv2

        true_views = views(4)
        write_scene(self.scene.directory, true_views)
        for view in true_views:
            path = self.scene.path("undistorted", "masks", f"{view.photo:06d}.png")
            cv2.imwrite(str(path), np.where(view.is_ball(), 255, 0).astype(np.uint8))
        plan_depth(self.call())
        for view in true_views:
            measured = estimate_depth(self.call(photo=view.photo))["measured"]
            found = self.map("depth", view.photo).depth
            self.assertFalse(found[~view.is_ball()].any())
            if view.photo in (2, 3):
                self.assertGreater((np.abs(found / view.depth() - 1) < 0.01)[view.is_ball()].mean(), 0.85)
                self.assertGreater(measured, 0.85)
        fuse(self.call())
        with np.load(self.scene.path("points.npz")) as points:
            self.assertLess(np.percentile(points["points"][:, 2], 99), 4.97)

    def test_no_compiling_in_a_job(self):
        """what set-up compiled is what a job calls: arrays of the same types and layout"""
        used = (patchmatch.initialise, patchmatch.sweep, confirm.confirm, voxels.add_points)
        for module in (patchmatch, confirm, voxels):
            module.compile_kernels()
        self.measure(views(3, 256, 192))
        fuse(self.call())
        self.assertEqual([len(kernel.signatures) for kernel in used], [1] * len(used))


class GateTest(SceneCase):
    def test_wrong_pose_is_dropped(self):
        """a view with a wrong pose is dropped by name; the others stay and are right"""
        true_views = views(6)
        wrong = looking(4, true_views[3].centre + [0.5, 0.3, 0.3], (-0.6, 0.5, 4.3), 96, 72, 1.05 * 96)
        self.measure(true_views, wrong={4: wrong})
        answer = fuse(self.call())
        self.assertEqual([dropped["file"] for dropped in answer["dropped"]], ["IMG_4.JPG"])
        self.assertFalse(self.scene.has("fused/000004.npz"))
        with np.load(self.scene.path("points.npz")) as points:
            self.assertGreater(on_surface(points["points"]).mean(), 0.95)

    def test_wrong_poses_fail(self):
        """when most poses are wrong nothing is confirmed, and that is said"""
        true_views = views(5)
        rng = np.random.default_rng(3)
        wrong = {
            view.photo: looking(view.photo, view.centre + rng.uniform(-0.8, 0.8, 3), (0, 0, 4.3), 96, 72, view.focal)
            for view in true_views
        }
        self.measure(true_views, wrong=wrong)
        with self.assertRaises(Failure) as raised:
            fuse(self.call())
        self.assertEqual(raised.exception.code, "cameras_unreliable")

    def test_nothing_in_common_fails(self):
        """views that show nothing in common are refused before any depth is measured"""
        apart = [looking(1, (-6, 0, 0), (-6, 0, 5), 96, 72, 100), looking(2, (6, 0, 0), (6, 0, 5), 96, 72, 100)]
        write_scene(self.scene.directory, apart)
        with self.assertRaises(Failure) as raised:
            plan_depth(self.call())
        self.assertEqual(raised.exception.code, "cameras_unreliable")


if __name__ == "__main__":
    unittest.main()
