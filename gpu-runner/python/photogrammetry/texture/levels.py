"""Textures of the levels of detail: an atlas of their own, painted with the finest level's texture."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..surface.triangles import Mesh
from .atlas import Atlas, make_atlas, texels_of
from .fill import fill_gutters

ROW = 16_384
"""OpenCV's remap takes less than 32,768 columns."""


@dataclass(frozen=True)
class Painted:
    """A mesh with its atlas and texture (side, side, 3) RGB uint8."""

    mesh: Mesh
    atlas: Atlas
    picture: np.ndarray


def paint_level(finest: Painted, mesh: Mesh, side: int) -> Painted:
    """Paints a coarser mesh: each texel gets the colour of the nearest place on the finest mesh."""
    import open3d

    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        open3d.core.Tensor(finest.mesh.vertices), open3d.core.Tensor(finest.mesh.faces.astype(np.uint32))
    )
    atlas = make_atlas(mesh, side)
    texels = texels_of(atlas, side)
    share = np.concatenate([texels.weights, 1 - texels.weights.sum(axis=1, keepdims=True)], axis=1)
    places = np.einsum("tk,tkc->tc", share, mesh.vertices[mesh.faces[texels.face]]).astype(np.float32)
    nearest = scene.compute_closest_points(open3d.core.Tensor(places))
    face = nearest["primitive_ids"].numpy().astype(np.int64)
    inside = nearest["primitive_uvs"].numpy()
    uv = finest.atlas.uv[finest.atlas.faces[face]]
    uv = uv[:, 0] * (1 - inside.sum(axis=1, keepdims=True)) + uv[:, 1] * inside[:, :1] + uv[:, 2] * inside[:, 1:]
    # A smaller picture first: the coarse texture's texels each cover several of the finest.
    factor = max(1, finest.picture.shape[0] // side)
    source = cv2.resize(finest.picture, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    colors = _look_up(source, uv)
    picture, drawn = np.zeros((side * side, 3), np.uint8), np.zeros(side * side, bool)
    picture[texels.index], drawn[texels.index] = colors, True
    picture = picture.reshape(side, side, 3)
    fill_gutters(picture, drawn.reshape(side, side))
    return Painted(mesh, atlas, picture)


def _look_up(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Colours (t, 3) uint8 at uv (t, 2), bilinear."""
    rows = -(-len(uv) // ROW)
    places = np.zeros((rows * ROW, 2), np.float32)
    places[: len(uv)] = uv * picture.shape[0] - 0.5
    places = places.reshape(rows, ROW, 2)
    colors = cv2.remap(picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return colors.reshape(-1, 3)[: len(uv)]
