"""Triangle meshes as arrays: what is taken away from them, and what they are asked."""

from dataclasses import dataclass

import numpy as np

from ..failure import Failure


@dataclass(frozen=True)
class Mesh:
    """`vertices` (n, 3) float32, `faces` (m, 3) int32, counter-clockwise seen from outside."""

    vertices: np.ndarray
    faces: np.ndarray


def read_ply(path: str) -> Mesh:
    """A mesh from a PLY file. A Failure `output_invalid` when it holds none."""
    import open3d

    read = open3d.io.read_triangle_mesh(path)
    if not len(read.triangles):
        raise Failure("output_invalid", "The surface that was made has no triangles.", retryable=True)
    return Mesh(np.asarray(read.vertices).astype(np.float32), np.asarray(read.triangles).astype(np.int32))


def corners(mesh: Mesh) -> np.ndarray:
    """(m, 3, 3): face, corner, axis."""
    return mesh.vertices[mesh.faces]


def face_areas(mesh: Mesh) -> np.ndarray:
    """(m,) in the square of the vertices' unit."""
    a, b, c = corners(mesh).astype(np.float64).transpose(1, 0, 2)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def vertex_normals(mesh: Mesh) -> np.ndarray:
    """(n, 3) float32 of length 1: the mean of the faces' normals by area. A vertex without faces gets +Z."""
    a, b, c = corners(mesh).astype(np.float64).transpose(1, 0, 2)
    by_face = np.cross(b - a, c - a)
    normals = np.zeros((len(mesh.vertices), 3))
    for axis in range(3):
        weights = np.repeat(by_face[:, axis], 3)
        normals[:, axis] = np.bincount(mesh.faces.ravel(), weights=weights, minlength=len(normals))
    length = np.linalg.norm(normals, axis=1)
    normals[length == 0] = (0, 0, 1)
    length[length == 0] = 1
    return (normals / length[:, None]).astype(np.float32)


def keep_faces(mesh: Mesh, which: np.ndarray) -> Mesh:
    """The faces that a mask (m,) picks, and the vertices they need."""
    faces = mesh.faces[which]
    used = np.zeros(len(mesh.vertices), bool)
    used[faces] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    return Mesh(mesh.vertices[used], number[faces].astype(np.int32))


def keep_vertices(mesh: Mesh, which: np.ndarray) -> Mesh:
    """The faces all of whose vertices a mask (n,) picks."""
    return keep_faces(mesh, which[mesh.faces].all(axis=1))


def edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The undirected edges (e, 2), how many faces have each (e,), and the edge of each face's three sides (m, 3).

    Side k of a face runs from its corner k to the next.
    """
    sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2).astype(np.int64)
    sides.sort(axis=1)
    count = int(faces.max(initial=0)) + 1
    unique, inverse, counts = np.unique(sides[:, 0] * count + sides[:, 1], return_inverse=True, return_counts=True)
    return np.stack([unique // count, unique % count], axis=1), counts, inverse.reshape(-1, 3)


def components(mesh: Mesh) -> tuple[int, np.ndarray]:
    """How many parts hang together by shared vertices, and the part of each vertex (n,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(mesh.vertices)
    start, end = np.concatenate([mesh.faces[:, :2], mesh.faces[:, 1:]]).T
    graph = coo_matrix((np.ones(len(start), np.int8), (start, end)), shape=(count, count))
    return connected_components(graph, directed=False)


def without_small_parts(mesh: Mesh, share: float) -> Mesh:
    """Drops the parts whose area is less than a share of the largest part's."""
    count, part = components(mesh)
    face_part = part[mesh.faces[:, 0]]
    area = np.bincount(face_part, weights=face_areas(mesh), minlength=count)
    return keep_faces(mesh, (area >= share * area.max())[face_part])


def clean(mesh: Mesh) -> Mesh:
    """Drops faces without area, faces that are there twice, and faces at edges that more than two faces share.

    At such an edge the largest two faces stay.
    """
    faces = mesh.faces
    distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    mesh = keep_faces(mesh, distinct & (face_areas(mesh) > 0))
    _, first = np.unique(np.sort(mesh.faces, axis=1), axis=0, return_index=True)
    once = np.zeros(len(mesh.faces), bool)
    once[first] = True
    mesh = keep_faces(mesh, once)
    while True:
        _, counts, side_edge = edges(mesh.faces)
        crowded = counts > 2
        if not crowded.any():
            return mesh
        mesh = keep_faces(mesh, ~_smallest_at(crowded, side_edge, face_areas(mesh)))


def _smallest_at(crowded: np.ndarray, side_edge: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Of each crowded edge the smallest face, as a mask."""
    face, side = np.nonzero(crowded[side_edge])
    edge = side_edge[face, side]
    order = np.lexsort((areas[face], edge))
    first = np.concatenate(([True], edge[order][1:] != edge[order][:-1]))
    smallest = np.zeros(len(areas), bool)
    smallest[face[order][first]] = True
    return smallest


def open_edges(mesh: Mesh) -> int:
    """Edges that only one face has."""
    return int((edges(mesh.faces)[1] == 1).sum())


def decimate(mesh: Mesh, faces: int) -> Mesh:
    """At most about `faces` triangles, by quadric errors (fast-simplification); the mesh itself when it has no more."""
    if len(mesh.faces) <= faces:
        return mesh
    import fast_simplification

    vertices, triangles = fast_simplification.simplify(mesh.vertices, mesh.faces, target_count=faces, agg=5)
    return clean(Mesh(vertices.astype(np.float32), triangles.astype(np.int32)))
