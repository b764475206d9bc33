"""What lies behind the scene in a photo."""

import tempfile
import unittest

import cv2
import numpy as np
from photogrammetry.depth.backdrop import backdrop, read_backdrop, write_backdrop
from photogrammetry.scene import Scene

HEIGHT, WIDTH = 120, 160


def _scene(sky=(150, 190, 230)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A photo (RGB) of a speckled tower on speckled ground before a sky that gets brighter downwards, the depth map, and the true
    sky."""
    speckles = np.random.default_rng(0).integers(20, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    photo = cv2.GaussianBlur(speckles, (3, 3), 0)
    behind = np.zeros((HEIGHT, WIDTH), bool)
    behind[:90] = True
    behind[30:90, 60:100] = False
    photo[behind] = sky
    photo[behind] += (np.arange(HEIGHT)[:, None].repeat(WIDTH, 1)[behind][:, None] // 8).astype(np.uint8)
    depth = np.where(behind, 0, 5).astype(np.float32)
    return photo, depth, behind


class Backdrop(unittest.TestCase):
    def test_sky(self):
        """sky is found up to the edges of what stands before it, and nothing else is"""
        photo, depth, behind = _scene()
        found = backdrop(photo, depth)
        self.assertGreater((found & behind).sum() / behind.sum(), 0.98)
        self.assertLess((found & ~behind).sum() / (~behind).sum(), 0.01)

    def test_wide_edges(self):
        """depth that stereo has spread into the sky beside an edge is known to be sky"""
        photo, depth, behind = _scene()
        depth[30:90, 57:103] = 5
        self.assertTrue((backdrop(photo, depth) & (depth > 0) & behind).sum() > 0.8 * (6 * 60))

    def test_enclosed(self):
        """a plain patch that does not lead to the frame is part of the thing, unless it has the colour of the sky"""
        photo, depth, _ = _scene()
        inside = np.s_[52:68, 72:88]
        photo[50:70, 70:90] = (190, 60, 40)
        depth[50:70, 70:90] = 0
        self.assertFalse(backdrop(photo, depth)[inside].any())
        photo[50:70, 70:90] = (157, 197, 237)
        self.assertTrue(backdrop(photo, depth)[inside].all())

    def test_measured(self):
        """a plain wall whose depth is known is no backdrop"""
        photo, _, _ = _scene()
        self.assertFalse(backdrop(photo, np.full((HEIGHT, WIDTH), 5, np.float32)).any())

    def test_sizes(self):
        """the photo may be larger than the depth map"""
        photo, depth, behind = _scene()
        found = backdrop(cv2.resize(photo, (4 * WIDTH, 4 * HEIGHT)), depth)
        self.assertGreater((found & behind).sum() / behind.sum(), 0.98)

    def test_kept(self):
        """is kept in the scene, and is None where none was"""
        with tempfile.TemporaryDirectory() as folder:
            scene = Scene(folder)
            mask = _scene()[2]
            write_backdrop(scene, 7, mask)
            self.assertTrue(np.array_equal(read_backdrop(scene, 7), mask))
            self.assertIsNone(read_backdrop(scene, 8))


if __name__ == "__main__":
    unittest.main()
