"""A test case with a scene folder of its own and a call of `export`."""

import tempfile
import unittest
from pathlib import Path

from photogrammetry.child import SilentCall
from photogrammetry.export.export import export_model

ALL_FORMATS = ("glb", "usdz", "obj", "stl", "ply", "colmap")


class SceneCase(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.scene, self.out = Path(temporary.name, "scene"), Path(temporary.name, "out")
        self.scene.mkdir()

    def export(self, *formats: str, quality: str = "standard", out: str = "out") -> dict:
        folder = self.out.parent / out
        request = {"sceneDir": str(self.scene), "formats": formats, "quality": quality, "outDir": str(folder)}
        return export_model(SilentCall(request))
