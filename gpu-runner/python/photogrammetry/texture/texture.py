"""Request `texture`: gives the mesh texture coordinates and paints its texture from the photos."""

import cv2
import numpy as np

from ..child import Call
from ..presets import PRESETS
from ..scene import Scene
from ..surface.triangles import Mesh
from ..surface.views import read_views
from .atlas import Atlas, make_atlas, texels_of
from .bake import Survey, paint, survey
from .fill import fill_gutters, spread
from .levels import Painted, paint_level
from .looking import Photos

LOD_SIDE_MIN = 256


def make_texture(call: Call) -> dict:
    """Reads `mesh.npz`, the views and their photos; writes `textured.npz`, `texture.png` (and those of the LODs),
    `texture.json`."""
    request = call.request
    scene = Scene(request["sceneDir"])
    side = request.get("texturePx") or PRESETS[request["quality"]].texture_px
    views, photos = read_views(scene), Photos(scene)
    with np.load(scene.path("mesh.npz")) as file:
        levels = _levels(file)
    mesh, normals = levels[0]
    known = survey(mesh, normals, views, photos, lambda share: call.progress(0.3 * share))
    atlas = make_atlas(mesh, side)
    texels = texels_of(atlas, side)
    call.log(f"{atlas.charts} charts, {len(texels.index) / side**2:.0%} of the texture in use")
    colors, seen = paint(
        mesh, normals, texels, atlas.texels_per_unit, views, photos, known,
        lambda share: call.progress(0.35 + 0.5 * share),
    )  # fmt: skip
    colors[~seen] = _guessed(mesh, known, texels.face[~seen], texels.weights[~seen])
    painted = Painted(mesh, atlas, _picture(side, texels.index, colors))
    _write_picture(scene, "texture.png", painted.picture)
    arrays = _arrays(atlas, normals, mesh, "")
    for number, (fewer, fewer_normals) in enumerate(levels[1:], start=1):
        level = paint_level(painted, fewer, max(side >> number, LOD_SIDE_MIN))
        _write_picture(scene, f"texture-lod{number}.png", level.picture)
        arrays |= _arrays(level.atlas, fewer_normals, fewer, f"lod{number}_")
        call.progress(0.9)
    np.savez(scene.path("textured.npz"), **arrays)
    seen_share = float(seen.mean()) if len(seen) else 0.0
    scene.write_json("texture.json", _figures(side, atlas, seen_share, known, [view.photo for view in views]))
    call.log(f"{seen_share:.1%} of the surface was seen by a photo")
    return {"texturePx": side, "charts": atlas.charts, "seenShare": seen_share}


def _levels(file) -> list[tuple[Mesh, np.ndarray]]:
    """The meshes of mesh.npz and their vertex normals."""
    levels, prefix = [], ""
    while f"{prefix}faces" in file:
        mesh = Mesh(file[f"{prefix}vertices"], file[f"{prefix}faces"].astype(np.int32))
        levels.append((mesh, file[f"{prefix}normals"]))
        prefix = f"lod{len(levels)}_"
    return levels


def _guessed(mesh: Mesh, known: Survey, face: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Colours (t, 3) uint8 for texels that no photo saw, from what is around them on the surface."""
    colors = spread(known.colors, mesh.faces)[mesh.faces[face]]
    share = np.clip(np.concatenate([weights, 1 - weights.sum(axis=1, keepdims=True)], axis=1), 0, 1)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-6)
    return (np.einsum("tk,tkc->tc", share, colors) + 0.5).clip(0, 255).astype(np.uint8)


def _picture(side: int, index: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """The texture (side, side, 3) RGB uint8."""
    picture, drawn = np.zeros((side * side, 3), np.uint8), np.zeros(side * side, bool)
    picture[index], drawn[index] = colors, True
    picture, drawn = picture.reshape(side, side, 3), drawn.reshape(side, side)
    fill_gutters(picture, drawn)
    return picture


def _write_picture(scene: Scene, name: str, picture: np.ndarray) -> None:
    # Level 3: 2 s less for 2,048 px than level 9, 4 % larger. The file is read once more and written as something else.
    if not cv2.imwrite(str(scene.path(name)), picture[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3]):
        raise OSError(f"{name} can't be written")


def _arrays(atlas: Atlas, normals: np.ndarray, mesh: Mesh, prefix: str) -> dict[str, np.ndarray]:
    return {
        f"{prefix}vertices": mesh.vertices[atlas.source],
        f"{prefix}normals": normals[atlas.source],
        f"{prefix}uv": atlas.uv,
        f"{prefix}faces": atlas.faces,
    }


def _figures(side: int, atlas: Atlas, seen_share: float, known: Survey, photos: list[int]) -> dict:
    return {
        "texturePx": side,
        "charts": atlas.charts,
        "seenShare": seen_share,
        "texelsPerUnit": atlas.texels_per_unit,
        "gains": [
            {"photo": photo, "red": gain[0], "green": gain[1], "blue": gain[2]}
            for photo, gain in zip(photos, np.round(known.gains, 4).tolist(), strict=True)
        ],
    }
