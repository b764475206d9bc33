"""cameras.json: where each photo was taken from and with what lens, for other programs.

    {
      "units": "metres" | "unknown",     unknown: no model was made and the scale isn't known
      "upAxis": "Y" | "unknown",         Y: the frame of the model's files; unknown: no model was made
      "scaleSource": "size" | "marker" | "gps" | null,     null: the model's longest side was made 1 m
      "cameras": [{
        "file": "IMG_0001.JPG",          as uploaded; a video's frame carries "video": {"file", "timeS"}
        "image": "000001.jpg",           the photo's name in colmap.zip
        "position": [x, y, z],
        "rotation": [x, y, z, w],        unit quaternion, camera → frame, of a camera as in glTF, three.js and Blender:
                                         x to the right, y up, looking along -z
        "lens": {
          "model": "SIMPLE_RADIAL",      COLMAP's name (https://colmap.github.io/cameras.html)
          "params": [f, cx, cy, k],      in that model's order, pixels of the uploaded photo held upright,
          "width": 4032, "height": 3024, which has this size; pixel centres at +0.5
          "verticalFovDeg": 51.3         of the middle column, without the distortion
        }
      }],
      "dropped": [{"file", "reason"}]    photos that have no place in the model
    }
"""

import math
from typing import Any

import numpy as np
import pycolmap
from scipy.spatial.transform import Rotation

from ..scene import Scene
from .frame import Frame

_FROM_GLTF_CAMERA = np.diag([1.0, -1.0, -1.0])
"""Axes of glTF's camera (y up, z to the back) in COLMAP's (y down, z ahead)."""


def cameras_of_scene(scene: Scene) -> dict[str, Any]:
    """The content of cameras.json, as above."""
    poses = scene.read_json("poses.json")
    photos = {photo["id"]: photo for photo in scene.photos()}
    lenses = {camera["id"]: camera for camera in poses["cameras"]}
    frame, heading = _frame(scene)
    without_depth = _dropped_by_depth(scene)
    kept = [view for view in poses["views"] if view["kept"] and view["photo"] not in without_depth]
    return {
        **heading,
        "cameras": [_camera(view, photos[view["photo"]], lenses[view["cameraId"]], frame) for view in sorted(kept, key=lambda view: view["photo"])],
        "dropped": dropped_photos(scene, poses),
    }


def dropped_photos(scene: Scene, poses: dict[str, Any]) -> list[dict[str, str]]:
    """Every uploaded photo without a place in the model, once, with the first reason that was found."""
    photos = scene.read_json("photos.json")
    dropped = [(item["file"], item["reason"]) for item in photos["skipped"]]
    for photo in photos["photos"]:
        if not photo["use"]:
            reasons = " ".join(reason["message"] for reason in photo.get("reasons", []))
            dropped.append((photo["file"], reasons or "Left out by request."))
    dropped += [(item["file"], item["reason"]) for item in poses["dropped"]]
    files = {photo["id"]: photo["file"] for photo in photos["photos"]}
    dropped += [(files[photo], reason) for photo, reason in _dropped_by_depth(scene).items()]
    first: dict[str, str] = {}
    for file, reason in dropped:
        first.setdefault(file, reason)
    return [{"file": file, "reason": reason} for file, reason in first.items()]


def _dropped_by_depth(scene: Scene) -> dict[int, str]:
    """Photos whose depth maps fitted none of the others, by id, with the reason."""
    views = scene.read_json("fuse.json")["views"] if scene.has("fuse.json") else []
    return {view["photo"]: view["dropped"] for view in views if view.get("dropped")}


def _frame(scene: Scene) -> tuple[Frame, dict[str, Any]]:
    """The frame to write cameras in, and what the file says of it."""
    if scene.has("frame.json"):
        facts = scene.read_json("frame.json")
        heading = {"units": "metres", "upAxis": "Y", "scaleSource": facts["scaleSource"]}
        return Frame.of_matrix(facts["matrix"]), heading
    if scene.has("scale.json"):
        facts = scene.read_json("scale.json")
        heading = {"units": "metres", "upAxis": "unknown", "scaleSource": facts["source"]}
        return Frame(facts["metresPerUnit"], np.eye(3), np.zeros(3)), heading
    return Frame(1.0, np.eye(3), np.zeros(3)), {"units": "unknown", "upAxis": "unknown", "scaleSource": None}


def _camera(view: dict, photo: dict, lens: dict, frame: Frame) -> dict[str, Any]:
    center = np.asarray(view["center"], dtype=np.float64)
    position = frame.scale * frame.rotation @ center + frame.offset
    scene_from_camera = np.asarray(view["rotation"], dtype=np.float64).T
    rotation = Rotation.from_matrix(frame.rotation @ scene_from_camera @ _FROM_GLTF_CAMERA)
    return {
        "file": photo["file"],
        **({"video": photo["video"]} if photo.get("video") else {}),
        "image": photo["image"],
        "position": [round(value, 7) for value in position.tolist()],
        "rotation": [round(value, 9) for value in rotation.as_quat(canonical=True).tolist()],
        "lens": _lens(lens, photo),
    }


def _lens(lens: dict, photo: dict) -> dict[str, Any]:
    """A COLMAP camera of the size that poses were found at → of the uploaded photo's size."""
    camera = pycolmap.Camera(
        model=lens["model"], width=int(lens["width"]), height=int(lens["height"]), params=lens["params"]
    )
    # By the longest side: the uploaded file may lie on its side (EXIF orientation).
    camera.rescale(max(photo["originalWidth"], photo["originalHeight"]) / max(lens["width"], lens["height"]))
    return {
        "model": lens["model"],
        "params": [round(float(value), 6) for value in camera.params],
        "width": camera.width,
        "height": camera.height,
        "verticalFovDeg": round(math.degrees(2 * math.atan(camera.height / (2 * camera.focal_length_y))), 4),
    }
