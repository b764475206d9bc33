"""model.stl: binary, millimetres, Z up, as this product's other STL files are."""

from pathlib import Path

import numpy as np

from ..scene import Scene
from .frame import Y_UP_TO_Z_UP, Frame
from .model import in_chunks

_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_CHUNK_FACES = 200_000
_MM_PER_M = 1000.0


def write_stl(path: Path, scene: Scene, frame: Frame) -> None:
    """Writes the mesh before it was cut along the texture's seams, so that equal corners have equal bytes."""
    with np.load(scene.path("mesh.npz")) as arrays:
        vertices, faces = arrays["vertices"], arrays["faces"]
    metres = frame.points(vertices).astype(np.float64)
    millimetres = (metres @ (_MM_PER_M * Y_UP_TO_Z_UP.T)).astype("<f4")
    with open(path, "wb") as file:
        file.write(b"Kiln, mm".ljust(80, b" ") + len(faces).to_bytes(4, "little"))
        for part in in_chunks(len(faces), _CHUNK_FACES):
            file.write(_facets(millimetres[faces[part].astype(np.int64)]).tobytes())


def _facets(corners: np.ndarray) -> np.ndarray:
    """Corners (m, 3, 3) → records of the file; a triangle without area has the normal 0, as the format allows."""
    exact = corners.astype(np.float64)
    normals = np.cross(exact[:, 1] - exact[:, 0], exact[:, 2] - exact[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    facets = np.zeros(len(corners), dtype=_FACET)
    facets["normal"] = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    facets["corners"] = corners
    return facets
