import json
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from photogrammetry.child import SilentCall
from photogrammetry.surface.triangles import Mesh
from photogrammetry.texture import bake, exposure
from photogrammetry.texture.fill import fill_gutters, spread
from photogrammetry.texture.texture import make_texture
from surface.scenes import SIDE, looking_at, ring

from .painted import pattern, photo_of, sphere, write_painted

TEXTURE = 256


class Textures(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder, self.mesh, self.views = Path(self.temporary.name), sphere(), ring(8, distance=3.5, height=1.5)
        self.pictures = [photo_of(self.mesh, view) for view in self.views]

    def texture(self, **levels: np.ndarray) -> tuple[np.ndarray, dict]:
        """Paints the scene: the texture RGB, texture.json."""
        write_painted(self.folder, self.mesh, self.views, self.pictures, **levels)
        make_texture(SilentCall({"sceneDir": str(self.folder), "quality": "preview", "texturePx": TEXTURE, "seed": 0}))
        picture = cv2.imread(str(self.folder / "texture.png"))[:, :, ::-1]
        return picture, json.loads((self.folder / "texture.json").read_text())

    def vertex_colors(self, picture: np.ndarray, prefix: str = "") -> tuple[np.ndarray, np.ndarray]:
        """Places (n, 3) of the textured mesh's vertices and the texture's colours there."""
        with np.load(self.folder / "textured.npz") as file:
            places, uv = file[f"{prefix}vertices"], file[f"{prefix}uv"]
        middle = np.clip((uv * picture.shape[0]).astype(int), 0, picture.shape[0] - 1)
        return places, picture[middle[:, 1], middle[:, 0]].astype(float)

    def error(self, picture: np.ndarray, above: float = -0.3, prefix: str = "") -> float:
        """Mean difference to the truth, 0–255, of what lies above a height."""
        places, colors = self.vertex_colors(picture, prefix)
        return float(np.abs(colors - pattern(places))[places[:, 2] > above].mean())

    def test_colors(self):
        """The texture has the photos' colours in the right places; what no photo saw has its neighbours'"""
        picture, figures = self.texture()
        self.assertLess(self.error(picture), 4)
        self.assertGreater(figures["seenShare"], 0.6)
        self.assertLess(figures["seenShare"], 0.98)
        places, colors = self.vertex_colors(picture)
        rim = colors[np.abs(places[:, 2] + 0.7) < 0.1]
        below = colors[places[:, 2] < -0.9]
        self.assertGreater(below.min(), rim.min() - 25)
        self.assertLess(below.max(), rim.max() + 25)

    def test_sky(self):
        """No sky gets onto the silhouettes"""
        _, colors = self.vertex_colors(self.texture()[0])
        self.assertLess((np.abs(colors - (60, 90, 250)).max(1) < 30).mean(), 0.001)

    def test_exposure(self):
        """Photos of different brightness are made equal: their factors are found, and the texture keeps one
        brightness"""
        factors = np.array([1, 0.8, 1, 0.7, 1.1, 1, 0.9, 1])
        warm = np.array([1.0, 1.0, 0.9])
        for number, factor in enumerate(factors):
            color = factor * (warm if number == 3 else 1)
            self.pictures[number] = np.clip(self.pictures[number] * color, 0, 255).astype(np.uint8)
        picture, figures = self.texture()
        found = np.array([[gain["red"], gain["green"], gain["blue"]] for gain in figures["gains"]])
        product = found * factors[:, None] * np.where(np.arange(8)[:, None] == 3, warm, 1)
        self.assertLess(np.ptp(product, axis=0).max(), 0.06)
        colors = self.vertex_colors(picture)
        truth = pattern(colors[0])
        seen = colors[0][:, 2] > -0.3
        ratio = (colors[1] / truth)[seen]
        self.assertLess(np.percentile(ratio, 95) - np.percentile(ratio, 5), 0.13)

    def test_seams(self):
        """Where one photo takes over from another no edge shows, though their light differs from left to right"""
        for number, picture in enumerate(self.pictures):
            light = np.linspace(-40, 40, SIDE) * (1 if number % 2 else -1)
            self.pictures[number] = np.clip(picture + light[None, :, None], 0, 255).astype(np.uint8)
        levelled = self.roughness(self.texture()[0])
        with patch.multiple(bake, BASE_POWER=60.0, DETAIL_POWER=60.0):
            best_view_only = self.roughness(self.texture()[0])
        self.assertLess(levelled, 0.6 * best_view_only)

    def roughness(self, picture: np.ndarray) -> float:
        """The largest steps of the error between neighbouring vertices."""
        places, colors = self.vertex_colors(picture)
        with np.load(self.folder / "textured.npz") as file:
            faces = file["faces"].astype(int)
        faces = faces[(places[faces, 2] > 0).all(1)]
        wrong = colors - pattern(places)
        return float(np.percentile(np.abs(wrong[faces[:, 0]] - wrong[faces[:, 1]]).max(1), 99))

    def test_passer_by(self):
        """A thing that stood in one photo only is not painted on"""
        without = self.error(self.texture()[0])
        self.pictures[2][40:80, 45:75] = (255, 0, 0)
        picture, _ = self.texture()
        _, colors = self.vertex_colors(picture)
        self.assertLess(self.error(picture), without + 2)
        self.assertEqual(int(((colors[:, 0] > 230) & (colors[:, 1] < 60)).sum()), 0)

    def test_masks(self):
        """Pixels outside of the mask are not used"""
        for number in range(len(self.pictures)):
            self.pictures[number][:, : SIDE // 2] = (0, 255, 0)
            (self.folder / "undistorted" / "masks").mkdir(parents=True, exist_ok=True)
            mask = np.zeros((SIDE, SIDE), np.uint8)
            mask[:, SIDE // 2 :] = 255
            cv2.imwrite(str(self.folder / "undistorted" / "masks" / f"{number + 1:06d}.png"), mask)
        picture, _ = self.texture()
        self.assertLess(self.error(picture), 9)
        self.assertEqual(int(((picture[..., 1] > 200) & (picture[..., 0] < 60)).sum()), 0)

    def test_hidden(self):
        """What stands before the surface is not painted onto it"""
        self.views = [looking_at((3, 0.01, 0.1), (0, 0, 0), photo=1), looking_at((0.01, 0.3, 3.2), (0, 0, 0), photo=2)]
        corners = [[1.5, -2, -2], [1.5, 2, -2], [1.5, 2, 2], [1.5, -2, 2]]
        plate = Mesh(np.float32(corners), np.int32([[0, 1, 2], [0, 2, 3]]))
        together = Mesh(
            np.concatenate([self.mesh.vertices, plate.vertices]),
            np.concatenate([self.mesh.faces, plate.faces + len(self.mesh.vertices)]),
        )
        self.pictures = [photo_of(together, view) for view in self.views]
        self.pictures[0][:] = (255, 0, 0)
        self.mesh = together
        picture, _ = self.texture()
        self.assertGreater(int(((picture[..., 0] > 230) & (picture[..., 1] < 60)).sum()), 500)
        places, colors = self.vertex_colors(picture)
        on_sphere = np.linalg.norm(places, axis=1) < 1.1
        reddish = (colors[:, 0] > 230) & (colors[:, 1] < 60)
        self.assertEqual(int(reddish[on_sphere].sum()), 0)

    def test_levels(self):
        """Levels of detail have smaller textures with the same colours"""
        coarse = sphere(8)
        picture, _ = self.texture(lod1_vertices=coarse.vertices, lod1_faces=coarse.faces, lod1_normals=coarse.vertices)
        level = cv2.imread(str(self.folder / "texture-lod1.png"))[:, :, ::-1]
        self.assertEqual(level.shape, (256, 256, 3))
        self.assertEqual(picture.shape, (TEXTURE, TEXTURE, 3))
        self.assertLess(self.error(level, prefix="lod1_"), 9)

    def test_repeats(self):
        """The same scene gives the same texture"""
        np.testing.assert_array_equal(self.texture()[0], self.texture()[0])


class Exposure(unittest.TestCase):
    def test_gains(self):
        """Two brightnesses of the same samples are recovered, also when a fifth of the samples lies"""
        random = np.random.default_rng(0)
        albedo = random.uniform(60, 150, (2_000, 3))
        factors = np.array([[1.0, 1.0, 1.0], [1.3, 1.2, 1.1], [0.8, 0.8, 0.9]])
        colors = albedo[None] * factors[:, None]
        colors[1, :400] = random.uniform(20, 240, (400, 3))
        gains = exposure.gains(colors.astype(np.uint8), np.ones((3, 2_000), bool))
        product = gains * factors
        np.testing.assert_allclose(product / product[0], 1, atol=0.02)

    def test_chain(self):
        """Photos that only share something with their neighbours in a row are made equal over the whole row"""
        random = np.random.default_rng(1)
        albedo, factors = random.uniform(80, 140, (900, 3)), np.linspace(0.7, 1.5, 9)
        seen = np.zeros((9, 900), bool)
        for view in range(9):
            seen[view, view * 90 : view * 90 + 180] = True
        gains = exposure.gains((albedo[None] * factors[:, None, None]).astype(np.uint8), seen)
        product = gains * factors[:, None]
        self.assertLess(product.max() / product.min(), 1.05)

    def test_alone(self):
        """A photo that shares nothing with the others keeps its brightness, and nothing fails when none sees
        anything"""
        colors = np.full((2, 50, 3), 100, np.uint8)
        np.testing.assert_allclose(exposure.gains(colors, np.zeros((2, 50), bool)), 1)

    def test_consensus(self):
        """One of five colours that differs is not trusted; one of two is"""
        colors = np.full((5, 2, 3), 100, np.uint8)
        colors[4] = 220
        seen = np.ones((5, 2), bool)
        seen[1:4, 1] = False
        agreed, trust = exposure.consensus(colors, seen, np.ones((5, 3)))
        np.testing.assert_array_equal(agreed[0], 100)
        self.assertEqual(trust[:, 0].tolist(), [255, 255, 255, 255, 0])
        self.assertEqual(trust[:, 1].tolist(), [255] * 5)


class Fill(unittest.TestCase):
    def test_spread(self):
        """A colour that is not known lies between those around it; a part without any gets the mean"""
        colors = np.float32([[100, 0, 0], [np.nan] * 3, [200, 0, 0], [np.nan] * 3, [np.nan] * 3, [np.nan] * 3])
        filled = spread(colors, np.int32([[0, 1, 2], [3, 4, 5]]))
        np.testing.assert_allclose(filled[:, 0], [100, 150, 200, 150, 150, 150], atol=0.5)

    def test_nothing_seen(self):
        """When no photo saw anything, all is one grey"""
        filled = spread(np.full((3, 3), np.nan, np.float32), np.int32([[0, 1, 2]]))
        np.testing.assert_allclose(filled, 127)

    def test_gutters(self):
        """Texels that show nothing get the nearest colour"""
        picture, drawn = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), bool)
        picture[2, 2], picture[6, 6], drawn[2, 2], drawn[6, 6] = 10, 200, True, True
        fill_gutters(picture, drawn)
        self.assertEqual((picture[0, 0, 0], picture[7, 7, 0]), (10, 200))
