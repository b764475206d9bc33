"""Where a camera stands so that a model fills the picture from all the directions it will be seen from."""

import json
import math
import struct

import numpy as np

MAX_POINTS = 5_000
"""So many vertices stand for a model; the margin takes what lies between them."""
HEIGHTS = 25
"""Heights tried for the point that the camera looks at: a longest side up and down from the model's middle, together."""
BALANCE = 0.1
"""What it counts that a model whose width decides has as much room above as below."""


def read_positions(glb_path):
    """Vertices (n, 3) float32 of the first mesh of a GLB whose positions are packed tightly; at most about MAX_POINTS."""
    with open(glb_path, "rb") as file:
        header_bytes = struct.unpack("<4sIIII", file.read(20))[3]
        gltf = json.loads(file.read(header_bytes))
        accessor = gltf["accessors"][gltf["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
        view = gltf["bufferViews"][accessor["bufferView"]]
        # After both chunks' headers.
        file.seek(20 + header_bytes + 8 + view.get("byteOffset", 0) + accessor.get("byteOffset", 0))
        positions = np.frombuffer(file.read(accessor["count"] * 12), dtype="<f4").reshape(-1, 3)
    return positions[:: max(len(positions) // MAX_POINTS, 1)]


def directions_around(azimuth_deg, elevation_deg, count):
    """`count` unit vectors (count, 3) from the model to the camera, evenly around Y; an azimuth of 0 is +Z, of 90 is +X."""
    azimuths = np.radians(azimuth_deg + np.arange(count) * 360 / count)
    elevation = math.radians(elevation_deg)
    level = math.cos(elevation)
    return np.stack([level * np.sin(azimuths), np.full(count, math.sin(elevation)), level * np.cos(azimuths)], axis=1)


def fit_orbit(positions, directions, view_angle_deg, aspect, fill):
    """The point to look at and the distance from it, so that the model stays inside the picture from every direction.

    positions (n, 3), directions (k, 3) as above; view_angle_deg is vertical; aspect is width / height; the model takes at
    most the share `fill` of either side. Returns a focal point (3,) on the model's vertical axis, and the distance.
    """
    low, high = positions.min(axis=0), positions.max(axis=0)
    tall = math.tan(math.radians(view_angle_deg) / 2) * fill
    best = None
    for shift in np.linspace(-0.5, 0.5, HEIGHTS) * (high - low).max():
        focal = (low + high) / 2 + (0, shift, 0)
        seen = [_in_view(positions - focal, direction) for direction in directions]
        # A point is inside while |x| ≤ aspect · tall · (distance - z), and the same for y.
        distance = max(np.max(z + np.maximum(x / aspect, y) / tall) for x, y, z in seen)
        reach = max(np.max(y / (distance - z)) for _, y, z in seen) / tall
        # From the model's middle and along the view: what the height adds there shows the model no smaller.
        loss = (distance + shift * directions[0][1]) * (1 + BALANCE * reach)
        if best is None or loss < best[0]:
            best = loss, focal, float(distance)
    return best[1], best[2]


def _in_view(offsets, direction):
    """Distances of points from the picture's middle, to the sides (n,) and up or down (n,), and towards the camera (n,)."""
    right = np.cross((0.0, 1.0, 0.0), direction)
    right /= np.linalg.norm(right)
    up = np.cross(direction, right)
    return np.abs(offsets @ right), np.abs(offsets @ up), offsets @ direction
