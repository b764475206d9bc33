"""The colours of the texels from the photos, without seams.

Two bands (after Burt and Adelson 1983): the low frequencies of the photos are mixed over all views that see a texel, so
that no border shows where one view takes over from another; details come from the few best views, so that they stay
sharp. Weights depend on the place on the surface alone and fade out towards every edge of what a view sees: both sides
of a chart's border get the same colour.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from ..surface.triangles import Mesh
from ..surface.views import View
from . import exposure
from .atlas import Texels
from .kernels import look_at_points, look_at_texels, mix_texels
from .looking import Look, Photos, look

SMOOTH_SHARE = 1 / 80
"""Size of a pixel of the low frequencies, in picture widths."""
BASE_POWER = 1.0
"""Of the weights with which the low frequencies are mixed."""
DETAIL_POWER = 4.0
BEST_VIEWS = 4
"""So many views give details."""
BAND_TEXELS = 3_000_000
"""Texels that are painted at once: 70 bytes each."""
SAMPLE_BYTES = 400_000_000
"""For the colours of all samples in all views."""
SUPERSAMPLING = 1.6
"""Photos with more pixels per texel than this in a row are made smaller before they are sampled."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Survey:
    """What the photos say about the mesh's vertices: `gains` (views, 3); `colors` (n, 3) float32 that most agree on,
    NaN = not seen; `trust` (views, samples) uint8 and each vertex's sample (n,)."""

    gains: np.ndarray
    colors: np.ndarray
    trust: np.ndarray
    sample: np.ndarray

    def trust_of(self, view: int, faces: np.ndarray) -> np.ndarray:
        """How much to trust a view at each vertex, (n,) float32 0–1: no more than at its neighbours, since what doesn't
        belong there may reach into the faces around."""
        trust = self.trust[view][self.sample]
        least = trust.copy()
        doubtful = faces[(trust[faces] < 255).any(axis=1)]
        np.minimum.at(least, doubtful, trust[doubtful].min(axis=1, keepdims=True))
        return least.astype(np.float32) / 255


def survey(mesh: Mesh, normals: np.ndarray, views: list[View], photos: Photos, progress: Progress) -> Survey:
    """Looks at the vertices in the low frequencies of all photos."""
    step = max(1, -(-len(mesh.vertices) * len(views) * 3 // SAMPLE_BYTES))
    points, point_normals = mesh.vertices[::step].copy(), normals[::step].copy()
    colors = np.zeros((len(views), len(points), 3), np.uint8)
    seen = np.zeros((len(views), len(points)), bool)
    weight, color = np.zeros(len(points), np.float32), np.zeros((len(points), 3), np.float32)
    for number, view in enumerate(views):
        seeing = look(mesh, view, photos.mask(view))
        smooth = low_frequencies(photos.read(view, 0.25), view, seeing)
        look_at_points(points, point_normals, *seeing.arguments(), smooth, weight, color)
        seen[number] = weight > 0
        colors[number] = np.clip(color + 0.5, 0, 255)
        progress((number + 1) / len(views))
    gains = exposure.gains(colors, seen)
    agreed, trust = exposure.consensus(colors, seen, gains)
    if step == 1:
        return Survey(gains, agreed, trust, np.arange(len(points)))
    sample = cKDTree(points).query(mesh.vertices)[1]
    return Survey(gains, agreed[sample], trust, sample)


def low_frequencies(picture: np.ndarray, view: View, seeing: Look) -> np.ndarray:
    """The low frequencies (h, w, 3) float32 of a photo RGB uint8 in any size: what lies outside of the mesh doesn't mix
    in."""
    cell = max(view.width * SMOOTH_SHARE, 1)
    size = max(round(view.width / cell), 2), max(round(view.height / cell), 2)
    on_surface = (np.isfinite(seeing.depth) & (seeing.clear > 0)).astype(np.float32)
    on_surface = cv2.resize(on_surface, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_AREA)
    weighted = cv2.resize(picture.astype(np.float32) * on_surface[..., None], size, interpolation=cv2.INTER_AREA)
    amount = cv2.resize(on_surface, size, interpolation=cv2.INTER_AREA)
    plain = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    weighted, amount = cv2.GaussianBlur(weighted, (5, 5), 1), cv2.GaussianBlur(amount, (5, 5), 1)
    return np.where(amount[..., None] > 0.02, weighted / np.maximum(amount, 0.02)[..., None], plain)


def paint(
    mesh: Mesh,
    normals: np.ndarray,
    texels: Texels,
    texels_per_unit: float,
    views: list[View],
    photos: Photos,
    known: Survey,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Colours (t, 3) uint8 of the texels, and which of them a photo saw (t,). The others are black."""
    colors, seen = np.zeros((len(texels.index), 3), np.uint8), np.zeros(len(texels.index), bool)
    bands = max(1, -(-len(texels.index) // BAND_TEXELS))
    for band, part in enumerate(np.array_split(np.arange(len(texels.index)), bands)):
        part = slice(part[0], part[-1] + 1) if len(part) else slice(0, 0)
        canvas = _Canvas(texels.face[part], texels.weights[part])
        for number, view in enumerate(views):
            seeing = look(mesh, view, photos.mask(view))
            picture = photos.read(view, _useful_scale(view, texels_per_unit))
            smooth = low_frequencies(picture, view, seeing)
            canvas.add(mesh, normals, known.trust_of(number, mesh.faces), known.gains[number], seeing, picture, smooth)
            progress((band + (number + 1) / len(views)) / bands)
        canvas.mix_into(colors[part])
        seen[part] = canvas.base_weight > 0
    return colors, seen


def _useful_scale(view: View, texels_per_unit: float) -> float:
    pixels_per_unit = float(view.focal[0]) / max(view.median_depth, 1e-9)
    return min(1.0, SUPERSAMPLING * texels_per_unit / pixels_per_unit)


class _Canvas:
    """Texels that are being painted."""

    def __init__(self, face: np.ndarray, weights: np.ndarray):
        count = len(face)
        self._face, self._weights = face, weights
        self._best_weight = np.zeros((count, BEST_VIEWS), np.float32)
        self._best_detail = np.zeros((count, BEST_VIEWS, 3), np.float32)
        self._base = np.zeros((count, 3), np.float32)
        self.base_weight = np.zeros(count, np.float32)

    def add(
        self,
        mesh: Mesh,
        normals: np.ndarray,
        trust: np.ndarray,
        gain: np.ndarray,
        seeing: Look,
        picture: np.ndarray,
        smooth: np.ndarray,
    ) -> None:
        """What one view sees."""
        look_at_texels(
            self._face, self._weights, mesh.vertices, normals, mesh.faces, trust, gain,
            *seeing.arguments(), picture, smooth, BASE_POWER,
            self._best_weight, self._best_detail, self._base, self.base_weight,
        )  # fmt: skip

    def mix_into(self, colors: np.ndarray) -> None:
        mix_texels(self._best_weight, self._best_detail, self._base, self.base_weight, DETAIL_POWER, colors)
