import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image
from turntable.geometry import Geometry
from turntable.lens import Lens, distort
from turntable.light import light, spiral, tangents
from turntable.looks import LOOKS, MARKER_CELLS, MARKER_ID, exposures
from turntable.orbit import look_at
from turntable.patterns import board, glaze, noise, spots
from turntable.photo_file import develop, write_photo
from turntable.raycast import Renderer, card_pattern, pattern_size, sample

SIDE = 0.1
CARD = SIDE * (1 + 2 / MARKER_CELLS)


def card(height: float, cells: int = 8) -> Geometry:
    """A square of CARD metres, at this height."""
    steps = (np.arange(cells + 1) / cells - 0.5) * CARD
    x, y = np.meshgrid(steps, steps)
    vertices = np.stack([x, y, np.full_like(x, height)], axis=-1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1, 1)
    below, above = corner + [0, 1, cells + 2], corner + [0, cells + 2, cells + 1]
    faces = np.concatenate([below, above]).astype(np.int32)
    normals = np.tile(np.float32([0, 0, 1]), (len(vertices), 1))
    middle = np.array([0, 0, height], np.float32)
    return Geometry(vertices, normals, faces, np.zeros(len(faces), np.uint8), ("object",), middle)


class RenderTest(unittest.TestCase):
    def test_pixels_show_what_the_truth_says(self):
        """Corners of a chessboard are seen where pose and distorting lens put them; on average to 0.03 pixels"""
        geometry, lens = card(0.02), Lens(400, 300, 380.0, -0.12, 0.02)
        board_ = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
        lit = np.ones(len(geometry.vertices), np.float32), np.zeros(len(geometry.vertices), np.float32)
        renderer = Renderer(geometry, lit, {"object": card_pattern(board_, geometry.marker, SIDE)}, shine=0)
        # The board is near a corner of the picture, where distortion counts.
        rotation, center = look_at(-60, 50, 0.4, np.array([0.1, 0.06, 0.0]))
        gray = (renderer.render(lens, (rotation, center))[..., 0] * 255).astype(np.uint8)
        x, y = np.meshgrid(*[SIDE * (np.arange(1, 8) / 8 - 0.5)] * 2)
        corners = np.stack([x, y, np.full_like(x, geometry.marker[2])], axis=-1).reshape(-1, 3)
        in_camera = (corners - center) @ rotation.T
        plane = distort(in_camera[:, :2] / in_camera[:, 2:], lens.k1, lens.k2)
        expected = plane * lens.focal + lens.principal_point
        self.assertLess(expected[:, 0].min(), 40)
        criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-3)
        near = (expected + np.random.default_rng(0).uniform(-1, 1, expected.shape)).astype(np.float32)
        # OpenCV's pixel centres are whole numbers.
        found = cv2.cornerSubPix(gray, near, (3, 3), (-1, -1), criteria) + 0.5
        np.testing.assert_allclose(found, expected, atol=0.25)  # four rays in a pixel
        self.assertLess(np.abs((found - expected).mean(axis=0)).max(), 0.03)

    def test_marker(self):
        """The marker on its card is read by OpenCV, the right way round"""
        geometry, lens = card(0.0), Lens(200, 150, 190.0)
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        picture = cv2.aruco.generateImageMarker(dictionary, MARKER_ID, MARKER_CELLS)
        lit = np.ones(len(geometry.vertices), np.float32), np.zeros(len(geometry.vertices), np.float32)
        renderer = Renderer(geometry, lit, {"object": card_pattern(picture, geometry.marker, SIDE)}, shine=0)
        seen = develop(renderer.render(lens, look_at(-90, 60, 0.4, np.zeros(3))), 0, 0, None)
        corners, ids, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(seen)
        self.assertEqual(np.ravel(ids).tolist(), [MARKER_ID])
        first, second = np.reshape(corners[0], (4, 2))[:2]
        self.assertLess(first[0], second[0])  # its first row is the far one, from left to right

    def test_light(self):
        """A surface under a roof gets no sun and less sky, one in the open gets both"""
        low, roof = card(0.0), card(0.03)
        count = len(low.vertices)
        both = Geometry(
            np.concatenate([low.vertices, roof.vertices]),
            np.concatenate([low.normals, roof.normals]),
            np.concatenate([low.faces, roof.faces + count]),
            np.concatenate([low.parts, roof.parts]),
            ("object",),
            low.marker,
        )
        sun, sky = light(both)
        middle = count // 2
        self.assertEqual(sun[middle], 0)
        self.assertAlmostEqual(sky[count + middle], 1, places=5)
        self.assertGreater(sun[count + middle], 0.7)
        self.assertLess(sky[middle], 0.5)

    def test_directions(self):
        """Directions of light lie in the unit disc around their middle, and tangents are at right angles"""
        points = spiral(50)
        self.assertLess(np.linalg.norm(points, axis=1).max(), 1)
        self.assertLess(np.abs(points.mean(axis=0)).max(), 0.02)
        normals = np.array([[0, 0, 1.0], [1, 0, 0], [0.6, 0, 0.8]])
        first, second = tangents(normals)
        for a, b in ((first, second), (first, normals), (second, normals)):
            np.testing.assert_allclose(np.sum(a * b, axis=1), 0, atol=1e-12)


