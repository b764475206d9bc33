"""The geometry of a scene as the ray caster uses it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open3d as o3d

Array = np.ndarray


@dataclass(frozen=True)
class Geometry:
    """Lengths in metres, z up. `parts[i]` is the index in `names` of the part that face i belongs to; "object" is 0."""

    vertices: Array
    """(n,3) float32"""
    normals: Array
    """(n,3) float32, unit, smooth"""
    faces: Array
    """(m,3) int32"""
    parts: Array
    """(m,) uint8"""
    names: tuple[str, ...]
    marker: Array
    """(3,) the middle of the marker; zeros without one."""

    @staticmethod
    def read(path: Path) -> "Geometry":
        """Reads what shapes.py wrote."""
        with np.load(path) as data:
            mesh = _mesh(data["vertices"], data["faces"])
            mesh.compute_vertex_normals()
            normals = np.asarray(mesh.vertex_normals, np.float32)
            names = tuple(str(name) for name in data["names"])
            return Geometry(data["vertices"], normals, data["faces"], data["parts"], names, data["marker"])

    def caster(self) -> o3d.t.geometry.RaycastingScene:
        """Ids of hit triangles are indices into `faces`."""
        caster = o3d.t.geometry.RaycastingScene()
        caster.add_triangles(o3d.core.Tensor(self.vertices), o3d.core.Tensor(self.faces.astype(np.uint32)))
        return caster

    def write_ply(self, path: Path, parts: tuple[str, ...]) -> None:
        """Writes the surface of some parts, binary, without vertices that no face uses."""
        wanted = np.isin(self.parts, [self.names.index(part) for part in parts])
        used, faces = np.unique(self.faces[wanted], return_inverse=True)
        o3d.io.write_triangle_mesh(str(path), _mesh(self.vertices[used], faces.reshape(-1, 3)))

    def object_bounds(self) -> tuple[Array, Array]:
        """Least and greatest corner of the object's box, each (3,)."""
        vertices = self.vertices[np.unique(self.faces[self.parts == 0])]
        return vertices.min(0), vertices.max(0)


def _mesh(vertices: Array, faces: Array) -> o3d.geometry.TriangleMesh:
    return o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(vertices.astype(np.float64)), o3d.utility.Vector3iVector(faces.astype(np.int32))
    )
