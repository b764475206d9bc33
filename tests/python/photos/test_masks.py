import json

import numpy as np
from PIL import Image

from photogrammetry.child import SilentCall
from photogrammetry.photos.masks import take_masks

from .photo_set import PhotoCase


class MasksTest(PhotoCase):
    def setUp(self):
        super().setUp()
        self.mask = np.zeros((240, 320), np.uint8)
        self.mask[60:180, 80:240] = 255

    def take(
        self, masks: dict[str, np.ndarray], photos=("IMG_1.jpg", "IMG_2.jpg"), orientation: int | None = None
    ) -> dict:
        """Photos of 640 × 480 px."""
        known = [
            {
                "id": at + 1,
                "file": name,
                "image": f"{at + 1:06d}.jpg",
                "width": 640,
                "height": 480,
                "exif": {"orientation": orientation},
            }
            for at, name in enumerate(photos)
        ]
        (self.scene_dir / "photos.json").write_text(json.dumps({"photos": known, "skipped": []}))
        files = []
        for number, (name, mask) in enumerate(masks.items()):
            files.append({"path": str(self.save(f"{number}.png", mask)), "filename": name})
        return take_masks(SilentCall({"sceneDir": str(self.scene_dir), "files": files}))

    def stored(self, number: int) -> np.ndarray:
        return np.asarray(Image.open(self.scene_dir / "masks" / f"{number:06d}.png"))

    def test_names(self):
        """A mask belongs to the photo of the same name, with or without the photo's ending, a suffix, capital
        letters"""
        for name in ("IMG_1.png", "img_1.PNG", "IMG_1.jpg.png", "IMG_1_mask.png", "masks/IMG_1-mask.png"):
            with self.subTest(name):
                result = self.take({name: self.mask, "IMG_2.png": self.mask})
                self.assertEqual(result, {"masks": 2, "warnings": []})

    def test_folders(self):
        """Photos of the same name in different folders each have the mask of their folder"""
        left, right = self.mask.copy(), self.mask.copy()
        left[:, 160:], right[:, :160] = 0, 0
        self.take({"a/IMG_1.png": left, "b/IMG_1.png": right}, photos=("a/IMG_1.jpg", "b/IMG_1.jpg"))
        self.assertEqual((self.stored(1)[240, 200], self.stored(1)[240, 440]), (255, 0))
        self.assertEqual((self.stored(2)[240, 200], self.stored(2)[240, 440]), (0, 255))

    def test_values(self):
        """A mask gets the photo's size and is either 0 or 255"""
        soft = (self.mask * 0.8).astype(np.uint8)
        self.take({"IMG_1.png": soft})
        stored = self.stored(1)
        self.assertEqual((stored.shape, stored.dtype), ((480, 640), np.uint8))
        self.assertEqual(set(np.unique(stored)), {0, 255})
        self.assertAlmostEqual((stored > 0).mean(), 0.25, delta=0.01)

    def test_cutout(self):
        """A picture with transparency is a mask by what is opaque in it"""
        black = np.zeros((240, 320, 4), np.uint8)
        black[..., 3] = self.mask
        self.take({"IMG_1.png": black})
        self.assertAlmostEqual((self.stored(1) > 0).mean(), 0.25, delta=0.01)

    def test_turned(self):
        """A mask made from a photo as the sensor saw it is turned with the photo"""
        left = np.zeros((240, 320), np.uint8)
        left[:, :160] = 255
        # Orientation 6: the picture stands upright after a quarter turn clockwise.
        self.take({"IMG_1.png": np.rot90(left, 1).copy()}, orientation=6)
        self.assertEqual((self.stored(1)[240, 100], self.stored(1)[240, 540]), (255, 0))

    def test_warnings(self):
        """Masks that fit no photo, are empty, of another shape or damaged are named, and photos without one too"""
        result = self.take(
            {"IMG_9.png": self.mask, "IMG_1.png": np.zeros_like(self.mask), "IMG_2.png": self.mask[:, :200]}
        )
        warnings = "\n".join(result["warnings"])
        self.assertEqual(result["masks"], 0)
        self.assertIn("IMG_9.png has the name of no photo", warnings)
        self.assertIn("IMG_1.png is not used. It is empty", warnings)
        self.assertRegex(warnings, "IMG_2.png is not used. .* another shape than IMG_2.jpg")
        self.assertIn("There is no mask for IMG_2.jpg", "\n".join(self.take({"IMG_1.png": self.mask})["warnings"]))
        self.assertFalse((self.scene_dir / "masks" / "000002.png").exists())
