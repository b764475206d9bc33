"""How blurred a photo is, in pixels, whatever it shows.

The variance of the Laplacian depends on what a photo shows as much as on its blur, and noise makes it larger. Here the
same gradients are measured at two scales: an edge that was blurred by a Gaussian of σ loses little when it is blurred
once more. For a step edge the ratio of the gradients' energies after smoothing with s1 and s2 is

    E(s1) / E(s2) = sqrt((σ² + s2²) / (σ² + s1²))

which gives σ (the idea is that of Zhuo and Sim, "Defocus map estimation from a single image", Pattern Recognition 44,
2011). Fine texture has a greater ratio than an edge and gives σ = 0. Both directions are measured, since a camera that
moved blurs in one of them only, and only places with strong gradients count: a plain wall or a blurred background is no
sign of a blurred photo.
"""

from dataclasses import dataclass

import cv2
import numpy as np

FINE_PX, COARSE_PX = 1.0, 2.0
TILES = 24
"""Along the longer side."""
STRONG_SHARE, STRONG_TO_PEAK = 0.3, 0.1
"""Of the tiles, those with the strongest gradients are looked at, as long as they are not far weaker than the strongest
of all: a background out of focus is weaker."""
PEAK_QUANTILE = 0.98
GRADIENT_FLOOR = 0.5
"""Mean squared gradient (grey levels per pixel)² below which there is nothing to measure; noise of 8 levels gives
0.2."""
MIN_TILES = 4
SHARPEST_PERCENTILE = 75
"""The subject may be sharp and the rest out of focus."""
MAX_BLUR_PX = 10.0


@dataclass(frozen=True)
class Sharpness:
    """`blur_px` is σ of the blur in pixels, 0 to MAX_BLUR_PX. `detail` is how much finer structures hold than coarser
    ones: 1 for a perfect edge, more for fine texture, towards 0 with more blur; to be compared among photos of one
    thing."""

    blur_px: float
    detail: float


def measure_sharpness(gray: np.ndarray) -> Sharpness | None:
    """Of a picture `(h, w)` uint8. None when it has no gradients: plain, black, blown out."""
    fine = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), FINE_PX)
    coarse = cv2.GaussianBlur(fine, (0, 0), (COARSE_PX**2 - FINE_PX**2) ** 0.5)
    central = np.array([[-0.5, 0, 0.5]], np.float32)
    ratios = [_energy_ratio(fine, coarse, kernel) for kernel in (central, central.T)]
    measured = [ratio for ratio in ratios if ratio is not None]
    if not measured:
        return None
    ratio = min(measured)
    return Sharpness(_blur_px(ratio), max(ratio - 1, 0.0))


def _energy_ratio(fine: np.ndarray, coarse: np.ndarray, kernel: np.ndarray) -> float | None:
    """E(s1) / E(s2) of the sharper tiles, for gradients along one direction."""
    fine_energy, coarse_energy = (_tile_means(cv2.filter2D(image, -1, kernel) ** 2) for image in (fine, coarse))
    usual, peak = np.quantile(coarse_energy, (1 - STRONG_SHARE, PEAK_QUANTILE))
    strong = coarse_energy >= max(usual, STRONG_TO_PEAK * peak, GRADIENT_FLOOR)
    if strong.sum() < MIN_TILES:
        return None
    return float(np.percentile(fine_energy[strong] / coarse_energy[strong], SHARPEST_PERCENTILE))


def _tile_means(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    side = max(max(height, width) / TILES, 1)
    shape = (max(round(width / side), 1), max(round(height / side), 1))
    return cv2.resize(values, shape, interpolation=cv2.INTER_AREA).ravel()


def _blur_px(ratio: float) -> float:
    squared = ratio**2
    if squared <= 1:
        return MAX_BLUR_PX
    variance = (COARSE_PX**2 - squared * FINE_PX**2) / (squared - 1)
    return float(np.clip(max(variance, 0.0) ** 0.5, 0, MAX_BLUR_PX))
