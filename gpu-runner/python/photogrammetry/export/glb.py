"""model.glb: glTF 2.0 in one binary file (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html#glb-file-format-specification).

An own writer, because the libraries at hand choose the quality of the JPEG themselves and write no extensions.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model, Picture

_MAGIC, _VERSION = b"glTF", 2
_FLOAT, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5123, 5125
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_MAX_SHORT_INDEX = 65_534
"""65535 is left out: it restarts primitives."""


def write_glb(path: Path, model: Model, picture: Picture, generator: str) -> None:
    """Writes one mesh with one picture, both embedded.

    The material is unlit (KHR_materials_unlit): the photos carry the light they were taken in, so the picture is shown as
    it is. Lit once more, its shadows would get darker and its sunlit sides burn out, in every viewer in another way.
    Programs that don't know the extension, and those in which the light is to be changed, find a rough dielectric.
    """
    short = len(model.vertices) <= _MAX_SHORT_INDEX
    indices = model.faces.astype("<u2" if short else "<u4").reshape(-1)
    arrays = [
        (model.vertices.astype("<f4"), "VEC3", _FLOAT, _ARRAY_BUFFER),
        (model.normals.astype("<f4"), "VEC3", _FLOAT, _ARRAY_BUFFER),
        (model.uv.astype("<f4"), "VEC2", _FLOAT, _ARRAY_BUFFER),
        (indices, "SCALAR", _UNSIGNED_SHORT if short else _UNSIGNED_INT, _ELEMENT_ARRAY_BUFFER),
    ]
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []
    offset = 0
    for index, (array, shape, component, target) in enumerate(arrays):
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": array.nbytes, "target": target})
        accessors.append({"bufferView": index, "componentType": component, "count": len(array), "type": shape})
        offset += _padded(array.nbytes)
    # Required of positions, in float32 as stored: a reader compares them exactly.
    accessors[0] |= {"min": model.vertices.min(axis=0).tolist(), "max": model.vertices.max(axis=0).tolist()}
    views.append({"buffer": 0, "byteOffset": offset, "byteLength": len(picture.content)})
    offset += _padded(len(picture.content))
    header = _padded_bytes(_json(_scene(model, picture, views, accessors, offset, generator)), b" ")

    with open(path, "wb") as file:
        file.write(_MAGIC + _words(_VERSION, 12 + 8 + len(header) + 8 + offset))
        file.write(_words(len(header)) + b"JSON" + header)
        file.write(_words(offset) + b"BIN\0")
        for array, *_ in arrays:
            file.write(array.data)
            file.write(bytes(_padded(array.nbytes) - array.nbytes))
        file.write(_padded_bytes(picture.content, b"\0"))


def _scene(model: Model, picture: Picture, views: list, accessors: list, buffer_bytes: int, generator: str) -> dict:
    attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}
    return {
        "asset": {"version": "2.0", "generator": generator},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "model"}],
        "meshes": [{"name": "model", "primitives": [{"attributes": attributes, "indices": 3, "material": 0}]}],
        "materials": [
            {
                "name": "photos",
                "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0, "roughnessFactor": 1},
                **({"doubleSided": True} if model.double_sided else {}),
                "extensions": {"KHR_materials_unlit": {}},
            }
        ],
        "textures": [{"sampler": 0, "source": 0}],
        # Trilinear; the atlas has nothing beyond its edges.
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "images": [{"name": "texture", "mimeType": picture.media_type, "bufferView": len(views) - 1}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": buffer_bytes}],
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _words(*values: int) -> bytes:
    return np.array(values, dtype="<u4").tobytes()


def _padded(count: int) -> int:
    return count + -count % 4


def _padded_bytes(content: bytes, filler: bytes) -> bytes:
    return content + filler * (-len(content) % 4)
