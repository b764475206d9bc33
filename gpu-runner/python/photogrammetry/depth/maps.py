"""Depth maps as files: `depth/000001.npz` and `fused/000001.npz` (README.md)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class DepthMap:
    """`depth` (h, w) float32, scene units along z, 0 = none; `normal` (h, w, 3), camera frame, facing the camera;
    `cost` (h, w), 0 to 2: 1 - NCC."""

    depth: np.ndarray
    normal: np.ndarray
    cost: np.ndarray

    def without(self, mask: np.ndarray) -> "DepthMap":
        """The same map with nothing where `mask` (h, w) is true."""
        return DepthMap(
            np.where(mask, 0, self.depth), np.where(mask[..., None], 0, self.normal), np.where(mask, 2, self.cost)
        )

    def write(self, path: Path) -> None:
        normal, cost = self.normal.astype(np.float16), self.cost.astype(np.float16)
        np.savez(path, depth=self.depth.astype(np.float32), normal=normal, cost=cost)

    @classmethod
    def read(cls, path: Path) -> "DepthMap":
        with np.load(path) as file:
            return cls(file["depth"], file["normal"], file["cost"])
