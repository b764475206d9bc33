"""From scene units to the frame of the result: Y up, metres, the base at y = 0, the middle of the footprint at x = z =
0."""

import math
from dataclasses import dataclass

import numpy as np

from .views import View

UP_TOLERANCE = math.radians(35)
"""A ground plane leans at most so much against what the cameras say is up."""
GROUND_SHARE_MIN = 0.08
"""A plane with fewer of the points is no ground."""
BELOW_SHARE_MAX = 0.02
"""Share of the points that may lie below the ground."""
PLANE_THICKNESS = 0.005
"""Half of it, in diagonals of the points."""
SAMPLES = 20_000
TRIALS = 400
ALL_AROUND = 0.35
"""Length of the mean of the unit directions to the cameras, seen from above, up to which they go all around: a full
ring has 0, half a ring 0.64."""


@dataclass(frozen=True)
class Up:
    """`direction` (3,) of length 1 in scene units, and what it was found from: `ground` or `cameras`."""

    direction: np.ndarray
    source: str


def camera_up(views: list[View]) -> np.ndarray:
    """Where up is when photos are held upright, (3,) of length 1.

    The cameras' x axes are level then, however much the cameras look down: up is what is square to all of them. When
    they all point the same way (a straight row of photos), only the mean of the cameras' own up directions is left.
    """
    right = np.array([view.rotation[0] for view in views])
    mean_up = -np.mean([view.rotation[1] for view in views], axis=0)
    mean_up /= np.linalg.norm(mean_up) or 1
    spread, directions = np.linalg.eigh(right.T @ right / len(right))
    up = directions[:, 0]
    if spread[1] < 0.05 or spread[0] > 0.1 * spread[1] or abs(up @ mean_up) < 0.5:
        return mean_up
    return up if up @ mean_up > 0 else -up


def find_up(points: np.ndarray, views: list[View], seed: int) -> Up:
    """Which way is up: square to the ground when the points (n, 3) have one, else from the cameras.

    The ground is the plane through most points (RANSAC) that is about level by the cameras and has next to nothing
    below it.
    """
    prior = camera_up(views)
    random = np.random.default_rng(seed)
    sample = points[random.permutation(len(points))[:SAMPLES]].astype(np.float64)
    thickness = PLANE_THICKNESS * float(np.linalg.norm(np.ptp(np.percentile(sample, [1, 99], axis=0), axis=0)))
    best, ground = 0, None
    for _ in range(TRIALS):
        normal, offset = _plane_of(sample[random.choice(len(sample), 3, replace=False)], prior)
        if normal @ prior < math.cos(UP_TOLERANCE):
            continue
        height = sample @ normal - offset
        on = np.abs(height) <= thickness
        if on.sum() > best and (height < -3 * thickness).mean() <= BELOW_SHARE_MAX:
            best, ground = int(on.sum()), on
    if ground is None or best < GROUND_SHARE_MIN * len(sample):
        return Up(prior, "cameras")
    return Up(_best_normal(sample[ground], prior), "ground")


def _plane_of(corners: np.ndarray, prior: np.ndarray) -> tuple[np.ndarray, float]:
    """Normal, on the prior's side, and offset of the plane through three points; a zero normal when they lie on a
    line."""
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    normal /= np.linalg.norm(normal) or 1
    normal = normal if normal @ prior >= 0 else -normal
    return normal, float(normal @ corners[0])


def _best_normal(points: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Of the plane that fits the points (n, 3) best, on the prior's side."""
    normal = np.linalg.svd(np.cov((points - points.mean(axis=0)).T))[2][2]
    return normal if normal @ prior >= 0 else -normal


def rotation_to(up: np.ndarray, views: list[View], middle: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) that leads `up` to +Y and the front to +Z.

    The front is where the cameras are, seen from `middle`; when they go all around, where the first photo was taken
    from.
    """
    ways = np.array([view.position for view in views]) - middle
    ways -= np.outer(ways @ up, up)
    lengths = np.linalg.norm(ways, axis=1)
    level = ways[lengths > 1e-9] / lengths[lengths > 1e-9, None]
    front = level.mean(axis=0) if len(level) else np.zeros(3)
    if np.linalg.norm(front) < ALL_AROUND and len(level):
        front = level[0]
    if np.linalg.norm(front) < 1e-6:  # all cameras straight above: what is up in the first photo is at the back
        front = views[0].rotation[1]
    right = np.cross(up, front)
    right /= np.linalg.norm(right)
    return np.stack([right, up, np.cross(right, up)])


@dataclass(frozen=True)
class Frame:
    """`matrix` (4, 4) leads from scene units to the result's frame; `metres_per_unit` is its scale."""

    matrix: np.ndarray
    metres_per_unit: float
    scale_source: str | None
    up: str

    def to_json(self) -> dict:
        return {
            "matrix": self.matrix.tolist(),
            "metresPerUnit": self.metres_per_unit,
            "scaleSource": self.scale_source,
            "up": self.up,
        }


def frame_of(vertices: np.ndarray, up: Up, views: list[View], size_mm: float | None, scale: dict | None) -> Frame:
    """The result's frame for a model with these vertices (n, 3), scene units.

    `size_mm` is the model's longest side; without it `scale` (scale.json) says how large a unit is; without either the
    longest side is 1 m.
    """
    rotation = rotation_to(up.direction, views, vertices.mean(axis=0))
    turned = vertices.astype(np.float64) @ rotation.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    longest = float((high - low).max())
    if size_mm:
        metres, source = size_mm / 1000 / longest, "size"
    elif scale:
        metres, source = float(scale["metresPerUnit"]), scale["source"]
    else:
        metres, source = 1 / longest, None
    matrix = np.eye(4)
    matrix[:3, :3] = metres * rotation
    matrix[:3, 3] = -metres * np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return Frame(matrix, metres, source, up.source)
