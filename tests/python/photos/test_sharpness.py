import unittest

import cv2
import numpy as np

from photogrammetry.photos.sharpness import measure_sharpness

from .photo_set import pattern


def edges() -> np.ndarray:
    """Black and white rectangles: nothing but perfect edges."""
    image = np.full((480, 640), 40, np.uint8)
    for at in range(0, 600, 60):
        cv2.rectangle(image, (at + 10, at * 2 % 400 + 10), (at + 50, at * 2 % 400 + 60), 220, -1)
        cv2.rectangle(image, (at + 10, at * 3 % 400 + 30), (at + 40, at * 3 % 400 + 70), 140, -1)
    return image


class SharpnessTest(unittest.TestCase):
    def test_blur_in_pixels(self):
        """The blur of edges is measured in pixels"""
        self.assertLess(measure_sharpness(edges()).blur_px, 0.4)
        for sigma in (1.0, 1.5, 2.0, 3.0):
            measured = measure_sharpness(cv2.GaussianBlur(edges(), (0, 0), sigma)).blur_px
            self.assertAlmostEqual(measured, sigma, delta=0.2 * sigma)

    def test_whatever_is_shown(self):
        """Blur takes the same share of the detail of edges and of texture; light and noise take none"""
        for sharp in (edges(), pattern(640, 480)[..., 0]):
            detail = measure_sharpness(sharp).detail
            blurred = measure_sharpness(cv2.GaussianBlur(sharp, (0, 0), 3)).detail
            self.assertTrue(0.1 < blurred / detail < 0.25, blurred / detail)
            noise = np.random.default_rng(0).normal(0, 4, sharp.shape)
            for same in (sharp * 0.3, np.clip(sharp + noise, 0, 255)):
                self.assertAlmostEqual(measure_sharpness(same.astype(np.uint8)).detail / detail, 1, delta=0.15)

    def test_movement(self):
        """A camera that moved sideways blurs, though only in one direction"""
        sharp = edges()
        self.assertLess(measure_sharpness(cv2.blur(sharp, (15, 1))).detail, 0.35 * measure_sharpness(sharp).detail)

    def test_background(self):
        """A background out of focus or plain is no sign of a blurred photo"""
        blurred = cv2.GaussianBlur(edges(), (0, 0), 6)
        blurred[120:360, 160:480] = edges()[120:360, 160:480]
        self.assertLess(measure_sharpness(blurred).blur_px, 0.7)

    def test_plain(self):
        """A plain picture has no sharpness"""
        self.assertIsNone(measure_sharpness(np.full((480, 640), 128, np.uint8)))
