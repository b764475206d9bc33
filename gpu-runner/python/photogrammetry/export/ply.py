"""dense.ply: the dense cloud of points in the output frame, binary little endian."""

from pathlib import Path

import numpy as np

from ..scene import Scene
from .frame import Frame
from .model import in_chunks

_POINT = np.dtype([("position", "<f4", 3), ("normal", "<f4", 3), ("color", "u1", 3), ("confidence", "u1")])
_CHUNK_POINTS = 250_000


def write_ply(path: Path, scene: Scene, frame: Frame) -> None:
    """Writes every point with its normal, colour and `confidence`: how many views agree on it."""
    with np.load(scene.path("points.npz")) as arrays:
        points, normals, colors = arrays["points"], arrays["normals"], arrays["colors"]
        confidence = arrays["confidence"]
    with open(path, "wb") as file:
        file.write(_header(len(points)))
        for part in in_chunks(len(points), _CHUNK_POINTS):
            rows = np.empty(part.stop - part.start, dtype=_POINT)
            rows["position"] = frame.points(points[part])
            rows["normal"] = frame.normals(normals[part])
            rows["color"] = colors[part]
            rows["confidence"] = confidence[part]
            file.write(rows.tobytes())


def _header(count: int) -> bytes:
    properties = [f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")]
    properties += [f"property uchar {name}" for name in ("red", "green", "blue", "confidence")]
    lines = ["ply", "format binary_little_endian 1.0", "comment metres, Y up", f"element vertex {count}", *properties]
    return "\n".join([*lines, "end_header", ""]).encode()
