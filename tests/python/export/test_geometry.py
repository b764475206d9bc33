"""What other programs read from the files: size, axes, colours, direction of the surface."""

import json
import struct
import unittest

import numpy as np
import trimesh
from PIL import Image

from export.scene_case import SceneCase
from export.textured_cube import write_textured_cube
from photogrammetry.export.frame import Frame


class GeometryTest(SceneCase):
    def test_glb_frame(self):
        """the GLB stands on y = 0, is as large as the frame says and faces outwards"""
        write_textured_cube(self.scene)
        self.export("glb")
        mesh = trimesh.load(self.out / "model.glb", force="mesh")
        np.testing.assert_allclose(mesh.bounds, [[-0.5, 0, -0.5], [0.5, 1, 0.5]], atol=1e-6)
        mesh.merge_vertices(merge_tex=True, merge_norm=True)
        self.assertAlmostEqual(mesh.volume, 1, places=5)

    def test_glb_picture(self):
        """a corner of the GLB has the colour that its place in the texture had"""
        write_textured_cube(self.scene)
        self.export("glb", quality="raw")
        mesh = trimesh.load(self.out / "model.glb", force="mesh", process=False)
        texture = np.asarray(mesh.visual.material.baseColorTexture.convert("RGB"))
        with Image.open(self.scene / "texture.png") as image:
            np.testing.assert_array_equal(texture, np.asarray(image))
        # trimesh turns v up when it reads.
        np.testing.assert_allclose(1 - mesh.visual.uv[:, 1], np.load(self.scene / "textured.npz")["uv"][:, 1], atol=1e-6)

    def test_glb_material(self):
        """the GLB is unlit, and both sides of an open surface show"""
        write_textured_cube(self.scene)
        for watertight in (True, False):
            (self.scene / "mesh.json").write_text(json.dumps({"watertight": watertight}))
            self.export("glb")
            content = (self.out / "model.glb").read_bytes()
            header = json.loads(content[20 : 20 + struct.unpack_from("<I", content, 12)[0]])
            material = header["materials"][0]
            self.assertIn("KHR_materials_unlit", material["extensions"])
            self.assertEqual(material["pbrMetallicRoughness"]["roughnessFactor"], 1)
            self.assertEqual(material.get("doubleSided", False), not watertight)

    def test_stl(self):
        """the STL is watertight, in millimetres and Z up"""
        write_textured_cube(self.scene)
        self.export("stl")
        mesh = trimesh.load(self.out / "model.stl")
        self.assertTrue(mesh.is_watertight)
        np.testing.assert_allclose(mesh.bounds, [[-500, -500, 0], [500, 500, 1000]], atol=1e-3)
        self.assertAlmostEqual(mesh.volume / 1e9, 1, places=5)

    def test_ply(self):
        """dense.ply holds every point in metres with normal, colour and the number of views that agree"""
        write_textured_cube(self.scene)
        self.export("ply")
        content = (self.out / "dense.ply").read_bytes()
        head, body = content.split(b"end_header\n", 1)
        self.assertIn(b"element vertex 8\n", head)
        names = [line.split()[-1].decode() for line in head.splitlines() if line.startswith(b"property")]
        rows = np.frombuffer(body, dtype=[(name, "<f4" if len(name) < 3 else "u1") for name in names])
        np.testing.assert_allclose([rows["x"][0], rows["y"][0], rows["z"][0]], [-0.5, 1, 0.5], atol=1e-6)
        np.testing.assert_allclose(np.hypot(np.hypot(rows["nx"], rows["ny"]), rows["nz"]), 1, atol=1e-6)
        self.assertEqual(rows["red"].tolist(), [200] * 8)
        self.assertEqual(rows["confidence"].tolist(), list(range(3, 11)))

    def test_no_length(self):
        """a normal without a length becomes one that files may hold"""
        frame = Frame(1.0, np.eye(3), np.zeros(3))
        normals = frame.normals(np.array([[0, 0, 0], [np.nan, 0, 0], [0, 0, 9]], dtype=np.float32))
        np.testing.assert_array_equal(normals, [[0, 1, 0], [0, 1, 0], [0, 0, 1]])

    def test_mirror(self):
        """a frame that would mirror the model is refused"""
        with self.assertRaises(ValueError):
            Frame.of_matrix(np.diag([1.0, 1.0, -1.0, 1.0]).tolist())


if __name__ == "__main__":
    unittest.main()
