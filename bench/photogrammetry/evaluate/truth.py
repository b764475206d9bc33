"""The truth of a data set that turntable/ made."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
import open3d as o3d


@dataclass(frozen=True)
class Pose:
    """x_cam = rotation · (x_world - center); axes x right, y down, z forward."""

    rotation: np.ndarray
    """(3,3)"""
    center: np.ndarray
    """(3,)"""


class Truth:
    """Lengths in metres, z up."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.json = json.loads((folder / "truth.json").read_text())
        self.diagonal: float = self.json["objectDiagonal"]
        self.mean_camera_distance: float = self.json["meanCameraDistance"]
        self._views = {PurePosixPath(view["file"]).name: _pose(view) for view in self.json["views"]}

    def pose(self, file: str, time_s: float | None = None) -> Pose | None:
        """Of a photo, by its name in any folder, or of a frame of the film, by its time. None when there is no such
        photo."""
        if time_s is None:
            return self._views.get(PurePosixPath(file).name)
        frames = self.json["video"]["frames"]
        index = round(time_s * self.json["video"]["fps"])
        return _pose(frames[index]) if 0 <= index < len(frames) else None

    def held_out(self) -> list[tuple[Path, Pose]]:
        return [(self.folder / view["file"], _pose(view)) for view in self.json["heldOut"]]

    @cached_property
    def object_mesh(self) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (n,3) float64 and faces (m,3) int64."""
        return _mesh(self.folder / "object.ply")

    @cached_property
    def scene_mesh(self) -> tuple[np.ndarray, np.ndarray]:
        return _mesh(self.folder / "scene.ply")


def _pose(view: dict) -> Pose:
    return Pose(np.array(view["R"]), np.array(view["C"]))


def _mesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    mesh = o3d.io.read_triangle_mesh(str(path))
    return np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
