"""Request `align`: camera poses from the matches, and the gate that doubts them.

Both mappers run (mappers.py); each model is built anew from the matches that fit it, with views put where the others'
points place them (repair.py); the better one is compared with the other and its views are doubted one by one
(gate.py, settle.py). Where the subject alone doesn't hold the cameras, the background may (background.py). What is left
is written; a set that can't carry a model ends here, with what to photograph next.
"""

import shutil
import time
from typing import Any

import pycolmap

from ..child import Call
from ..failure import Failure
from ..scene import Scene
from .background import place_by_background
from .features import masked_photos
from .gaps import GAP_DEG
from .groups import Group, find_groups, groups_warning
from .lens import lens_warnings
from .match import quiet
from .place import Placed, file_names, place
from .report import poses_json
from .scale import find_scale
from .settle import Settled

MIN_PHOTOS = 3
NAMED_PHOTOS = 6


def align(call: Call) -> dict:
    """Writes `poses/`, `poses.json` and, where wanted and found, `scale.json`. Fails with `cameras_unreliable`."""
    scene = Scene(call.request["sceneDir"])
    photos = scene.used_photos()
    if len(photos) < MIN_PHOTOS:
        raise Failure("cameras_unreliable", f"{len(photos)} photos are too few: at least {MIN_PHOTOS} are needed.")
    quiet()
    began = time.monotonic()
    placed = _place(call, scene, photos)
    settled, mapper = placed.settled, placed.mapper
    model = settled.repaired.model
    model.extract_colors_for_all_images(str(scene.directory / "photos"))
    model.update_point_3d_errors()
    groups = _groups(placed)
    dropped = _dropped(photos, settled, groups)
    scale_warnings = find_scale(call, scene, photos, model)
    seconds = {**placed.seconds, "all": time.monotonic() - began}
    facts = {
        "mapper": mapper,
        "matching": _matching(scene),
        "models": [
            {"registered": found.num_reg_images(), "points": found.num_points3D()} for found in placed.models[mapper]
        ],
        "groups": [group.to_json() for group in groups],
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
    }
    report = poses_json(photos, placed.matched, settled, dropped, facts)
    _write(scene, model, report)
    _log(call, report)
    return {
        "registered": report["kept"],
        "dropped": report["dropped"],
        "reprojectionErrorPx": report["reprojectionErrorPx"],
        "meanTrackLength": report["meanTrackLength"],
        "points": report["points"],
        "mapper": mapper,
        "warnings": [
            *placed.warnings,
            *groups_warning(groups, file_names(photos)),
            *lens_warnings(report["cameras"]),
            *_gap_warnings(report),
            *scale_warnings,
        ],
    }


def _place(call: Call, scene: Scene, photos: list[dict]) -> Placed:
    try:
        return place(call, scene, photos, scene.directory / "sfm" / "database.db", call.progress)
    except Failure as refused:
        if not masked_photos(scene, photos):
            raise
        return place_by_background(call, scene, photos, refused)


def _groups(placed: Placed) -> list[Group]:
    settled = placed.settled
    used = set(settled.repaired.model.reg_image_ids()) | set(settled.reasons)
    return find_groups(used, [set(model.reg_image_ids()) for found in placed.models.values() for model in found])


def _dropped(photos: list[dict], settled: Settled, groups: list[Group]) -> dict[int, str]:
    """Reason by photo id, of every photo in use without a pose."""
    kept = set(settled.repaired.model.reg_image_ids())
    reasons = {}
    for photo in photos:
        image_id = photo["id"]
        if image_id in kept:
            continue
        group = next((group for group in groups if image_id in group.photos and not group.used), None)
        if image_id in settled.reasons:
            reasons[image_id] = settled.reasons[image_id]
        elif group:
            reasons[image_id] = (
                f"{len(group.photos)} photos make a group of their own that shares too little with the rest: "
                "take photos in between"
            )
        else:
            reasons[image_id] = "shares too little with the other photos"
    return reasons


def _matching(scene: Scene) -> str:
    return scene.read_json("sfm/matching.json")["matching"] if scene.has("sfm/matching.json") else "unknown"


def _write(scene: Scene, model: pycolmap.Reconstruction, report: dict[str, Any]) -> None:
    target = scene.directory / "poses"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    model.write(str(target))
    scene.write_json("poses.json", report)


def _gap_warnings(report: dict[str, Any]) -> list[str]:
    return [
        f"There is a gap of {gap['degrees']:.0f}° between {gap['between'][0]} and {gap['between'][1]}: {gap['advice']}."
        for gap in report["gaps"]
        if gap["degrees"] > GAP_DEG
    ]


def _log(call: Call, report: dict[str, Any]) -> None:
    call.log(
        f"{report['kept']} of {report['photos']} cameras placed by the {report['mapper']} mapper: "
        f"{report['points']} points, {report['reprojectionErrorPx']:.2f} px, "
        f"tracks of {report['meanTrackLength']:.1f} photos"
    )
    for entry in report["dropped"][:NAMED_PHOTOS]:
        call.log(f"dropped {entry['file']}: {entry['reason']}")
