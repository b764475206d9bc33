"""A mesh → the same mesh with texture coordinates, and what each texel shows."""

from dataclasses import dataclass

import numpy as np

from ..surface.triangles import Mesh
from .charts import cut
from .kernels import draw_faces
from .packing import pack

PADDING = 4
"""Texels around each chart, so that mipmaps don't mix charts at once."""
BORDER = 1.5
"""Texels beyond a chart's edge that still get their own colour."""


@dataclass(frozen=True)
class Atlas:
    """`source` (n,) is the mesh's vertex that each vertex copies: those on seams are there once per chart.

    `faces` (m, 3) uint32, `uv` (n, 2) float32 with v down, 0–1.
    """

    source: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    charts: int
    texels_per_unit: float


@dataclass(frozen=True)
class Texels:
    """The texels that show the surface: their `index` (t,) in the flattened texture, `face` (t,), and `weights` (t, 2)
    of the face's first two corners (below 0 beyond its edge)."""

    index: np.ndarray
    face: np.ndarray
    weights: np.ndarray


def make_atlas(mesh: Mesh, side: int) -> Atlas:
    """Cuts the mesh into charts and packs them into a texture of `side` texels."""
    charts = cut(mesh)
    sizes = np.zeros((charts.count, 2))
    np.maximum.at(sizes, charts.chart, charts.corners.max(axis=1))
    places = pack(sizes, side, PADDING)
    uv = (charts.corners * places.scale + places.offset[charts.chart, None]) / side
    key = (mesh.faces.astype(np.int64) * charts.count + charts.chart[:, None]).ravel()
    unique, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return Atlas(
        source=unique // charts.count,
        faces=inverse.reshape(-1, 3).astype(np.uint32),
        uv=uv.reshape(-1, 2)[first].astype(np.float32),
        charts=charts.count,
        texels_per_unit=float(places.scale),
    )


def texels_of(atlas: Atlas, side: int) -> Texels:
    """Which texels show which faces."""
    face, weights, _ = draw_faces(atlas.uv[atlas.faces] * np.float32(side), side, BORDER)
    index = np.flatnonzero(face.ravel() >= 0)
    return Texels(index, face.ravel()[index], weights.reshape(-1, 2)[index])