class PatternTest(unittest.TestCase):
    def test_periodic(self):
        """A pattern goes on at its edges as if it had none"""
        values = noise(np.random.default_rng(0), 64, 2, 5, 0.7)
        inner = np.abs(np.diff(values, axis=1)).max()
        self.assertLess(np.abs(values[:, 0] - values[:, -1]).max(), 1.5 * inner)
        pattern = np.random.default_rng(0).random((8, 8, 3), np.float32)
        u, v = np.float32([0.03, 1.03, -0.97]), np.float32([0.5, 2.5, -0.5])
        seen = sample(pattern, u, v)
        np.testing.assert_allclose(seen[1:], seen[:1].repeat(2, axis=0), atol=0.05)

    def test_colors(self):
        """Patterns are light of 0 to 1; the glaze is faint, the spots are not"""
        rng = np.random.default_rng(0)
        rich, faint = spots(rng, 128, [(0.9, 0.4, 0.2), (0.1, 0.2, 0.3)] * 3), glaze(rng, 128, (0.7, 0.6, 0.5))
        for pattern in (rich, faint, board(rng, 128, (0.7,) * 3, (0.3,) * 3)):
            self.assertEqual((pattern.shape, pattern.dtype), ((128, 128, 3), np.float32))
            self.assertTrue(0 <= pattern.min() and pattern.max() <= 1)
        self.assertLess(faint.std(axis=(0, 1)).max(), 0.06)
        self.assertGreater(rich.std(axis=(0, 1)).max(), 0.06)

    def test_size(self):
        """A pattern has about one texel for each ray"""
        self.assertEqual(pattern_size(3.5, 1 / 3.5 / 1024), 1024)
        self.assertEqual(pattern_size(1.4, 0.44 / 1081 / 2), 4096)


class PhotoTest(unittest.TestCase):
    def test_exposure(self):
        """Half the light is one EV less; noise is what was asked for and always the same"""
        light_ = np.full((50, 50, 3), 0.2, np.float32)
        np.testing.assert_array_equal(develop(light_, 1.0, 0, None), develop(2 * light_, 0.0, 0, None))
        noisy = [develop(light_, 0.0, 3.0, np.random.default_rng(4)) for _ in range(2)]
        np.testing.assert_array_equal(*noisy)
        self.assertAlmostEqual(noisy[0].std(), 3, delta=0.2)

    def test_drift(self):
        """Exposures drift within the scene's bounds: the plain one's do, the textured one's don't"""
        drift = exposures(LOOKS["plain"], 48, 0)
        self.assertLessEqual(np.abs(drift).max(), 0.3)
        self.assertGreater(np.ptp(drift), 0.3)
        self.assertEqual(np.abs(exposures(LOOKS["textured"], 48, 0)).max(), 0)

    def test_exif(self):
        """A photo's EXIF tells camera and focal length, in millimetres and for 35 mm film"""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "photo.jpg"
            write_photo(path, np.zeros((6, 8, 3), np.uint8), LOOKS["plain"], 2)
            exif = Image.open(path).getexif()
        self.assertEqual(exif[ExifTags.Base.Model], LOOKS["plain"].model)
        detail = exif.get_ifd(ExifTags.IFD.Exif)
        self.assertEqual(detail[ExifTags.Base.FocalLengthIn35mmFilm], 33)
        self.assertAlmostEqual(float(detail[ExifTags.Base.FocalLength]) * 36 / 13.2, 33.2, delta=0.05)
        self.assertEqual(detail[ExifTags.Base.DateTimeOriginal], "2026:01:01 12:00:08")
