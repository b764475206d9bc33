"""Which pairs of photos are matched."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
from photogrammetry.poses.database import SceneDatabase, camera_ids, create_database, feature_pixel, read_keypoints
from photogrammetry.poses.pairs import alike_scores, all_pairs, most_alike_pairs, order_pairs

from .views import photo


class PairsToMatch(unittest.TestCase):
    def test_all(self):
        """every pair comes once, smaller id first"""
        self.assertEqual(all_pairs([3, 1, 2]), [(1, 2), (1, 3), (2, 3)])

    def test_order(self):
        """neighbours in the order of the photos, and with quadratic steps also 4 and 8 on"""
        self.assertEqual(order_pairs([5, 2, 9], 1, quadratic=False), {(2, 5), (2, 9)})
        steps = {b - a for a, b in order_pairs(list(range(20)), 4, quadratic=True)}
        self.assertEqual(steps, {1, 2, 3, 4, 8})

    def test_alike(self):
        """photos that share features find each other in any order, those that share none are left alone"""
        random = np.random.default_rng(0)
        places = [random.normal(size=(80, 128)).astype(np.float32) for _ in range(3)]
        order = [2, 0, 1, 0, 2, 1]
        descriptors = [places[place] + random.normal(0, 0.1, (80, 128)).astype(np.float32) for place in order]
        descriptors = [found / np.linalg.norm(found, axis=1, keepdims=True) for found in descriptors]
        done = []
        scores = alike_scores(descriptors, done.append)
        self.assertEqual(most_alike_pairs(list(range(1, 7)), scores, 2), {(1, 5), (2, 4), (3, 6)})
        self.assertEqual(done[-1], 1)

    def test_no_features(self):
        """a photo without features is like no other"""
        scores = alike_scores([np.empty((0, 128), np.float32), np.eye(128, dtype=np.float32)], lambda _: None)
        self.assertEqual(scores.tolist(), [[0, 0], [0, 0]])


class Database(unittest.TestCase):
    def test_cameras(self):
        """photos of one camera and size share intrinsics; a turned or cropped one has its own"""
        photos = [photo(1), photo(2), photo(3, camera="two"), photo(4, width=480, height=640)]
        self.assertEqual(list(camera_ids(photos).values()), [1, 2, 3])

    def test_focal(self):
        """the focal length from EXIF is the prior of its camera; without one it is 1.2 times the longest side"""
        photos = [photo(1, focalPx=500), photo(2, focalPx=520), photo(3, camera="two", focalPx=None)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "database.db"
            create_database(path, photos)
            with SceneDatabase(path) as database:
                cameras = {camera.camera_id: camera for camera in database.read_all_cameras()}
                names = {image.image_id: (image.name, image.camera_id) for image in database.read_all_images()}
            self.assertEqual((cameras[1].focal_length, cameras[1].has_prior_focal_length), (510, True))
            self.assertEqual((cameras[2].focal_length, cameras[2].has_prior_focal_length), (768, False))
            self.assertEqual(names, {1: ("000001.jpg", 1), 2: ("000002.jpg", 1), 3: ("000003.jpg", 2)})
            self.assertEqual(sorted(read_keypoints(path)), [1, 2, 3])

    def test_feature_pixel(self):
        """tolerances grow with photos that are larger than what features are found in, and never shrink"""
        self.assertEqual(feature_pixel([photo(1)]), 1.0)
        self.assertEqual(feature_pixel([photo(1), photo(2, width=3200)]), 2.0)
