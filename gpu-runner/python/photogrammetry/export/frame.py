"""The output frame: how points, directions and cameras of the scene folder get into it (frame.json)."""

from dataclasses import dataclass

import numpy as np

from ..scene import Scene


@dataclass(frozen=True)
class Frame:
    """A similarity, scene units → output frame (metres, Y up): x_out = scale · rotation · x_scene + offset."""

    scale: float
    rotation: np.ndarray
    """(3, 3) float64, orthonormal, determinant +1."""
    offset: np.ndarray
    """(3,) float64, metres."""

    @classmethod
    def of_matrix(cls, matrix: list[list[float]]) -> "Frame":
        """From the 4×4 matrix of frame.json. A ValueError when it is no similarity."""
        array = np.asarray(matrix, dtype=np.float64)
        linear = array[:3, :3]
        determinant = float(np.linalg.det(linear))
        if array.shape != (4, 4) or not np.isfinite(array).all() or determinant <= 0:
            raise ValueError("frame.json holds no similarity")
        scale = determinant ** (1 / 3)
        rotation = linear / scale
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-5):
            raise ValueError("frame.json holds no similarity")
        return cls(scale, rotation, array[:3, 3])

    @classmethod
    def of_scene(cls, scene: Scene) -> "Frame":
        return cls.of_matrix(scene.read_json("frame.json")["matrix"])

    def points(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 3) in scene units → (n, 3) float32 in metres."""
        return (points.astype(np.float64) @ (self.scale * self.rotation.T) + self.offset).astype(np.float32)

    def normals(self, normals: np.ndarray) -> np.ndarray:
        """Directions (n, 3) → (n, 3) float32 of length 1; one without a length becomes +Y."""
        turned = normals.astype(np.float64) @ self.rotation.T
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        usable = np.isfinite(lengths) & (lengths > 1e-12)
        unit = np.divide(turned, lengths, out=np.zeros_like(turned), where=usable)
        unit[~usable[:, 0]] = (0.0, 1.0, 0.0)
        return unit.astype(np.float32)


Y_UP_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rotation of the output frame for formats whose programs think in Z up (STL); columns are glTF's axes."""
