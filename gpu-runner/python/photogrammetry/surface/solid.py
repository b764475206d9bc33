"""A surface → a solid for printing: closed everywhere, with a flat base, checked by manifold3d."""

import numpy as np

from ..failure import Failure
from .points import OrientedPoints, thin
from .poisson import cell_size, poisson_surface
from .triangles import Mesh, decimate, face_areas, vertex_normals, without_small_parts

BASE_THICKNESS = 0.02
"""Of what is put below the lowest points, in longest sides: what stands on the ground gets a slab of ground."""
FOOT_HEIGHT = 0.05
"""In longest sides: what is so near the lowest points is the foot, below which the base is put."""
SMALL_VOLUME = 0.001
"""Parts with less than this share of the largest part's volume are crumbs."""
UP = (0.0, 1.0, 0.0)
FOOT_CELLS = 96
"""Cells along the foot's longest side, in which it is filled."""


def solid_of(mesh: Mesh, up: np.ndarray, depth: int, faces: int | None) -> Mesh:
    """A closed solid in the mesh's own units whose base is flat and square to `up` (3,), of at most about `faces`
    triangles.

    The surface's vertices and a plate of points below its foot go through Poisson's reconstruction, whose result is
    closed; the plane of the plate cuts it.
    """
    turn = _turn_to_y(up)
    turned = Mesh((mesh.vertices @ turn.T).astype(np.float32), mesh.faces)
    size = float(np.ptp(turned.vertices, axis=0).max())
    # Single vertices may hang lower than the foot.
    bottom = float(np.percentile(turned.vertices[:, 1], 0.5))
    base = bottom - BASE_THICKNESS * size
    surface = OrientedPoints(turned.vertices, vertex_normals(turned))
    surface = thin(surface, cell_size(surface.positions, depth))
    plate = _plate(turned.vertices, bottom + FOOT_HEIGHT * size, base)
    together = OrientedPoints(
        np.concatenate([surface.positions, plate.positions]), np.concatenate([surface.normals, plate.normals])
    )
    closed = without_small_parts(poisson_surface(together, depth), 0.02)
    solid = _cut(closed, base + 0.1 * BASE_THICKNESS * size, faces)
    # Decimation bends the base a little: a second cut makes it flat again.
    solid = _mesh_of(_manifold(solid).trim_by_plane(UP, base + 0.3 * BASE_THICKNESS * size))
    return Mesh((solid.vertices @ turn).astype(np.float32), solid.faces)


def is_solid(mesh: Mesh) -> bool:
    """Whether the mesh is the closed, oriented 2-manifold surface of something with a volume, by manifold3d."""
    import manifold3d

    solid = _manifold(mesh)
    return solid.status() == manifold3d.Error.NoError and not solid.is_empty() and solid.volume() > 0


def _turn_to_y(up: np.ndarray) -> np.ndarray:
    """A rotation (3, 3) that leads `up` to +Y."""
    other = np.eye(3)[np.argmin(np.abs(up))]
    right = np.cross(up, other)
    right /= np.linalg.norm(right)
    return np.stack([right, up, np.cross(right, up)])


def _plate(vertices: np.ndarray, top: float, base: float) -> OrientedPoints:
    """Points that look down, at height `base`, below all that the vertices (n, 3) below `top` surround."""
    from scipy import ndimage

    foot = vertices[vertices[:, 1] <= top][:, [0, 2]]
    low = foot.min(axis=0)
    cell = float(np.ptp(foot, axis=0).max()) / FOOT_CELLS or 1.0
    grid = np.zeros((FOOT_CELLS + 7, FOOT_CELLS + 7), bool)
    grid[tuple(((foot - low) / cell).astype(int).T + 3)] = True
    grid = ndimage.binary_fill_holes(ndimage.binary_closing(grid, iterations=3))
    part, count = ndimage.label(grid)
    if count > 1:
        grid = np.isin(part, 1 + np.flatnonzero(np.bincount(part.ravel())[1:] > 4))
    # Four points per cell: about as dense as the surface's own.
    corner = (np.argwhere(grid) - 3).astype(np.float64)
    offsets = ((0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))
    spots = np.concatenate([corner + offset for offset in offsets]) * cell + low
    positions = np.stack([spots[:, 0], np.full(len(spots), base), spots[:, 1]], axis=1)
    return OrientedPoints(positions.astype(np.float32), np.tile(np.float32([0, -1, 0]), (len(positions), 1)))


def _cut(mesh: Mesh, height: float, faces: int | None) -> Mesh:
    """What is above a height without crumbs, decimated. A Failure when the mesh is no solid."""
    import manifold3d

    solid = _manifold(mesh)
    if solid.status() != manifold3d.Error.NoError:
        message = (
            "No watertight solid could be made of this surface. Use “Closed” holes, or more photos of its lower part."
        )
        raise Failure("cameras_unreliable", message)
    parts = solid.trim_by_plane(UP, height).decompose()
    largest = max(part.volume() for part in parts)
    solid = manifold3d.Manifold.compose([part for part in parts if part.volume() >= SMALL_VOLUME * largest])
    cut = _mesh_of(solid)
    if faces is None or len(cut.faces) <= faces:
        return cut
    fewer = decimate(cut, faces)
    if is_solid(fewer):
        return fewer
    return _simplified(solid, cut, faces)


def _simplified(solid, mesh: Mesh, faces: int) -> Mesh:
    """With manifold3d's own simplification, which is coarser but keeps a solid a solid."""
    tolerance = float(np.sqrt(face_areas(mesh).mean())) / 8
    while solid.num_tri() > faces:
        solid = solid.simplify(tolerance)
        tolerance *= 1.5
    return _mesh_of(solid)


def _manifold(mesh: Mesh):
    import manifold3d

    return manifold3d.Manifold(
        manifold3d.Mesh(vert_properties=mesh.vertices.astype(np.float32), tri_verts=mesh.faces.astype(np.uint32))
    )


def _mesh_of(solid) -> Mesh:
    result = solid.to_mesh()
    return Mesh(np.array(result.vert_properties[:, :3], np.float32), np.array(result.tri_verts, np.int32))
