"""The textured model as it is written to files: geometry in the output frame, picture of its colours."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..scene import Scene
from .frame import Frame

JPEG_QUALITY = 90
"""Of the base colour. On a model of the bench it takes a quarter of the bytes of a PNG, at 41 dB PSNR."""
Image.MAX_IMAGE_PIXELS = None  # Our own texture, whose size the parameters bound.


@dataclass(frozen=True)
class Picture:
    """An encoded picture. `kind` is `jpeg` or `png`."""

    kind: str
    content: bytes

    @property
    def media_type(self) -> str:
        return f"image/{self.kind}"

    @property
    def file_name(self) -> str:
        return "texture.jpg" if self.kind == "jpeg" else "texture.png"


@dataclass(frozen=True)
class Model:
    """One level of detail in the output frame. Vertices are split along the seams of the atlas: n of them, m triangles."""

    vertices: np.ndarray
    """(n, 3) float32, metres, Y up."""
    normals: np.ndarray
    """(n, 3) float32, length 1."""
    uv: np.ndarray
    """(n, 2) float32, 0–1, v down (glTF)."""
    faces: np.ndarray
    """(m, 3) uint32, counter-clockwise from outside."""
    double_sided: bool
    """Whether both sides of the triangles show: an open surface would vanish when seen from behind."""


def levels_of_detail(scene: Scene) -> list[int]:
    """0, and the further levels that textured.npz holds."""
    with np.load(scene.path("textured.npz")) as arrays:
        return [0, *(level for level in range(1, 10) if f"lod{level}_faces" in arrays)]


def read_model(scene: Scene, frame: Frame, level: int = 0) -> Model:
    """Level `level` of textured.npz, in the output frame."""
    prefix = f"lod{level}_" if level else ""
    with np.load(scene.path("textured.npz")) as arrays:
        return Model(
            vertices=frame.points(arrays[f"{prefix}vertices"]),
            normals=frame.normals(arrays[f"{prefix}normals"]),
            uv=np.clip(arrays[f"{prefix}uv"].astype(np.float32), 0, 1),
            faces=arrays[f"{prefix}faces"].astype(np.uint32),
            double_sided=not scene.read_json("mesh.json").get("watertight", False),
        )


def read_texture(scene: Scene, kind: str, level: int = 0) -> Picture:
    """The base colour of a level, encoded as `jpeg` or `png`."""
    path = scene.path(f"texture-lod{level}.png" if level else "texture.png")
    if kind == "png":
        return Picture("png", path.read_bytes())
    content = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(content, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Picture("jpeg", content.getvalue())


def in_chunks(count: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` that cover range(count): for writing arrays that need not lie in memory twice."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
