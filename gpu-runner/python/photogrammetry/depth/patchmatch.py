"""The depth map of one view: PatchMatch from coarse to fine."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from photogrammetry.depth.kernels import patchmatch as kernels
from photogrammetry.depth.views import Camera, View, matrix

COARSEST_SIDE = 200
"""The pyramid starts at the first level whose longest side is no more than this."""


@dataclass(frozen=True)
class Effort:
    """How long to look. A round is both colours of the checkerboard."""

    coarse_rounds: int
    middle_rounds: int
    fine_rounds: int
    keep: int = 2
    """A plane's cost is the mean of so many sources, those that fit best."""
    draws: int = 5
    """Random changes per pixel and round."""
    fine_arms: int = 4
    tries: int = 8
    """Random depths per pixel to begin with."""
    doubt: float = 0.2


def _shrunk(picture: np.ndarray, level: int) -> np.ndarray:
    height, width = picture.shape
    size = (max(round(width / 2**level), 1), max(round(height / 2**level), 1))
    return picture if level == 0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _sources(reference: View, sources: list[View], level: int, intrinsics: np.ndarray) -> kernels.Sources:
    """`sources` at a level of the pyramid, seen from the reference, whose intrinsics there are given."""
    textures, inside, cameras = [], [], []
    inverse = np.linalg.inv(matrix(intrinsics))
    for source in sources:
        picture = _shrunk(source.gray, level)
        height, width = picture.shape
        textures.append(kernels.pack_texture(picture).ravel())
        mask = np.full(picture.shape, 255, np.uint8) if source.mask is None else _shrunk(source.mask, level)
        pad = kernels.PAD
        inside.append(np.pad(mask > 0, pad, mode="edge").astype(np.uint8).ravel())
        K = matrix(source.camera.at_size(width, height))
        R, t = reference.camera.relative(source.camera)
        cameras.append([*(K @ R @ inverse).ravel(), *(K @ t), width, height])
    lengths = [len(texture) for texture in textures]
    return kernels.Sources(
        textures=np.concatenate(textures),
        inside=np.concatenate(inside),
        starts=np.concatenate([[0], np.cumsum(lengths[:-1])]).astype(np.int64),
        cameras=np.array(cameras, np.float32),
    )


def _disparity(sources: kernels.Sources, size: tuple[int, int], w: float) -> float:
    """How many pixels the middle of the reference moves in a source per unit of inverse depth, the median over
    sources."""
    width, height = size
    p = np.array([width / 2, height / 2, 1])
    M, V = sources.cameras[:, :9].reshape(-1, 3, 3), sources.cameras[:, 9:12]
    q = M @ p + V * w
    moved = (V[:, :2] - q[:, :2] / q[:, 2:] * V[:, 2:]) / q[:, 2:]
    return float(np.median(np.linalg.norm(moved, axis=1)))


def _reference(view: View, level: int, sources: kernels.Sources, depth_range, random) -> kernels.Reference:
    picture = _shrunk(view.gray, level)
    height, width = picture.shape
    active = np.ones(picture.shape, bool) if view.mask is None else _shrunk(view.mask, level) > 0
    near, far = depth_range
    fx, fy, cx, cy = view.camera.at_size(width, height).astype(np.float32)
    return kernels.Reference(
        padded=kernels.pad_reference(picture, active),
        active=active.astype(np.uint8),
        random=random,
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        least=np.float32(1 / far),
        most=np.float32(1 / near),
        disparity=np.float32(_disparity(sources, (width, height), 2 / (near + far))),
    )


def _finer(planes: kernels.Planes, shape: tuple[int, int]) -> kernels.Planes:
    """Planes for the next level: each pixel's from the nearest pixel above, carried over to where it is."""
    height, width = shape
    rows, columns = planes.w.shape
    scale_x, scale_y = columns / width, rows / height
    x = (np.arange(width) + 0.5) * scale_x - 0.5
    y = (np.arange(height) + 0.5) * scale_y - 0.5
    column = np.clip(np.rint(x), 0, columns - 1).astype(np.int64)
    row = np.clip(np.rint(y), 0, rows - 1).astype(np.int64)
    at = np.ix_(row, column)
    wx, wy = planes.wx[at], planes.wy[at]
    w = planes.w[at] + wx * (x - column)[None, :] + wy * (y - row)[:, None]
    return kernels.Planes(
        w=w.astype(np.float32),
        wx=(wx * scale_x).astype(np.float32),
        wy=(wy * scale_y).astype(np.float32),
        cost=np.full(shape, 2, np.float32),
    )


