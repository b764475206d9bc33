import unittest
import zipfile

import numpy as np
from pxr import Usd, UsdGeom, UsdShade, UsdValidation

from export.scene_case import SceneCase
from export.textured_cube import write_textured_cube

VALIDATORS = ("UsdCoreValidators", "UsdGeomValidators", "UsdShadeValidators", "UsdUtilsValidators")


class UsdzTest(SceneCase):
    def setUp(self):
        super().setUp()
        write_textured_cube(self.scene)
        self.export("usdz")
        self.path = self.out / "model.usdz"

    def test_validators(self):
        """USD's own validators find nothing wrong with the USDZ"""
        registry = UsdValidation.ValidationRegistry()
        rules = [rule for group in VALIDATORS for rule in registry.GetValidatorMetadataForKeyword(group)]
        self.assertTrue(any("UsdzPackage" in rule.name for rule in rules))
        context = UsdValidation.ValidationContext([registry.GetOrLoadValidatorByName(rule.name) for rule in rules])
        errors = context.Validate(Usd.Stage.Open(str(self.path)))
        self.assertEqual([error.GetErrorAsString() for error in errors], [])

    def test_package(self):
        """the scene comes first and every entry lies uncompressed at a multiple of 64 bytes"""
        content = self.path.read_bytes()
        with zipfile.ZipFile(self.path) as archive:
            self.assertEqual(archive.namelist(), ["model.usdc", "textures/texture.jpg"])
            for entry in archive.infolist():
                name_bytes = int.from_bytes(content[entry.header_offset + 26 : entry.header_offset + 28], "little")
                extra_bytes = int.from_bytes(content[entry.header_offset + 28 : entry.header_offset + 30], "little")
                self.assertEqual((entry.header_offset + 30 + name_bytes + extra_bytes) % 64, 0)
                self.assertEqual(entry.compress_type, zipfile.ZIP_STORED)

    def test_scene(self):
        """the scene is in metres and Y up, and its picture is the texture that it carries"""
        stage = Usd.Stage.Open(str(self.path))
        self.assertEqual(UsdGeom.GetStageUpAxis(stage), "Y")
        self.assertEqual(UsdGeom.GetStageMetersPerUnit(stage), 1)
        mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/model/mesh"))
        np.testing.assert_allclose(mesh.GetExtentAttr().Get(), [[-0.5, 0, -0.5], [0.5, 1, 0.5]], atol=1e-6)
        coordinates = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get())
        np.testing.assert_allclose(1 - coordinates[:, 1], np.load(self.scene / "textured.npz")["uv"][:, 1], atol=1e-6)
        material, _ = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()
        texture = UsdShade.Shader(stage.GetPrimAtPath(f"{material.GetPath()}/texture"))
        self.assertTrue(texture.GetInput("file").Get().resolvedPath)


if __name__ == "__main__":
    unittest.main()
