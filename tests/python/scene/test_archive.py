"""Packing files of a scene as a checkpoint, and taking them from one."""

import io
import tarfile
import tempfile
import unittest
from pathlib import Path

from photogrammetry.archive import pack, unpack
from photogrammetry.child import SilentCall
from photogrammetry.failure import Failure
from photogrammetry.scene import Scene


class Archive(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.scene = Scene(self.root / "scene")
        self.tar = str(self.root / "files.tar")

    def call(self, **request):
        return SilentCall({"sceneDir": str(self.scene.directory), "path": self.tar, **request})

    def test_round_trip(self):
        """files and folders come back as they were; what is missing is left out"""
        self.scene.path("poses", "cameras.bin").write_bytes(b"\x01\x02")
        self.scene.write_json("poses.json", {"registered": 3, "file": "Ä.jpg"})
        pack(self.call(names=["poses", "poses.json", "scale.json"]))
        other = Scene(self.root / "other")
        other.directory.mkdir()
        unpack(self.call(sceneDir=str(other.directory)))
        self.assertEqual(other.path("poses", "cameras.bin").read_bytes(), b"\x01\x02")
        self.assertEqual(other.read_json("poses.json"), {"registered": 3, "file": "Ä.jpg"})
        self.assertFalse(other.has("scale.json"))

    def test_same_bytes(self):
        """the same files make the same bytes, whenever they were written"""
        self.scene.write_json("poses.json", {"a": 1})
        pack(self.call(names=["poses.json"]))
        first = Path(self.tar).read_bytes()
        self.scene.write_json("poses.json", {"a": 1})
        pack(self.call(names=["poses.json"]))
        self.assertEqual(Path(self.tar).read_bytes(), first)

    def test_damaged(self):
        """a damaged checkpoint is refused as input_invalid"""
        self.scene.path("mesh.npz").write_bytes(bytes(100_000))
        pack(self.call(names=["mesh.npz"]))
        whole = Path(self.tar).read_bytes()
        for damaged in (b"no tar at all", whole[:5_000]):
            with self.subTest(length=len(damaged)):
                Path(self.tar).write_bytes(damaged)
                with self.assertRaises(Failure) as caught:
                    unpack(self.call())
                self.assertEqual(caught.exception.code, "input_invalid")

    def test_hostile_names(self):
        """names that lead out of the scene, and links, are refused"""
        for name, kind in (("../evil", tarfile.REGTYPE), ("/evil", tarfile.REGTYPE), ("evil", tarfile.SYMTYPE)):
            with self.subTest(name=name), tarfile.open(self.tar, "w") as tar:
                member = tarfile.TarInfo(name)
                member.type, member.size, member.linkname = kind, 4 if kind == tarfile.REGTYPE else 0, "/etc/passwd"
                tar.addfile(member, io.BytesIO(b"evil"))
            self.scene.directory.mkdir(exist_ok=True)
            with self.assertRaises(Failure):
                unpack(self.call())
            self.assertEqual(list(self.root.rglob("evil")), [])


if __name__ == "__main__":
    unittest.main()
