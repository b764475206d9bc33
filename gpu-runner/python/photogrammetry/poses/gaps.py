"""Where photos are missing: the widest steps between neighbouring views around the thing."""

from dataclasses import dataclass

import numpy as np

GOOD_STEP_DEG = 15.0
"""What is asked of users: matches stay plenty (bench: 24 photos every 15° keep all cameras)."""
GAP_DEG = 25.0
"""Wider steps are named."""
MAX_GAPS = 6


@dataclass(frozen=True)
class Gap:
    """Between two views that are neighbours in direction, image ids; `degrees` as seen from the thing."""

    a: int
    b: int
    degrees: float


def look_at_point(centers: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The point nearest to all optical axes, least squares, `(3,)`. `centers`, `directions (n, 3)`, directions of
    length 1."""
    across = np.eye(3) - np.einsum("ni,nj->nij", directions, directions)
    return np.linalg.lstsq(across.sum(axis=0), np.einsum("nij,nj->i", across, centers), rcond=None)[0]


def up_axis(centers: np.ndarray, pictures_up: np.ndarray) -> np.ndarray:
    """Which way is up, `(3,)`: photos are held upright, so the mean of their upward directions, `(n, 3)`."""
    mean = pictures_up.mean(axis=0)
    norm = np.linalg.norm(mean)
    if norm > 0.2:
        return mean / norm
    _, _, Vt = np.linalg.svd(centers - centers.mean(axis=0))
    return Vt[2]


def azimuths_deg(centers: np.ndarray, target: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Direction of each centre around the axis `up` through `target`, degrees in [0, 360)."""
    east = np.cross(up, [1.0, 0.0, 0.0] if abs(up[0]) < 0.9 else [0.0, 1.0, 0.0])
    east /= np.linalg.norm(east)
    north = np.cross(up, east)
    away = centers - target
    return np.degrees(np.arctan2(away @ north, away @ east)) % 360


def find_gaps(ids: list[int], azimuths: np.ndarray) -> list[Gap]:
    """Steps above GAP_DEG between neighbours around the thing, the widest first. `azimuths (n,)` degrees. The step
    that closes the circle counts only when the views go more than half way round: a façade has no other side."""
    if len(ids) < 2:
        return []
    order = np.argsort(azimuths, kind="stable")
    steps = np.diff(np.append(azimuths[order], azimuths[order[0]] + 360))
    widest = int(np.argmax(steps))
    gaps = []
    for position, step in enumerate(steps):
        open_side = position == widest and step > 180
        if step > GAP_DEG and not open_side:
            after = order[(position + 1) % len(order)]
            gaps.append(Gap(ids[order[position]], ids[after], float(step)))
    return sorted(gaps, key=lambda gap: -gap.degrees)[:MAX_GAPS]


def gap_advice(gap: Gap) -> str:
    """What to photograph, for a user."""
    photos = max(1, round(gap.degrees / (GOOD_STEP_DEG * 0.8)) - 1)
    return f"take {photos} more {'photo' if photos == 1 else 'photos'} in between: one every 10 to 15°"
