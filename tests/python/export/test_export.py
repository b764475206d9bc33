import hashlib
import json
import unittest
import zipfile

from PIL import Image

from export.scene_case import ALL_FORMATS, SceneCase
from export.textured_cube import write_cameras, write_textured_cube


class ExportTest(SceneCase):
    def test_names(self):
        """every format is written under the name that the job type lists, and cameras.json always"""
        write_textured_cube(self.scene, levels=2)
        answer = self.export(*ALL_FORMATS)
        names = ["cameras.json", "colmap.zip", "dense.ply", "model-lod1.glb", "model-lod2.glb", "model-obj.zip"]
        self.assertEqual(answer["files"], [*names, "model.glb", "model.stl", "model.usdz"])
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), answer["files"])
        self.assertEqual(list(answer["versions"]), ["usd"])

    def test_only_what_was_asked_for(self):
        """a format that was not asked for is not written"""
        write_textured_cube(self.scene)
        self.assertEqual(self.export("stl")["files"], ["cameras.json", "model.stl"])

    def test_same_bytes(self):
        """the same scene gives the same bytes in every format"""
        write_textured_cube(self.scene, levels=1)
        digests = []
        for out in ("out", "again"):
            files = self.export(*ALL_FORMATS, out=out)["files"]
            paths = [self.out.parent / out / name for name in files]
            digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths})
        self.assertEqual(digests[0], digests[1])

    def test_until_cameras(self):
        """without a model the cameras alone are written, whatever the formats"""
        write_cameras(self.scene)
        self.assertEqual(self.export(*ALL_FORMATS)["files"], ["cameras.json", "colmap.zip"])
        with zipfile.ZipFile(self.out / "colmap.zip") as archive:
            self.assertEqual(archive.namelist(), ["README.txt", "poses/cameras.bin"])
        cameras = json.loads((self.out / "cameras.json").read_text())
        self.assertEqual((cameras["units"], cameras["upAxis"]), ("unknown", "unknown"))
        self.assertEqual(cameras["cameras"][0]["position"], [0, 0, -6])

    def test_colmap_zip(self):
        """colmap.zip holds the undistorted photos byte for byte, and the model"""
        write_textured_cube(self.scene)
        self.export("colmap")
        with zipfile.ZipFile(self.out / "colmap.zip") as archive:
            self.assertIsNone(archive.testzip())
            photo = archive.read("undistorted/images/000001.jpg")
        self.assertEqual(photo, (self.scene / "undistorted" / "images" / "000001.jpg").read_bytes())

    def test_obj_zip(self):
        """the OBJ names its material and texture, and its numbers count from 1"""
        write_textured_cube(self.scene)
        self.export("obj")
        with zipfile.ZipFile(self.out / "model-obj.zip") as archive:
            self.assertEqual(archive.namelist(), ["model.obj", "model.mtl", "texture.jpg"])
            lines = archive.read("model.obj").decode().splitlines()
            self.assertIn("map_Kd texture.jpg", archive.read("model.mtl").decode())
            with archive.open("texture.jpg") as file, Image.open(file) as image:
                self.assertEqual(image.size, (48, 48))
        self.assertEqual(lines[0], "mtllib model.mtl")
        faces = [line for line in lines if line.startswith("f ")]
        self.assertEqual(faces[0], "f 1/1/1 2/2/2 3/3/3")
        self.assertEqual([sum(line.startswith(f"{kind} ") for line in lines) for kind in ("v", "vt", "vn", "f")], [24, 24, 24, 12])

    def test_raw_keeps_the_texture(self):
        """raw keeps the texture without loss in the OBJ, but not in the USDZ, which phones read"""
        write_textured_cube(self.scene)
        self.export("obj", "usdz", quality="raw")
        with zipfile.ZipFile(self.out / "model-obj.zip") as archive:
            self.assertEqual(archive.read("texture.png"), (self.scene / "texture.png").read_bytes())
        with zipfile.ZipFile(self.out / "model.usdz") as archive:
            self.assertEqual(archive.namelist(), ["model.usdc", "textures/texture.jpg"])


if __name__ == "__main__":
    unittest.main()
