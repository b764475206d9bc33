"""The scale from markers and from GPS."""

import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
from photogrammetry.poses.gps import enu_metres, scale_from_gps
from photogrammetry.poses.marker import intersect_rays, scale_from_markers, scale_of_sides, square_sides
from photogrammetry.poses.repair import center_of

from .views import FOCAL, HEIGHT, WIDTH, Turntable, photo

SIDE = 0.8


def photo_with_marker(pose, side: float) -> np.ndarray:
    """A grey picture of an ArUco marker that lies at z = 0, its corners at ±side / 2."""
    marker = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), 7, 240)
    board = cv2.copyMakeBorder(marker, 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=255)
    corners = np.array([[80, 80], [320, 80], [320, 320], [80, 320]], np.float32) - 0.5
    half = side / 2
    world = np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]])
    matrix = pose.matrix()
    in_camera = world @ matrix[:, :3].T + matrix[:, 3]
    pixels = FOCAL * in_camera[:, :2] / in_camera[:, 2:] + [WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5]
    warp = cv2.getPerspectiveTransform(corners, pixels.astype(np.float32))
    big = cv2.warpPerspective(board, np.diag([3.0, 3.0, 1.0]) @ warp, (WIDTH * 3, HEIGHT * 3), borderValue=128)
    return cv2.resize(big, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


class MarkerScale(unittest.TestCase):
    def setUp(self):
        self.table = Turntable(4, 15)
        self.model = self.table.model(self.table.matched())
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.photos = Path(folder.name)

    def write(self, picture) -> None:
        for image_id, pose in self.table.poses.items():
            cv2.imwrite(str(self.photos / f"{image_id:06d}.jpg"), picture(pose))

    def test_scale(self):
        """a printed marker of known side gives metres within what it claims, and within 1 %"""
        self.write(lambda pose: photo_with_marker(pose, SIDE))
        found = scale_from_markers(self.model, self.photos, 0.05)
        error = 100 * abs(found.metres_per_unit / (0.05 / SIDE) - 1)
        self.assertLess(error, 1.0)
        self.assertLess(error, 3 * found.error_percent)
        self.assertIsNone(found.warning)

    def test_no_marker(self):
        """without a marker the answer says what to print and how to lay it"""
        self.write(lambda _: np.full((HEIGHT, WIDTH), 128, np.uint8))
        self.assertIn("4x4_50", scale_from_markers(self.model, self.photos, 0.05))

    def test_uneven_sides(self):
        """sides that differ by 8 % come with a warning, and what is no square is not measured"""
        self.assertIn("flat", scale_of_sides(np.array([1.0, 1.08, 1.0, 1.05]), 0.05, 60).warning)
        self.assertEqual(square_sides(np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0.0]])), [])

    def test_rays(self):
        """rays that miss each other a little meet in between"""
        centers = np.array([[0.0, 0, 0.1], [1.0, 1.0, -0.1]])
        directions = np.array([[1.0, 0, 0], [0, -1.0, 0]])
        np.testing.assert_allclose(intersect_rays(centers, directions), [1, 0, 0], atol=1e-12)


class GpsScale(unittest.TestCase):
    def setUp(self):
        self.table = Turntable(12, 20)
        self.model = self.table.model(self.table.matched())

    def photos(self, metres_per_unit: float, wrong: tuple[int, ...] = ()) -> list[dict]:
        """GPS of each camera, with errors of a metre or two; `wrong` ones 100 m off."""
        random, photos = np.random.default_rng(5), []
        for image_id, pose in self.table.poses.items():
            east, north, up = metres_per_unit * center_of(pose) + random.normal(0, 1, 3)
            north += 100 if image_id in wrong else 0
            gps = {"latitude": 47 + north / 111_180, "longitude": 8 + east / 76_050, "altitudeM": 400 + up}
            photos.append(photo(image_id, exif={"gps": gps}))
        return photos

    def test_scale(self):
        """a building's photos give metres, although two of them have a wrong position"""
        found = scale_from_gps(self.model, self.photos(10.0, wrong=(3, 8)), 0)
        self.assertLess(abs(found.metres_per_unit / 10 - 1), 0.03)
        self.assertGreater(found.error_percent, 0.1)

    def test_too_near(self):
        """photos of a small thing lie within the error of GPS: no scale, and why"""
        self.assertIn("too coarse", scale_from_gps(self.model, self.photos(0.2), 0))

    def test_too_few(self):
        """three positions are too few"""
        photos = self.photos(10.0)
        for one in photos[3:]:
            one["exif"] = {"gps": None}
        self.assertIn("at least 4", scale_from_gps(self.model, photos, 0))

    def test_metres(self):
        """a minute of latitude is 1,852 m within a thousandth or so; a degree of longitude crosses the date line"""
        metres = enu_metres(np.array([[47.0, 179.9999, 0.0], [47 + 1 / 60, -179.9999, 0.0]]))
        self.assertAlmostEqual(metres[1, 1] - metres[0, 1], 1852, delta=3)
        self.assertAlmostEqual(metres[1, 0] - metres[0, 0], 15.2, delta=0.1)
