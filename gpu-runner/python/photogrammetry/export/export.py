"""Request `export`: the model and the cameras as files, under the names that the job type lists
(contract/job-types/photogrammetry.ts)."""

import json
from importlib.metadata import version
from pathlib import Path

from ..child import Call
from ..scene import Scene
from .cameras import cameras_of_scene
from .colmap import write_colmap_zip
from .frame import Frame
from .glb import write_glb
from .model import levels_of_detail, read_model, read_texture
from .obj import write_obj_zip
from .ply import write_ply
from .stl import write_stl

_GENERATOR = "Kiln photogrammetry"


def export_model(call: Call) -> dict:
    """Writes the files of `formats` and cameras.json into `outDir`. What the scene has nothing for is left out: without a
    textured model (the job ended with the cameras) only cameras.json and colmap.zip are written.

    Answers the names of the files, sorted, and the versions of the libraries that wrote them.
    """
    scene, folder = Scene(call.request["sceneDir"]), Path(call.request["outDir"])
    folder.mkdir(parents=True, exist_ok=True)
    writers = _writers(scene, set(call.request["formats"]), call.request["quality"])
    call.progress(0)
    for done, (name, write) in enumerate(writers.items(), start=1):
        write(folder / name)
        call.log(f"{name}: {(folder / name).stat().st_size:,} bytes")
        call.progress(done / len(writers))
    return {"files": sorted(writers), "versions": {"usd": version("usd-core")} if "model.usdz" in writers else {}}


def _writers(scene: Scene, formats: set[str], quality: str) -> dict:
    """The files to write, each with the function that does it."""
    writers = {"cameras.json": lambda path: _write_json(path, cameras_of_scene(scene))}
    if "colmap" in formats:
        writers["colmap.zip"] = lambda path: write_colmap_zip(path, scene)
    if not scene.has("textured.npz"):
        return writers
    frame = Frame.of_scene(scene)
    # At `raw` the texture is as it was painted, however large that is. Quick Look takes no 100 MB for a texture.
    kind = "png" if quality == "raw" else "jpeg"
    if "glb" in formats:
        for level in levels_of_detail(scene):
            name = f"model-lod{level}.glb" if level else "model.glb"
            writers[name] = lambda path, level=level: write_glb(
                path, read_model(scene, frame, level), read_texture(scene, kind, level), _GENERATOR
            )
    if "usdz" in formats:
        writers["model.usdz"] = lambda path: _write_usdz(path, scene, frame)
    if "obj" in formats:
        writers["model-obj.zip"] = lambda path: write_obj_zip(
            path, read_model(scene, frame), read_texture(scene, kind)
        )
    if "stl" in formats:
        writers["model.stl"] = lambda path: write_stl(path, scene, frame)
    if "ply" in formats:
        writers["dense.ply"] = lambda path: write_ply(path, scene, frame)
    return writers


def _write_usdz(path: Path, scene: Scene, frame: Frame) -> None:
    from .usdz import write_usdz  # USD takes a second to load

    write_usdz(path, read_model(scene, frame), read_texture(scene, "jpeg"))


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
