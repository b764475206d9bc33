import json
import math
import unittest

import numpy as np
from scipy.spatial.transform import Rotation

from export.scene_case import SceneCase
from export.textured_cube import write_cameras, write_textured_cube


class CamerasTest(SceneCase):
    def cameras(self) -> dict:
        self.export("stl")
        return json.loads((self.out / "cameras.json").read_text(encoding="utf-8"))

    def test_pose(self):
        """a camera stands where the model's files have it, looks at the model along its -z and holds its y up"""
        write_textured_cube(self.scene)
        cameras = self.cameras()
        camera = cameras["cameras"][0]
        np.testing.assert_allclose(camera["position"], [0, 0.5, 3], atol=1e-6)
        rotation = Rotation.from_quat(camera["rotation"])
        np.testing.assert_allclose(rotation.apply([0, 0, -1]), [0, 0, -1], atol=1e-6)
        np.testing.assert_allclose(rotation.apply([0, 1, 0]), [0, 1, 0], atol=1e-6)
        self.assertEqual((cameras["units"], cameras["upAxis"], cameras["scaleSource"]), ("metres", "Y", "marker"))

    def test_lens(self):
        """the lens is that of the uploaded photo, held upright"""
        write_textured_cube(self.scene)
        lens = self.cameras()["cameras"][0]["lens"]
        self.assertEqual((lens["model"], lens["width"], lens["height"]), ("SIMPLE_RADIAL", 4000, 3000))
        np.testing.assert_allclose(lens["params"], [5000, 2000, 1500, 0.01])
        self.assertAlmostEqual(lens["verticalFovDeg"], math.degrees(2 * math.atan(0.3)), places=3)

    def test_dropped(self):
        """every photo without a place is named once, with its reason"""
        write_textured_cube(self.scene)
        self.assertEqual(
            self.cameras()["dropped"],
            [
                {"file": "broken.heic", "reason": "It is damaged."},
                {"file": "blurred.jpg", "reason": "It is blurred."},
                {"file": "side.jpg", "reason": "It shares too little."},
            ],
        )

    def test_dropped_by_depth(self):
        """a camera whose depth map fitted no other is dropped as well"""
        write_textured_cube(self.scene)
        view = {"photo": 1, "measured": 0.9, "confirmed": 0.01, "dropped": "It fits none."}
        (self.scene / "fuse.json").write_text(json.dumps({"views": [view], "points": 9}))
        cameras = self.cameras()
        self.assertEqual(cameras["cameras"], [])
        self.assertIn({"file": "front.jpg", "reason": "It fits none."}, cameras["dropped"])

    def test_known_scale(self):
        """without a model a known scale gives positions in metres"""
        write_cameras(self.scene)
        (self.scene / "scale.json").write_text('{"metresPerUnit": 0.25, "source": "gps", "errorPercent": 3}')
        cameras = self.cameras()
        self.assertEqual((cameras["units"], cameras["scaleSource"]), ("metres", "gps"))
        np.testing.assert_allclose(cameras["cameras"][0]["position"], [0, 0, -1.5])


if __name__ == "__main__":
    unittest.main()
