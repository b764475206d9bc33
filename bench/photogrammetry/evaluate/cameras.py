"""Which cameras are where they should be."""

import numpy as np

from .reconstruction import FoundCamera
from .similarity import Similarity, fit_robustly
from .truth import Truth

WRONG_PERCENT = 0.2
"""A camera is wrong when its centre is off by more than this share of the mean distance of the cameras from the
object …"""
WRONG_DEG = 0.5
"""… or when it looks past by more than this."""


def compare_cameras(cameras: list[FoundCamera], truth: Truth) -> tuple[dict, Similarity | None]:
    """Figures, and the similarity from the reconstruction's frame to the truth, of the cameras that are right. Errors
    in per cent of the cameras' mean distance from the object. A photo that the truth does not know is an error of the
    caller (KeyError)."""
    poses = [truth.pose(camera.file, camera.time_s) for camera in cameras]
    unknown = [camera.file for camera, pose in zip(cameras, poses) if pose is None]
    if unknown:
        raise KeyError(f"not in this data set: {', '.join(unknown[:5])}")
    figures: dict = {"photos": len(truth.json["views"]), "kept": len(cameras)}
    tolerance = WRONG_PERCENT / 100 * truth.mean_camera_distance
    centers = np.array([camera.pose.center for camera in cameras]).reshape(-1, 3)
    targets = np.array([pose.center for pose in poses]).reshape(-1, 3)
    fit = fit_robustly(centers, targets, tolerance)
    if fit is None:
        return {**figures, "right": 0, "wrong": [camera.file for camera in cameras]}, None
    similarity, distances = fit
    percent = distances / truth.mean_camera_distance * 100
    turns = np.array(
        [turn_deg(camera.pose.rotation @ similarity.rotation.T, pose.rotation) for camera, pose in zip(cameras, poses)]
    )
    right = (percent <= WRONG_PERCENT) & (turns <= WRONG_DEG)
    figures |= {
        "right": int(right.sum()),
        "wrong": [camera.file for camera, is_right in zip(cameras, right) if not is_right],
        "rmsePercent": _rms(percent),
        "rmseOfRightPercent": _rms(percent[right]) if right.any() else None,
        "worstPercent": float(percent.max()),
        "turnMedianDeg": float(np.median(turns)),
        "turnWorstDeg": float(turns.max()),
        "perCamera": {
            camera.file: {"percent": round(float(error), 5), "turnDeg": round(float(turn), 5)}
            for camera, error, turn in zip(cameras, percent, turns)
        },
    }
    return figures, similarity


def turn_deg(first: np.ndarray, second: np.ndarray) -> float:
    """The angle between two rotations (3,3), degrees; exact for small ones."""
    difference = first @ second.T
    axis = np.array(
        [difference[2, 1] - difference[1, 2], difference[0, 2] - difference[2, 0], difference[1, 0] - difference[0, 1]]
    )
    return float(np.degrees(np.arctan2(np.linalg.norm(axis), np.trace(difference) - 1)))


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
