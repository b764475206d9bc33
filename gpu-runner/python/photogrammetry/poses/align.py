"""Request `align`: camera poses from the matches, and the gate that doubts them.

Both mappers run (mappers.py); each model is built anew from the matches that fit it, with views put where the others'
points place them (repair.py); the better one is compared with the other and its views are doubted one by one
(gate.py, settle.py). What is left is written; a set that can't carry a model ends here, with what to photograph next.
"""

import shutil
import time
from pathlib import Path
from typing import Any

import pycolmap

from ..child import Call
from ..failure import Failure
from ..scene import Scene
from .gaps import GAP_DEG, gap_advice
from .lens import refine_lens
from .mappers import run_mappers
from .match import quiet
from .repair import Repaired, finish, repair, resect_all
from .report import model_gaps, poses_json
from .scale import find_scale
from .settle import Settled, Unreliable, choose_and_settle
from .sparse import MatchedScene, load_matched_scene

MAPPERS_SHARE = 0.5
"""Of the step's time, for its progress."""
MAPPER_BASE_S, MAPPER_PER_PAIR_S = 300.0, 2.0
"""A mapper that takes longer is stopped; the other one's model is used alone. 24 photos take 10 s on an idle core."""
MIN_PHOTOS = 3
NAMED_PHOTOS = 6


def align(call: Call) -> dict:
    """Writes `poses/`, `poses.json` and, where wanted and found, `scale.json`. Fails with `cameras_unreliable`."""
    scene, seed = Scene(call.request["sceneDir"]), call.request["seed"]
    photos = scene.used_photos()
    if len(photos) < MIN_PHOTOS:
        raise Failure("cameras_unreliable", f"{len(photos)} photos are too few: at least {MIN_PHOTOS} are needed.")
    quiet()
    seconds: dict[str, float] = {}
    began = time.monotonic()
    matched = load_matched_scene(scene.directory / "sfm" / "database.db")
    models = _map(call, scene, matched, seed)
    seconds["mappers"] = time.monotonic() - began
    mapper, settled, warnings = _settle(call, matched, models, photos, seed)
    seconds["gate"] = time.monotonic() - began - seconds["mappers"]
    model = settled.repaired.model
    model.extract_colors_for_all_images(str(scene.directory / "photos"))
    model.update_point_3d_errors()
    dropped = _dropped(photos, settled, models[mapper])
    facts = {
        "mapper": mapper,
        "matching": _matching(scene),
        "models": [{"registered": found.num_reg_images(), "points": found.num_points3D()} for found in models[mapper]],
    }
    scale_warnings = find_scale(call, scene, photos, model)
    seconds["all"] = time.monotonic() - began
    facts["seconds"] = {name: round(value, 2) for name, value in seconds.items()}
    report = poses_json(photos, matched, settled, dropped, facts)
    _write(scene, model, report)
    _log(call, report)
    return {
        "registered": report["kept"],
        "dropped": report["dropped"],
        "reprojectionErrorPx": report["reprojectionErrorPx"],
        "meanTrackLength": report["meanTrackLength"],
        "points": report["points"],
        "mapper": mapper,
        "warnings": [*warnings, *_gap_warnings(report), *scale_warnings],
    }


def _map(call: Call, scene: Scene, matched: MatchedScene, seed: int) -> dict[str, list[pycolmap.Reconstruction]]:
    began = time.monotonic()
    limit_s = MAPPER_BASE_S + MAPPER_PER_PAIR_S * len(matched.pairs)
    expected_s = 5 + 0.05 * len(matched.pairs)

    def waiting() -> None:
        passed = time.monotonic() - began
        call.progress(MAPPERS_SHARE * passed / (passed + expected_s))

    work = scene.path("sfm", "mappers")
    models = run_mappers(
        scene.directory / "sfm" / "database.db", scene.directory / "photos", work, matched.pixel, seed, limit_s, waiting
    )
    shutil.rmtree(work, ignore_errors=True)
    for mapper, found in models.items():
        sizes = ", ".join(str(model.num_reg_images()) for model in found) or "none"
        call.log(f"{mapper} mapper: photos placed in each model: {sizes}")
    return models


def _settle(
    call: Call, matched: MatchedScene, models: dict[str, list[pycolmap.Reconstruction]], photos: list[dict], seed: int
) -> tuple[str, Settled, list[str]]:
    """Name of the mapper whose model is used, its settled views, and warnings."""
    repaired: dict[str, Repaired] = {}
    for mapper, found in models.items():
        if found:
            repaired[mapper] = repair(matched, found[0], seed)
            call.progress(MAPPERS_SHARE + 0.15 * len(repaired))
    order = mapper_order(call.request["mapper"], repaired)
    try:
        mapper, confirmed, settled = choose_and_settle(
            matched, repaired, order, lambda chosen: refined(matched, chosen, seed), seed
        )
    except Unreliable as reason:
        for image_id, why in sorted(reason.doubted.items()):
            call.log(f"{_files(photos)[image_id]}: {why}")
        raise _unreliable(str(reason), photos, repaired[order[0]].model if order else None) from reason
    warnings = []
    if not confirmed:
        warnings.append("Only one of the two mappers placed the cameras well: they could not be compared.")
    if call.request["mapper"] not in ("auto", mapper):
        wanted = call.request["mapper"]
        warnings.append(f"The {wanted} mapper's cameras are no good: those of the {mapper} one are used.")
    return mapper, settled, warnings


def refined(matched: MatchedScene, chosen: Repaired, seed: int) -> Repaired:
    """The chosen model at its most exact, with a richer lens where it pays."""
    exact = finish(matched, chosen.model, seed)
    richer = refine_lens(matched, exact.model)
    return exact if richer is exact.model else Repaired(richer, resect_all(matched, richer, seed))


def mapper_order(wanted: str, repaired: dict[str, Repaired]) -> list[str]:
    """Mappers with a model: the one that was asked for, then by how many views and observations they have."""

    def rank(name: str) -> tuple:
        model = repaired[name].model
        return (name != wanted, -model.num_reg_images(), -model.compute_num_observations())

    return sorted(repaired, key=rank)


def _unreliable(reason: str, photos: list[dict], model: pycolmap.Reconstruction | None) -> Failure:
    files = _files(photos)
    gaps = model_gaps(model) if model else []
    if gaps:
        places = "; ".join(f"{files[gap.a]} and {files[gap.b]} ({gap.degrees:.0f}°)" for gap in gaps[:3])
        advice = f"The widest steps are between {places}: {gap_advice(gaps[0])}."
    else:
        advice = "Walk around the thing and take a photo every 10 to 15°, each sharing most of its view with the last."
    return Failure("cameras_unreliable", f"The cameras can't be trusted: {reason}. {advice}")


def _files(photos: list[dict]) -> dict[int, str]:
    return {photo["id"]: photo["file"] for photo in photos}


def _dropped(photos: list[dict], settled: Settled, models: list[pycolmap.Reconstruction]) -> dict[int, str]:
    """Reason by photo id, of every photo in use without a pose."""
    kept = set(settled.repaired.model.reg_image_ids())
    groups = [set(model.reg_image_ids()) - kept for model in models[1:]]
    reasons = {}
    for photo in photos:
        image_id = photo["id"]
        if image_id in kept:
            continue
        group = next((group for group in groups if image_id in group), None)
        if image_id in settled.reasons:
            reasons[image_id] = settled.reasons[image_id]
        elif group:
            reasons[image_id] = (
                f"{len(group)} photos make a group of their own that shares too little with the rest: "
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
