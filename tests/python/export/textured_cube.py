"""A scene folder as the steps before `export` leave it: a textured cube of 2 scene units and two photos of it.

Scene axes are COLMAP's of a camera in front of the cube (y down); the frame turns them up, halves them and puts the base at
y = 0, so that the cube becomes 1 m large.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image

FRAME = [[0.5, 0, 0, 0], [0, -0.5, 0, 0.5], [0, 0, -0.5, 0], [0, 0, 0, 1]]
METRES_PER_UNIT = 0.5
TEXTURE_PX = 48

# Corners of each side, counter-clockwise from outside, in scene axes.
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float32)
_SIDES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]


def welded_cube() -> tuple[np.ndarray, np.ndarray]:
    """8 vertices (8, 3) and 12 triangles (12, 3) whose normals point outwards."""
    faces = [[a, b, c] for a, b, c, d in _SIDES] + [[a, c, d] for a, b, c, d in _SIDES]
    return _CORNERS, np.array(faces, dtype=np.uint32)


def split_cube() -> dict[str, np.ndarray]:
    """The cube cut along every edge, each side with its own cell of the 3×2 atlas."""
    vertices = _CORNERS[np.array(_SIDES).reshape(-1)]
    normals = np.repeat([_CORNERS[side].mean(axis=0) for side in _SIDES], 4, axis=0).astype(np.float32)
    cell = np.array([[0.05, 0.05], [0.05, 0.95], [0.95, 0.95], [0.95, 0.05]])
    uv = np.concatenate([(cell + (index % 3, index // 3)) / (3, 2) for index in range(6)]).astype(np.float32)
    faces = np.concatenate([[[s, s + 1, s + 2], [s, s + 2, s + 3]] for s in range(0, 24, 4)]).astype(np.uint32)
    return {"vertices": vertices, "normals": normals, "uv": uv, "faces": faces}


def write_cameras(folder: Path) -> None:
    """What a job that ends with the cameras has: photo 1 in front of the cube, photo 2 dropped, 3 unused, one unreadable."""
    photos = [_photo(1, "front.jpg"), _photo(2, "side.jpg"), _photo(3, "blurred.jpg", use=False)]
    _write_json(folder, "photos.json", {"photos": photos, "skipped": [{"file": "broken.heic", "reason": "It is damaged."}]})
    view = {"file": "front.jpg", "registered": True, "kept": True, "reason": None, "cameraId": 1}
    view |= {"photo": 1, "center": [0, 0, -6], "rotation": np.eye(3).tolist()}
    lost = view | {"photo": 2, "file": "side.jpg", "kept": False, "reason": "It shares too little."}
    lens = {"id": 1, "model": "SIMPLE_RADIAL", "width": 400, "height": 300, "params": [500.0, 200.0, 150.0, 0.01]}
    dropped = [{"file": "side.jpg", "reason": "It shares too little."}]
    _write_json(folder, "poses.json", {"views": [view, lost], "cameras": [lens], "dropped": dropped})
    (folder / "poses").mkdir()
    (folder / "poses" / "cameras.bin").write_bytes(b"cameras")


def write_textured_cube(folder: Path, *, levels: int = 0, watertight: bool = True) -> None:
    """Everything that `export` reads."""
    write_cameras(folder)
    (folder / "undistorted" / "images").mkdir(parents=True)
    Image.new("RGB", (400, 300), (90, 120, 150)).save(folder / "undistorted" / "images" / "000001.jpg")
    vertices, faces = welded_cube()
    np.savez(folder / "mesh.npz", vertices=vertices, faces=faces, normals=vertices)
    split = split_cube()
    for level in range(1, levels + 1):
        split |= {f"lod{level}_{name}": split[name] for name in ("vertices", "normals", "uv", "faces")}
    np.savez(folder / "textured.npz", **split)
    for level in range(levels + 1):
        _texture().save(folder / (f"texture-lod{level}.png" if level else "texture.png"))
    points = {"points": vertices, "normals": vertices, "colors": np.full((8, 3), 200, np.uint8)}
    np.savez(folder / "points.npz", **points, confidence=np.arange(3, 11, dtype=np.uint8))
    frame = {"matrix": FRAME, "metresPerUnit": METRES_PER_UNIT, "scaleSource": "marker", "up": "ground"}
    _write_json(folder, "frame.json", frame)
    _write_json(folder, "mesh.json", {"watertight": watertight})


def _photo(number: int, file: str, *, use: bool = True) -> dict:
    reasons = [] if use else [{"code": "blurred", "message": "It is blurred."}]
    sizes = {"width": 400, "height": 300, "originalWidth": 3000, "originalHeight": 4000}  # lying on its side
    return {"id": number, "file": file, "image": f"{number:06d}.jpg", **sizes, "video": None, "use": use, "reasons": reasons}


def _texture() -> Image.Image:
    colors = [(200, 60, 50), (60, 160, 80), (50, 90, 200), (220, 200, 70), (160, 80, 180), (90, 190, 200)]
    image = Image.new("RGB", (TEXTURE_PX, TEXTURE_PX))
    for index, color in enumerate(colors):
        image.paste(color, (index % 3 * 16, index // 3 * 24, index % 3 * 16 + 16, index // 3 * 24 + 24))
    return image


def _write_json(folder: Path, name: str, value: object) -> None:
    (folder / name).write_text(json.dumps(value), encoding="utf-8")
