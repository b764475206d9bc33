"""Where the photos are taken from. A pose is (R, C): x_cam = R (x_world - C), OpenCV axes (x right, y down, z
forward)."""

import math

import numpy as np

TARGET_HEIGHT_M = 0.075
FRONT = -90.0
"""Azimuth that the object faces, degrees from +x towards +y."""
FULL_RINGS = ((14.0, 0.46), (34.0, 0.44), (56.0, 0.43))
"""Elevation in degrees and distance in metres of each ring; photo i belongs to ring i mod 3."""
ARC_RINGS = ((22.0, 0.45), (38.0, 0.44))
"""Closer to each other: a small set must hang together."""
HELD_OUT = ((23.0, 23.0), (149.0, 40.0), (269.0, 17.0))
"""Azimuth and elevation of the views that no photo shows."""

Pose = tuple[np.ndarray, np.ndarray]


def look_at(azimuth_deg: float, elevation_deg: float, distance: float, target: np.ndarray) -> Pose:
    """A camera at a distance from the target, upright, that looks at it."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    away = np.array(
        [math.cos(azimuth) * math.cos(elevation), math.sin(azimuth) * math.cos(elevation), math.sin(elevation)]
    )
    forward = -away
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward]), target + distance * away


def photo_poses(count: int, arc_deg: float, rng: np.random.Generator) -> list[Pose]:
    """`count` photos at even steps of azimuth: all around, or on an arc in front of the object. Taken by hand: a
    little off."""
    is_full = arc_deg >= 360
    rings = FULL_RINGS if is_full else ARC_RINGS
    poses = []
    for i in range(count):
        azimuth = 360 * i / count if is_full else FRONT + arc_deg * (i / max(count - 1, 1) - 0.5)
        elevation, distance = rings[i % len(rings)]
        off = rng.uniform(-1, 1, 5)
        target = np.array([0.008 * off[0], 0.008 * off[1], TARGET_HEIGHT_M])
        poses.append(look_at(azimuth + 1.7 * off[2], elevation + 2 * off[3], distance + 0.015 * off[4], target))
    return poses


def held_out_poses(arc_deg: float) -> list[Pose]:
    """Views for comparison. On an arc, those between its ends."""
    target = np.array([0, 0, TARGET_HEIGHT_M])
    if arc_deg >= 360:
        return [look_at(azimuth, elevation, 0.44, target) for azimuth, elevation in HELD_OUT]
    return [look_at(FRONT + arc_deg * share, 30.0, 0.44, target) for share in (-0.3, 0.02, 0.31)]


def video_poses(count: int, arc_deg: float) -> list[Pose]:
    """A smooth orbit that rises and falls."""
    target = np.array([0, 0, TARGET_HEIGHT_M])
    share = np.linspace(0, 1, count, endpoint=arc_deg < 360)
    return [
        look_at(FRONT + arc_deg * (t - 0.5), 30 + 9 * math.sin(4 * math.pi * t), 0.44, target) for t in share.tolist()
    ]
