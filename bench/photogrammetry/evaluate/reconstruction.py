"""Reads what is to be judged: a scene folder, or the files of a job."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pycolmap
import trimesh
from PIL import Image
from scipy.spatial.transform import Rotation

from .similarity import Similarity
from .truth import Pose

GLTF_AXES = np.diag([1.0, -1.0, -1.0])
"""glTF's camera has y up and z to the back."""


@dataclass(frozen=True)
class FoundCamera:
    """`file` is what the user called the photo, `time_s` the time of a film's frame."""

    file: str
    time_s: float | None
    pose: Pose


@dataclass(frozen=True)
class Textured:
    vertices: np.ndarray
    """(n,3)"""
    faces: np.ndarray
    """(m,3)"""
    uv: np.ndarray
    """(n,2), v down (glTF)"""
    picture: np.ndarray
    """(h,w,3) uint8"""

    def moved(self, similarity: Similarity) -> "Textured":
        return replace(self, vertices=similarity.apply(self.vertices))


@dataclass(frozen=True)
class Reconstruction:
    """All in one frame of its own. None = not there yet."""

    cameras: list[FoundCamera]
    surface: tuple[np.ndarray, np.ndarray] | None
    """Vertices (n,3), faces (m,3)."""
    textured: Textured | None


def read_reconstruction(folder: Path) -> Reconstruction:
    """Reads a scene folder when there are poses/, else a job's cameras.json and model.glb."""
    if (folder / "poses").is_dir():
        return _read_scene(folder)
    return _read_artifacts(folder)


def _read_scene(folder: Path) -> Reconstruction:
    photos = {photo["image"]: photo for photo in json.loads((folder / "photos.json").read_text())["photos"]}
    cameras = []
    model = pycolmap.Reconstruction(str(folder / "poses"))
    for image in sorted(model.images.values(), key=lambda image: image.name):
        if image.has_pose:
            rotation = image.cam_from_world().rotation.matrix()
            photo = photos[image.name]
            pose = Pose(rotation, np.array(image.projection_center()))
            cameras.append(FoundCamera(photo["file"], _time_of(photo), pose))
    surface = textured = None
    if (folder / "mesh.npz").exists():
        with np.load(folder / "mesh.npz") as mesh:
            surface = mesh["vertices"], mesh["faces"].astype(np.int64)
    if (folder / "textured.npz").exists() and (folder / "texture.png").exists():
        with np.load(folder / "textured.npz") as mesh:
            picture = np.asarray(Image.open(folder / "texture.png").convert("RGB"))
            textured = Textured(mesh["vertices"], mesh["faces"].astype(np.int64), mesh["uv"], picture)
    return Reconstruction(cameras, surface, textured)


def _read_artifacts(folder: Path) -> Reconstruction:
    cameras = []
    for camera in json.loads((folder / "cameras.json").read_text())["cameras"]:
        from_camera = Rotation.from_quat(camera["rotation"]).as_matrix() @ GLTF_AXES
        cameras.append(FoundCamera(camera["file"], _time_of(camera), Pose(from_camera.T, np.array(camera["position"]))))
    if not (folder / "model.glb").exists():
        return Reconstruction(cameras, None, None)
    mesh = trimesh.load(folder / "model.glb", force="mesh", process=False)
    # trimesh turns v up.
    uv = np.asarray(mesh.visual.uv) * [1, -1] + [0, 1]
    picture = np.asarray(mesh.visual.material.baseColorTexture.convert("RGB"))
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    return Reconstruction(cameras, (vertices, faces), Textured(vertices, faces, uv, picture))


def _time_of(photo: dict) -> float | None:
    return photo["video"]["timeS"] if photo.get("video") else None
