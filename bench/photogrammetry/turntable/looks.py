"""What each scene is made of and what camera takes it."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .geometry import Geometry
from .lens import Lens
from .patterns import board, glaze, spots
from .raycast import Albedo, box_pattern, card_pattern, pattern_size

MARKER_ID = 0
MARKER_CELLS = 6
"""Cells of a 4×4 marker with its black border."""
TYPICAL_DISTANCE_M = 0.44
OBJECT_REPEATS = 3.6
"""Of the pattern in a metre: no repetition on the object …"""
GROUND_REPEATS = 1.4
"""… and none on the ground, which is 0.7 m wide."""
TILE_REPEATS = 3.5
"""Of the scene `repeating`: the ground looks the same every 29 cm, which mappers take for the same place."""
SKIN = [(0.85, 0.35, 0.2), (0.2, 0.4, 0.7), (0.95, 0.85, 0.5), (0.2, 0.15, 0.1), (0.05,) * 3, (0.95, 0.95, 0.9)]
SOIL = [(0.3, 0.5, 0.2), (0.65, 0.55, 0.4), (0.3,) * 3, (0.85, 0.8, 0.65), (0.1, 0.12, 0.08), (0.9, 0.9, 0.8)]
"""Pairs of colours of coarse, middle and fine spots."""


@dataclass(frozen=True)
class Look:
    """How the photos of a scene come about. Focal lengths in millimetres of a 36 mm wide picture."""

    model: str
    """Of the camera, for EXIF."""
    focal_mm: float
    k1: float
    k2: float
    exposure: float
    """Of every photo, as a factor of the light."""
    drift_ev: float
    """How far the exposure of single photos is off, at most."""
    noise: float
    """Standard deviation of the sensor's noise, of 255."""
    shine: float

    def lens(self, width: int) -> Lens:
        return Lens(width, width * 3 // 4, self.focal_mm / 36 * width, self.k1, self.k2)


LOOKS = {
    "textured": Look("Turntable T1", 38.0, 0.0, 0.0, exposure=1.0, drift_ev=0.0, noise=1.2, shine=0.06),
    "repeating": Look("Turntable T1", 38.0, 0.0, 0.0, exposure=1.0, drift_ev=0.0, noise=1.2, shine=0.06),
    "plain": Look("Turntable P1", 33.2, -0.12, 0.02, exposure=0.8, drift_ev=0.3, noise=1.8, shine=0.08),
}


def albedos(scene: str, geometry: Geometry, lens: Lens, samples: int, marker_mm: float, seed: int) -> dict[str, Albedo]:
    """The surface of each part of a scene, for photos of this size with samples² rays in a pixel."""
    rng = np.random.default_rng([seed, 1])
    ground_repeats = TILE_REPEATS if scene == "repeating" else GROUND_REPEATS
    step = TYPICAL_DISTANCE_M / lens.focal / samples
    object_size, ground_size = pattern_size(OBJECT_REPEATS, step), pattern_size(ground_repeats, step)
    if scene == "plain":
        surfaces = {
            "object": box_pattern(glaze(rng, object_size, (0.78, 0.62, 0.46)), OBJECT_REPEATS),
            "ground": box_pattern(board(rng, ground_size, (0.66, 0.62, 0.56), (0.38, 0.36, 0.34)), ground_repeats),
        }
    else:
        finer = round(math.log2(TILE_REPEATS / ground_repeats))
        surfaces = {
            "object": box_pattern(spots(rng, object_size, SKIN), OBJECT_REPEATS),
            "ground": box_pattern(spots(rng, ground_size, SOIL, finer), ground_repeats),
        }
    if marker_mm > 0:
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        picture = cv2.aruco.generateImageMarker(dictionary, MARKER_ID, MARKER_CELLS)
        surfaces["card"] = card_pattern(picture, geometry.marker, marker_mm / 1000)
    return surfaces


def exposures(look: Look, count: int, seed: int) -> np.ndarray:
    """(count,) EV by which each photo is brighter than it should be: a slow drift and some jitter, within ±drift_ev."""
    rng = np.random.default_rng([seed, 2])
    drift = np.sin(2 * np.pi * (1.5 * np.arange(count) / max(count, 1) + rng.uniform()))
    return look.drift_ev * (0.8 * drift + 0.2 * rng.uniform(-1, 1, count))
