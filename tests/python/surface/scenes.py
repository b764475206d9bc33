"""Made-up scenes: points on simple shapes and pinhole cameras around them."""

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from photogrammetry import libraries  # noqa: F401
from photogrammetry.child import SilentCall
from photogrammetry.presets import PRESETS
from photogrammetry.surface.mesh import make_mesh
from photogrammetry.surface.views import View
from scipy.spatial.transform import Rotation

SIDE, FOCAL = 120, 130.0


def looking_at(position, target, up=(0, 0, 1), photo: int = 1) -> View:
    """A level camera at `position` that has `target` in the middle of its picture."""
    forward = np.asarray(target, float) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return View(
        photo=photo,
        image=f"{photo:06d}.jpg",
        width=SIDE,
        height=SIDE,
        focal=np.array([FOCAL, FOCAL]),
        center=np.array([SIDE / 2, SIDE / 2]),
        rotation=rotation,
        translation=-rotation @ np.asarray(position, float),
        median_depth=float(np.linalg.norm(np.asarray(target) - position)),
    )


def ring(count: int = 12, distance: float = 4.0, height: float = 1.2, arc_deg: float = 360) -> list[View]:
    """Cameras around the z axis that look at the origin."""
    angles = np.radians(np.arange(count) * arc_deg / count)
    return [
        looking_at((distance * np.cos(angle), distance * np.sin(angle), height), (0, 0, 0), photo=number + 1)
        for number, angle in enumerate(angles)
    ]


def sphere_points(count: int = 6_000) -> np.ndarray:
    """Points (count, 3) spread evenly over the unit sphere; each is its own normal."""
    index = np.arange(count) + 0.5
    polar, around = np.arccos(1 - 2 * index / count), np.pi * (1 + 5**0.5) * index
    points = np.stack([np.cos(around) * np.sin(polar), np.sin(around) * np.sin(polar), np.cos(polar)], 1)
    return points.astype(np.float32)


def turned(views: list[View], rotation: np.ndarray) -> list[View]:
    """The cameras in a world that is turned by `rotation` (3, 3)."""
    return [View(**(vars(view) | {"rotation": view.rotation @ rotation.T})) for view in views]


def write_scene(folder: Path, points: np.ndarray, normals: np.ndarray, views: list[View]) -> None:
    """points.npz and undistorted/sparse, as text."""
    np.savez(
        folder / "points.npz",
        points=points.astype(np.float32),
        normals=normals.astype(np.float32),
        colors=np.full((len(points), 3), 128, np.uint8),
        confidence=np.full(len(points), 3, np.uint8),
    )
    sparse = folder / "undistorted" / "sparse"
    sparse.mkdir(parents=True, exist_ok=True)
    cameras, images, tracks = [], [], []
    for view in views:
        cameras.append(f"{view.photo} PINHOLE {SIDE} {SIDE} {FOCAL} {FOCAL} {SIDE / 2} {SIDE / 2}")
        x, y, z, w = Rotation.from_matrix(view.rotation).as_quat()
        pose = " ".join(str(value) for value in (w, x, y, z, *view.translation))
        # One feature point per view, at the origin: it makes the view's median depth.
        images += [f"{view.photo} {pose} {view.photo} {view.image}", "60.0 60.0 1"]
        tracks.append(f"{view.photo} 0")
    (sparse / "cameras.txt").write_text("\n".join(cameras) + "\n")
    (sparse / "images.txt").write_text("\n".join(images) + "\n")
    (sparse / "points3D.txt").write_text("1 0 0 0 128 128 128 0.5 " + " ".join(tracks) + "\n")


def run_mesh(folder: Path, **request) -> tuple[dict, dict, dict]:
    """Runs `mesh`: its answer, mesh.json and frame.json."""
    defaults = {"quality": "preview", "holes": "closed", "faces": 4_000, "lods": 0, "sizeMm": None, "seed": 0}
    call = SilentCall({"sceneDir": str(folder), "regionOfInterest": None} | defaults | request)
    coarse = replace(PRESETS["preview"], poisson_depth=6)  # ten times as fast
    with patch.dict(PRESETS, preview=coarse):
        answer = make_mesh(call)
    return answer, json.loads((folder / "mesh.json").read_text()), json.loads((folder / "frame.json").read_text())
