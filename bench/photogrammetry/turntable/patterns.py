"""Periodic colour patterns for surfaces, made of noise. All are (size, size, 3) float32, linear light, 0 to 1; size
is a power of two. A smaller one lacks the finest grain, as a photo does that can't show it."""

import cv2
import numpy as np

GAMMA = 2.2
"""Between linear light and the values of a picture; close to sRGB's curve and simpler to invert."""
Color = tuple[float, float, float]


def noise(rng: np.random.Generator, size: int, first: int, last: int, persistence: float) -> np.ndarray:
    """(size, size) float32 periodic value noise of octaves `first` to `last` - 1 (octave k has 2**k cells), variance
    about 1. Each octave's amplitude is `persistence` of the one before. Octaves with more cells than `size` are left
    out."""
    total, power = np.zeros((size, size), np.float32), 0.0
    for octave in range(first, last):
        cells, amplitude = 2**octave, persistence ** (octave - first)
        power += amplitude**2
        if cells > size:
            continue
        # Four cells of the other side around it make the enlarged grid periodic.
        grid = np.pad(rng.standard_normal((cells, cells), np.float32), 4, mode="wrap")
        scale = size // cells
        enlarged = cv2.resize(grid, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += np.float32(amplitude) * enlarged[4 * scale : 4 * scale + size, 4 * scale : 4 * scale + size]
    return total / np.float32(np.sqrt(power))


def mix(weight: np.ndarray, light: Color, dark: Color) -> np.ndarray:
    """(h,w,3) float32: `light` where the weight (h,w) is 1, `dark` where it is 0."""
    return np.stack([dark[i] + np.float32(light[i] - dark[i]) * weight for i in range(3)], axis=-1)


def sigmoid(values: np.ndarray, steepness: float) -> np.ndarray:
    return 1 / (1 + np.exp(np.float32(-steepness) * values))


def spots(rng: np.random.Generator, size: int, colors: list[Color], finer: int = 0) -> np.ndarray:
    """Rich texture at every scale: six colours in pairs, mixed by noise of coarse, middle and fine grain. `finer`
    octaves more than on the object, for a pattern that is repeated less often."""
    mixed = np.zeros((size, size, 3), np.float32)
    for share, (first, last, persistence), pair in zip(
        (0.4, 0.3, 0.3), ((2, 7, 0.75), (4, 9, 0.8), (6, 11, 0.85)), (colors[0:2], colors[2:4], colors[4:6])
    ):
        weight = sigmoid(noise(rng, size, first + finer, last + finer, persistence), 3)
        mixed += np.float32(share) * mix(weight, *pair)
    return np.clip(mixed, 0, 1) ** np.float32(GAMMA)


def glaze(rng: np.random.Generator, size: int, color: Color) -> np.ndarray:
    """One colour with a faint cloudiness and faint speckles, some per cent each."""
    clouds, speckles = noise(rng, size, 2, 5, 0.7), noise(rng, size, 6, 10, 0.9)
    values = np.float32(color) * (1 + 0.025 * clouds + 0.03 * speckles)[..., None]
    return np.clip(values, 0, 1).astype(np.float32) ** np.float32(GAMMA)


def board(rng: np.random.Generator, size: int, light: Color, dark: Color) -> np.ndarray:
    """Wood-like, for the ground: streaks along one axis and grain, of moderate contrast. Periodic along that axis
    only."""
    streaks = cv2.resize(noise(rng, size, 6, 11, 0.8)[: size // 6], (size, size), interpolation=cv2.INTER_CUBIC)
    weight = sigmoid(0.8 * streaks + 0.5 * noise(rng, size, 6, 12, 0.9), 1.5)
    return np.clip(mix(weight, light, dark), 0, 1) ** np.float32(GAMMA)
