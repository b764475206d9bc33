import unittest

import cv2
import numpy as np

from photogrammetry.photos.overlap import (
    ALL_PAIRS_MAX_PHOTOS,
    MIN_LINK,
    count_link,
    find_copies,
    glance,
    pairs_to_compare,
    same_view,
)

from .photo_set import pattern, view


def small(rgb: np.ndarray) -> np.ndarray:
    return cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (480, 360), interpolation=cv2.INTER_AREA)


class OverlapTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.glances = [glance(small(view(number))) for number in range(5)]
        cls.other = glance(small(pattern(800, 600, seed=7)))

    def test_links(self):
        """Photos of the same place are linked, photos of different places are not"""
        self.assertGreater(count_link(self.glances[0], self.glances[1]), 4 * MIN_LINK)
        self.assertGreaterEqual(count_link(self.glances[0], self.glances[4]), MIN_LINK)
        self.assertEqual(count_link(self.glances[0], self.other), 0)

    def test_copies(self):
        """The same picture again, brighter, noisier or compressed more, is a copy; a camera that moved a little is
        none"""
        picture = small(view(0))
        noise = np.random.default_rng(0).normal(0, 6, picture.shape)
        compressed = cv2.imdecode(
            cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_GRAYSCALE
        )
        for copy in (picture, picture * 0.6, np.clip(picture + noise, 0, 255), compressed, np.roll(picture, 1, 0)):
            self.assertTrue(same_view(self.glances[0], glance(copy.astype(np.uint8))))
        for moved in (np.roll(picture, 6, 1), small(view(1)), small(pattern(800, 600, seed=7))):
            self.assertFalse(same_view(self.glances[0], glance(moved)))

    def test_turntable(self):
        """A thing that turned before a still wall is no copy, though most of the picture is the same"""
        wall, before, after = small(view(2)), small(view(0)), small(view(3))
        first, second = wall.copy(), wall.copy()
        first[130:230, 190:290] = before[130:230, 190:290]
        second[130:230, 190:290] = after[130:230, 190:290]
        self.assertFalse(same_view(glance(first), glance(second)))

    def test_one_stands(self):
        """Of photos that show the same, the first in the given order stands for all"""
        glances = [self.glances[0], self.glances[1], self.glances[0], self.glances[0]]
        self.assertEqual(find_copies(glances, [2, 0, 1, 3], lambda part: None), {0: 2, 3: 2})

    def test_pairs(self):
        """Small sets are compared in all pairs; in large ones the work grows with the photos, and neighbours are among
        the pairs"""
        self.assertEqual(len(pairs_to_compare(self.glances)), 10)
        many = [self.glances[at % 5] for at in range(ALL_PAIRS_MAX_PHOTOS + 10)]
        pairs = pairs_to_compare(many)
        self.assertLess(len(pairs), 9 * len(many))
        self.assertTrue({(0, 1), (7, 10), (0, len(many) - 1)} <= set(pairs))
        self.assertTrue(all(one < other for one, other in pairs))

    def test_plain(self):
        """A plain picture shares nothing and breaks nothing"""
        plain = glance(np.full((360, 480), 128, np.uint8))
        self.assertEqual(count_link(plain, self.other), 0)
        self.assertTrue(same_view(plain, plain))
