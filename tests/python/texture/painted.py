"""A sphere with a smooth pattern, and photos of it."""

from pathlib import Path

import cv2
import numpy as np
from photogrammetry import libraries  # noqa: F401 - before open3d
from photogrammetry.surface.triangles import Mesh
from photogrammetry.surface.views import View
import open3d  # isort: skip
from surface.scenes import SIDE, sphere_points, write_scene


def sphere(rings: int = 24) -> Mesh:
    """The unit sphere, 4 · rings² triangles, closed."""
    made = open3d.geometry.TriangleMesh.create_sphere(1.0, rings)
    return Mesh(np.asarray(made.vertices).astype(np.float32), np.asarray(made.triangles).astype(np.int32))


def pattern(places: np.ndarray) -> np.ndarray:
    """Colours (n, 3) 0–255 of places (n, 3)."""
    return 128 + 50 * np.sin(places * (3, 4, 5) + (0, 1, 2)) + 20 * np.sin(places[:, [1, 2, 0]] * 11)


def photo_of(mesh: Mesh, view: View) -> np.ndarray:
    """RGB uint8; blue sky behind the mesh."""
    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(open3d.core.Tensor(mesh.vertices), open3d.core.Tensor(mesh.faces.astype(np.uint32)))
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    rays = np.stack([(x - view.center[0]) / view.focal[0], (y - view.center[1]) / view.focal[1], np.ones_like(x)], -1)
    rays = rays @ view.rotation
    origins = np.broadcast_to(view.position, rays.shape)
    hits = scene.cast_rays(open3d.core.Tensor(np.concatenate([origins, rays], -1).astype(np.float32)))["t_hit"].numpy()
    picture = np.tile(np.float64([60, 90, 250]), (SIDE, SIDE, 1))
    hit = np.isfinite(hits)
    picture[hit] = pattern(view.position + rays[hit] * hits[hit][:, None])
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def write_painted(
    folder: Path, mesh: Mesh, views: list[View], pictures: list[np.ndarray], **levels: np.ndarray
) -> None:
    """A scene with mesh.npz and photos, lossless behind their names."""
    points = sphere_points(100)
    write_scene(folder, points, points, views)
    (folder / "undistorted" / "images").mkdir(exist_ok=True)
    for view, picture in zip(views, pictures, strict=True):
        _, content = cv2.imencode(".png", picture[:, :, ::-1])
        (folder / "undistorted" / "images" / view.image).write_bytes(content.tobytes())
    normals = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    np.savez(folder / "mesh.npz", vertices=mesh.vertices, faces=mesh.faces.astype(np.uint32), normals=normals, **levels)