def nearest_depth(points_uvz: np.ndarray, shape: tuple[int, int]) -> np.ndarray | None:
    """(h, w) float32: of each pixel the depth of the nearest point (x, y in array indices, depth); None without
    points."""
    height, width = shape
    x, y = np.rint(points_uvz[:, 0]).astype(int), np.rint(points_uvz[:, 1]).astype(int)
    kept = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if not kept.any():
        return None
    x, y, z = x[kept], y[kept], points_uvz[kept, 2]
    empty = np.full(shape, 255, np.uint8)
    empty[y, x] = 0
    _, label = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    depth_of = np.zeros(label.max() + 1, np.float32)
    depth_of[label[y, x]] = z
    return depth_of[label]


def _first_planes(view: View, shape, depth_range, points_uvz, rng) -> kernels.Planes:
    near, far = depth_range
    height, width = shape
    scale = np.array([width / view.camera.width, height / view.camera.height, 1])
    given = nearest_depth((points_uvz + [0.5, 0.5, 0]) * scale - [0.5, 0.5, 0], shape)
    if given is None:
        given = 1 / rng.uniform(1 / far, 1 / near, shape)
    w = (1 / np.clip(given, near, far)).astype(np.float32)
    zeros = [np.zeros(shape, np.float32) for _ in range(2)]
    return kernels.Planes(w, *zeros, np.full(shape, 2, np.float32))


def estimate(
    view: View,
    sources: list[View],
    depth_range: tuple[float, float],
    points_uvz: np.ndarray,
    effort: Effort,
    seed: int,
    report: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, normal and cost of `view`, compared with `sources`.

    `depth_range` is (near, far) in scene units, `points_uvz` (n, 3) are known points: x and y in array indices of the
    view, and their depth. Returns depth (h, w) float32 along z, normal (h, w, 3) float32 in the camera's frame, facing
    it, and cost (h, w) float32, 0 to 2; pixels outside the mask and flat ones cost 2.
    """
    rng = np.random.default_rng([seed, view.camera.photo])
    random = rng.uniform(-1, 1, 4096).astype(np.float32)
    levels = 1
    while max(view.gray.shape) / 2 ** (levels - 1) > COARSEST_SIDE:
        levels += 1
    keep = min(effort.keep, len(sources))
    planes, scratch = None, kernels.Scratch.new()
    for level in reversed(range(levels)):
        shape = _shrunk(view.gray, level).shape
        level_sources = _sources(view, sources, level, view.camera.at_size(shape[1], shape[0]))
        reference = _reference(view, level, level_sources, depth_range, random)
        coarsest, finest = level == levels - 1, level == 0
        if planes is None:
            planes = _first_planes(view, shape, depth_range, points_uvz, rng)
        else:
            planes = _finer(planes, shape)
        kernels.initialise(
            reference, level_sources, planes, scratch, keep, effort.tries if coarsest else 0, np.float32(8)
        )
        rounds = effort.coarse_rounds if coarsest else effort.fine_rounds if finest else effort.middle_rounds
        arms = 8 if coarsest else effort.fine_arms if finest else 8
        for number in range(rounds):
            reach = np.float32((4 if coarsest else 1) * 0.5**number)
            tilt = np.float32((0.4 if coarsest else 0.2) * 0.6**number)
            for colour in (0, 1):
                kernels.sweep(
                    reference, level_sources, planes, scratch, keep, colour, arms, effort.draws, number + 5 * level,
                    coarsest and number < 3, reach, tilt, np.float32(effort.doubt),
                )  # fmt: skip
        report(1 - level / levels)
    return _depth_and_normal(view.camera, planes)


def _depth_and_normal(camera: Camera, planes: kernels.Planes):
    fx, fy, cx, cy = camera.intrinsics.astype(np.float32)
    height, width = planes.w.shape
    ray_x = ((np.arange(width, dtype=np.float32) - cx) / fx)[None, :]
    ray_y = ((np.arange(height, dtype=np.float32) - cy) / fy)[:, None]
    nx, ny = planes.wx * fx, planes.wy * fy
    nz = planes.w - nx * ray_x - ny * ray_y
    normal = -np.stack([nx, ny, nz], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    return 1 / planes.w, normal, planes.cost
