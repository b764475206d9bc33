"""Robust similarity between two models of the same cameras, and between cameras and positions in metres."""

from dataclasses import dataclass

import numpy as np

TRIALS = 400


@dataclass(frozen=True)
class Similarity:
    """`y = scale · R · x + t`. `R (3, 3)` is a rotation."""

    scale: float
    R: np.ndarray
    t: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Maps points `(n, 3)`."""
        return self.scale * points @ self.R.T + self.t


def fit_similarity(source: np.ndarray, target: np.ndarray) -> Similarity:
    """Least-squares similarity from `source (n, 3)` to `target (n, 3)`, n ≥ 3 (Umeyama 1991, eqs. 40-42)."""
    mean_source, mean_target = source.mean(axis=0), target.mean(axis=0)
    from_source, from_target = source - mean_source, target - mean_target
    U, singular, Vt = np.linalg.svd(from_target.T @ from_source)
    sign = np.ones(3)
    sign[2] = np.sign(np.linalg.det(U @ Vt))
    R = U @ np.diag(sign) @ Vt
    spread = np.sum(from_source**2)
    scale = float((singular * sign).sum() / spread) if spread > 0 else 1.0
    return Similarity(scale, R, mean_target - scale * R @ mean_source)


def robust_similarity(
    source: np.ndarray, target: np.ndarray, tolerance: float, seed: int
) -> tuple[Similarity, np.ndarray]:
    """The similarity that most points agree on, and which do, `(n,)` bool.

    RANSAC over samples of three, then fitted anew to its inliers until they stay the same. `tolerance`: distance in
    the target's units within which a point agrees. Fewer than three agreeing points: whatever was found, and the mask
    says so.
    """
    count = len(source)
    if count < 3:
        return Similarity(1.0, np.eye(3), np.zeros(3)), np.zeros(count, dtype=bool)
    random = np.random.default_rng(seed)
    best, best_score = np.zeros(count, dtype=bool), (-1, 0.0)
    for _ in range(TRIALS):
        sample = random.choice(count, 3, replace=False)
        distances = np.linalg.norm(fit_similarity(source[sample], target[sample]).apply(source) - target, axis=1)
        agrees = distances < tolerance
        score = (int(agrees.sum()), -float(distances[agrees].sum()))
        if score > best_score:
            best, best_score = agrees, score
    for _ in range(10):
        if best.sum() < 3:
            break
        similarity = fit_similarity(source[best], target[best])
        agrees = np.linalg.norm(similarity.apply(source) - target, axis=1) < tolerance
        if np.array_equal(agrees, best):
            break
        best = agrees
    chosen = best if best.sum() >= 3 else np.ones(count, dtype=bool)
    return fit_similarity(source[chosen], target[chosen]), best


def rotation_angle_deg(R: np.ndarray) -> float:
    """Angle of a rotation matrix, degrees, 0 to 180. From the sine and cosine, so that small angles keep their
    digits."""
    sine = np.linalg.norm([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]]) / 2
    return float(np.degrees(np.arctan2(sine, (np.trace(R) - 1) / 2)))
