"""Similarities between the arbitrary frame of a reconstruction and the frame of the truth."""

from dataclasses import dataclass

import numpy as np

TRIALS = 1000
"""Of three random points each: with half of them wrong, all trials fail with a probability below 1e-50."""


@dataclass(frozen=True)
class Similarity:
    """x_to = scale · rotation · x_from + offset"""

    scale: float
    rotation: np.ndarray
    """(3,3), determinant +1"""
    offset: np.ndarray
    """(3,)"""

    def apply(self, points: np.ndarray) -> np.ndarray:
        """(n,3) → (n,3) float64."""
        return self.scale * np.asarray(points, np.float64) @ self.rotation.T + self.offset


def fit_similarity(points: np.ndarray, targets: np.ndarray) -> Similarity:
    """The similarity that moves (n,3) points nearest to targets in the least-squares sense, n >= 3 (Umeyama 1991,
    without weights). Points on one line leave a turn about it open; points at one place give a ValueError."""
    middle, target_middle = points.mean(axis=0), targets.mean(axis=0)
    spread = ((points - middle) ** 2).sum()
    if spread <= 1e-24:
        raise ValueError("all points are at one place")
    u, s, vt = np.linalg.svd((targets - target_middle).T @ (points - middle))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = float((s * signs).sum() / spread)
    return Similarity(scale, rotation, target_middle - scale * rotation @ middle)


def fit_robustly(
    points: np.ndarray, targets: np.ndarray, tolerance: float, seed: int = 0
) -> tuple[Similarity, np.ndarray] | None:
    """The similarity that most points agree with, and the distance of each moved point from its target (n,). A point
    agrees when that is at most `tolerance`, in units of the targets. None when not even three agree. Random triples,
    the best by truncated squares (MSAC, Torr and Zisserman 2000), then fits to all that agree until these don't
    change."""
    count = len(points)
    if count < 3:
        return None
    rng, best, least = np.random.default_rng(seed), None, np.inf
    for _ in range(TRIALS):
        chosen = rng.choice(count, 3, replace=False)
        try:
            trial = fit_similarity(points[chosen], targets[chosen])
        except ValueError:
            continue
        # Three cameras that are close to each other extend errors far: a generous first look, the fits below are exact.
        cost = np.minimum(_distances(trial, points, targets), 5 * tolerance)
        if (cost**2).sum() < least:
            best, least = trial, float((cost**2).sum())
    if best is None:
        return None
    agree = _distances(best, points, targets) <= 5 * tolerance
    for _ in range(50):
        if agree.sum() < 3:
            return None
        best = fit_similarity(points[agree], targets[agree])
        now = _distances(best, points, targets) <= tolerance
        if (now == agree).all():
            break
        agree = now
    return best, _distances(best, points, targets)


def _distances(similarity: Similarity, points: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.linalg.norm(similarity.apply(points) - targets, axis=1)
