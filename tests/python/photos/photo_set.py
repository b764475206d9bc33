"""Small generated photos: views of a patterned plane that a camera moves along."""

import json
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from photogrammetry.child import SilentCall
from photogrammetry.photos.check import check_photos
from photogrammetry.photos.read import read_photos

WIDTH, HEIGHT = 800, 600


def pattern(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Coloured noise of many scales `(height, width, 3)` uint8: features everywhere, and none that repeats."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cell in (4, 12, 40):
        coarse = rng.normal(0, 1, (height // cell + 2, width // cell + 2, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 40 * total, 0, 255).astype(np.uint8)


_PLANE = pattern(2400, 1000)


def view(number: int) -> np.ndarray:
    """The plane from a camera that has moved on by 90 pixels and turned a little for each number."""
    x, turn = 90 * number, 0.04 * np.sin(number)
    corners = np.float32([[x, 0], [x + WIDTH, 0], [x + WIDTH, HEIGHT], [x, HEIGHT]]) + (0, 150)
    target = np.float32([[0, HEIGHT * turn], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT * (1 - turn)]])
    return cv2.warpPerspective(_PLANE, cv2.getPerspectiveTransform(corners.astype(np.float32), target), (WIDTH, HEIGHT))


class PhotoCase(unittest.TestCase):
    """Has a folder for pictures and a scene folder, and runs the requests there."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name) / "in"
        self.scene_dir = Path(temporary.name) / "scene"
        self.folder.mkdir()
        self.scene_dir.mkdir()

    def save(self, name: str, image: np.ndarray | Image.Image, **options) -> Path:
        path = self.folder / name
        (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **options)
        return path

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def read(self, *paths: Path, quality: str = "preview", frames: int = 120) -> dict:
        files = [{"path": str(path), "filename": path.name} for path in paths]
        return read_photos(
            SilentCall({"sceneDir": str(self.scene_dir), "quality": quality, "frames": frames, "files": files})
        )

    def check(self, keep: tuple[str, ...] = (), drop: tuple[str, ...] = (), strict: bool = False) -> dict:
        request = {"sceneDir": str(self.scene_dir), "keep": list(keep), "drop": list(drop), "strict": strict}
        return check_photos(SilentCall(request))

    def photos(self) -> list[dict]:
        return json.loads((self.scene_dir / "photos.json").read_text())["photos"]

    def stored(self, number: int) -> np.ndarray:
        return np.asarray(Image.open(self.scene_dir / "photos" / f"{number:06d}.jpg"))
