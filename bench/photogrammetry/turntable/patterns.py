"""Periodic colour patterns for surfaces, made of noise. All are (size, size, 3) float32, linear light, 0 to 1."""

import cv2
import numpy as np

GAMMA = 2.2
"""Between linear light and the values of a picture; close to sRGB's curve and simpler to invert."""
SIZE = 2048


def noise(rng: np.random.Generator, size: int, first: int, last: int, persistence: float) -> np.ndarray:
    """(size, size) float32 periodic value noise of octaves `first` to `last` - 1 (octave k has 2**k cells), variance
    about 1. Each octave's amplitude is `persistence` of the one before."""
    total, power = np.zeros((size, size), np.float32), 0.0
    for octave in range(first, last):
        cells, amplitude = 2**octave, persistence ** (octave - first)
        # Four cells of the other side around it make the enlarged grid periodic.
        grid = np.pad(rng.standard_normal((cells, cells)).astype(np.float32), 4, mode="wrap")
        scale = size // cells
        enlarged = cv2.resize(grid, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += amplitude * enlarged[4 * scale : 4 * scale + size, 4 * scale : 4 * scale + size]
        power += amplitude**2
    return total / np.sqrt(power)


def spots(rng: np.random.Generator, colors: list[tuple[float, float, float]]) -> np.ndarray:
    """Rich texture at every scale: six colours in pairs, mixed by noise of coarse, middle and fine grain."""
    mixed = np.zeros((SIZE, SIZE, 3), np.float32)
    for share, (first, last, persistence), pair in zip(
        (0.4, 0.3, 0.3), ((2, 7, 0.75), (4, 9, 0.8), (6, 11, 0.85)), (colors[0:2], colors[2:4], colors[4:6])
    ):
        weight = 1 / (1 + np.exp(-3 * noise(rng, SIZE, first, last, persistence)))[..., None]
        mixed += share * (np.float32(pair[0]) * weight + np.float32(pair[1]) * (1 - weight))
    return np.clip(mixed, 0, 1) ** GAMMA


def glaze(rng: np.random.Generator, color: tuple[float, float, float]) -> np.ndarray:
    """One colour with a faint cloudiness and faint speckles, some per cent each."""
    clouds, speckles = noise(rng, SIZE, 2, 5, 0.7), noise(rng, SIZE, 6, 10, 0.9)
    return np.clip(np.float32(color) * (1 + 0.025 * clouds + 0.03 * speckles)[..., None], 0, 1) ** GAMMA


def board(rng: np.random.Generator, light: tuple[float, float, float], dark: tuple[float, float, float]) -> np.ndarray:
    """Wood-like: streaks along one axis and grain, of moderate contrast."""
    streaks = cv2.resize(noise(rng, SIZE, 4, 9, 0.8)[::8], (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    weight = 1 / (1 + np.exp(-1.5 * (0.8 * streaks + 0.5 * noise(rng, SIZE, 5, 11, 0.9))))[..., None]
    return np.clip(np.float32(light) * weight + np.float32(dark) * (1 - weight), 0, 1) ** GAMMA
