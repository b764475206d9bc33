"""Pinhole cameras with radial distortion, and the rays of their pixels."""

from dataclasses import asdict, dataclass

import numpy as np

NEWTON_STEPS = 8


@dataclass(frozen=True)
class Lens:
    """Pixel centres are at +0.5. Distortion as COLMAP's RADIAL and OpenCV's first two coefficients: a point at x, y,
    1 of the camera's frame, at radius r, is seen at (x, y) · (1 + k1 r² + k2 r⁴), times the focal length, plus the
    principal point."""

    width: int
    height: int
    focal: float
    k1: float = 0.0
    k2: float = 0.0

    @property
    def principal_point(self) -> tuple[float, float]:
        return self.width / 2, self.height / 2

    def rays(self, samples: int) -> np.ndarray:
        """(height·samples, width·samples, 3) float32: directions in the camera's frame with z = 1, of samples² points
        of each pixel."""
        cx, cy = self.principal_point
        x = (np.arange(self.width * samples) + 0.5) / samples
        y = (np.arange(self.height * samples) + 0.5) / samples
        seen = np.stack(np.meshgrid((x - cx) / self.focal, (y - cy) / self.focal), axis=-1)
        rays = [undistort(seen, self.k1, self.k2), np.ones_like(seen[..., :1])]
        return np.concatenate(rays, axis=-1).astype(np.float32)

    def to_json(self) -> dict:
        cx, cy = self.principal_point
        values = {name: value for name, value in asdict(self).items() if name != "focal"}
        return {**values, "fx": self.focal, "fy": self.focal, "cx": cx, "cy": cy}


def distort(points: np.ndarray, k1: float, k2: float) -> np.ndarray:
    """Where points (…, 2) at z = 1 are seen through the lens."""
    squared = np.sum(points**2, axis=-1, keepdims=True)
    return points * (1 + k1 * squared + k2 * squared**2)


def undistort(seen: np.ndarray, k1: float, k2: float) -> np.ndarray:
    """The inverse of `distort`, by Newton's method on the radius. Exact where distort's radius grows with the true
    one."""
    seen_radius = np.linalg.norm(seen, axis=-1, keepdims=True)
    radius = seen_radius.copy()
    for _ in range(NEWTON_STEPS):
        squared = radius**2
        value = radius * (1 + k1 * squared + k2 * squared**2) - seen_radius
        radius -= value / (1 + 3 * k1 * squared + 5 * k2 * squared**2)
    return seen * np.divide(radius, seen_radius, out=np.ones_like(radius), where=seen_radius > 0)
