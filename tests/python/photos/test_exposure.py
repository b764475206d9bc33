import unittest

import numpy as np

from photogrammetry.photos.exposure import drift, measure_exposure


class ExposureTest(unittest.TestCase):
    def test_stops(self):
        """Half the light is one stop less"""
        # 188 and 137 of sRGB are 1/2 and 1/4 of white's light.
        half, quarter = (measure_exposure(np.full((8, 8, 3), value, np.uint8)).ev for value in (188, 137))
        self.assertAlmostEqual(half, -1, delta=0.02)
        self.assertAlmostEqual(half - quarter, 1, delta=0.02)

    def test_clipping(self):
        """What is lost in white and in black is counted"""
        image = np.full((10, 10, 3), 128, np.uint8)
        image[:3], image[3:5] = 255, 0
        exposure = measure_exposure(image)
        self.assertEqual((exposure.blown, exposure.black, exposure.clipped), (0.3, 0.2, 0.5))

    def test_drift(self):
        """One photo that differs stands out; light that changes slowly along the set doesn't"""
        slowly = np.linspace(0, 3, 31)
        slowly[15] += 2
        self.assertEqual([at for at, ev in enumerate(drift(slowly)) if abs(ev) > 1], [15])
