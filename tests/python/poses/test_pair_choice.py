"""Which pairs are chosen of more photos than are matched exhaustively: from features in a database, in any order."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import pycolmap
from photogrammetry.poses.database import SceneDatabase, create_database
from photogrammetry.poses.pairs import (
    ALIKE_AUTO,
    ALIKE_SEQUENTIAL,
    ORDER_OVERLAP,
    SEQUENTIAL_OVERLAP,
    all_pairs,
    choose_pairs,
)
from photogrammetry.presets import EXHAUSTIVE_MAX_PHOTOS

from .views import photo

SEEN, PER_PLACE = 6, 8
"""A photo sees so many places of its ring, one after the other, each with so many features."""


class Rings:
    """Photos on rings that share nothing; neighbours on a ring see nearly the same places. Ids 1 … n are spread over
    the places by chance, unless `in_order`."""

    def __init__(self, sizes: list[int], *, in_order: bool = False, seed: int = 0):
        random = np.random.default_rng(seed)
        self.places = [(ring, step, size) for ring, size in enumerate(sizes) for step in range(size)]
        count = len(self.places)
        self.order = np.arange(count) if in_order else random.permutation(count)
        looks = {}
        for ring, step, _ in self.places:
            looks[ring, step] = random.exponential(40, (PER_PLACE, 128))
        self.descriptors = {}
        for image_id, at in enumerate(self.order, start=1):
            ring, step, size = self.places[at]
            seen = np.concatenate([looks[ring, (step + further) % size] for further in range(SEEN)])
            self.descriptors[image_id] = np.clip(seen + random.normal(0, 8, seen.shape), 0, 255).astype(np.uint8)
        self.ids = list(self.descriptors)

    def pairs(self, matching: str) -> list[tuple[int, int]]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "database.db"
            create_database(path, [photo(image_id) for image_id in self.ids])
            with SceneDatabase(path) as database:
                for image_id, found in self.descriptors.items():
                    database.write_keypoints(image_id, np.ones((len(found), 6), np.float32))
                    descriptors = pycolmap.FeatureDescriptors(pycolmap.FeatureExtractorType.SIFT, found)
                    database.write_descriptors(image_id, descriptors)
            return choose_pairs(matching, self.ids, path, lambda _: None)

    def neighbours(self, most: int) -> set[tuple[int, int]]:
        """Pairs of ids at most so many steps apart on their ring."""
        id_of = {self.places[at]: image_id for image_id, at in enumerate(self.order, start=1)}
        found = set()
        for (ring, step, size), image_id in id_of.items():
            for further in range(1, most + 1):
                other = id_of[ring, (step + further) % size, size]
                found.add((min(image_id, other), max(image_id, other)))
        return found

    def ring_of(self, image_id: int) -> int:
        return self.places[self.order[image_id - 1]][0]


class ChosenPairs(unittest.TestCase):
    def test_few(self):
        """up to 30 photos every pair is matched, from 31 on a choice"""
        few, more = Rings([EXHAUSTIVE_MAX_PHOTOS]), Rings([EXHAUSTIVE_MAX_PHOTOS + 1])
        self.assertEqual(few.pairs("auto"), all_pairs(few.ids))
        self.assertLess(len(more.pairs("auto")), len(all_pairs(more.ids)))
        self.assertEqual(more.pairs("exhaustive"), all_pairs(more.ids))

    def test_shuffled(self):
        """photos whose names say nothing about their places are matched with those that see the same, and the number
        of pairs grows with the photos, not with their square"""
        rings = Rings([60])
        pairs = rings.pairs("auto")
        self.assertLessEqual(rings.neighbours(3), set(pairs))
        self.assertLessEqual(len(pairs), (ALIKE_AUTO + ORDER_OVERLAP) * len(rings.ids))
        self.assertEqual(pairs, sorted(set(pairs)))
        self.assertTrue(all(a < b for a, b in pairs))

    def test_groups(self):
        """photos of two things that share nothing are matched with their own kind, but for neighbours in order"""
        rings = Rings([24, 20])
        pairs = set(rings.pairs("auto"))
        across = {(a, b) for a, b in pairs if rings.ring_of(a) != rings.ring_of(b)}
        self.assertLessEqual(rings.neighbours(2), pairs)
        self.assertTrue(all(b - a <= ORDER_OVERLAP for a, b in across))

    def test_sequential(self):
        """a film is matched in its order, and with what looks alike where it comes round again"""
        rings = Rings([40], in_order=True)
        pairs = set(rings.pairs("sequential"))
        self.assertLessEqual({(at, at + step) for step in (1, 6, 16, 32) for at in range(1, 41 - step)}, pairs)
        self.assertLessEqual(rings.neighbours(2), pairs)
        self.assertLessEqual(len(pairs), (2 * SEQUENTIAL_OVERLAP + ALIKE_SEQUENTIAL) * 40)
