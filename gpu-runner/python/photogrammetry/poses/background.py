"""Cameras from all that the photos show, where the subject alone doesn't hold them.

Masks leave the background out, because a subject on a turntable moves against it. A subject that is small in the
photos, or plain, has too few features to place cameras exactly: the lens gives way and the cameras with it. Where the
camera was moved around the thing, the background holds them. The subject's own matches tell the two apart: they fit the
cameras that the whole photos give only when the background moved with the subject.
"""

from dataclasses import replace

import numpy as np
import pycolmap

from ..child import Call
from ..failure import Failure
from ..scene import Scene
from .match import match_photos
from .place import Placed, place
from .sparse import MatchedScene, load_matched_scene
from .ties import fitting_matches

MIN_SUBJECT_MATCHES = 100
"""Fewest verified matches within the subject that can speak for the cameras."""
MIN_SUBJECT_SHARE = 0.75
"""Of these, the least share that fits the cameras. A plain thing whose ground moves with it, 14 photos of 480 to 1,024
px: 0.94 to 0.97."""
STILL_PX = 1.5
MAX_STILL_SHARE = 0.3
"""Above this share of matches that don't move between the photos, the background stands still; mappers would search for
minutes."""
BACKGROUND_USED = (
    "The subject alone shows too little to place the cameras. The background helped, since it moves with the subject."
)


def place_by_background(call: Call, scene: Scene, photos: list[dict], refused: Failure) -> Placed:
    """Matches the whole photos and places the cameras by them. Raises `refused`, why the subject alone didn't do, when
    these cameras can't be believed either, or the subject contradicts them."""
    call.log(f"by the subject alone: {refused}")
    database = scene.path("sfm", "whole.db")
    subject = load_matched_scene(scene.directory / "sfm" / "database.db")
    try:
        match_photos(call, scene, photos, database, None, "auto", lambda _: None)
        if still_share(load_matched_scene(database)) > MAX_STILL_SHARE:
            raise Failure(refused.code, "the background stands still while the subject turns")
        placed = place(call, scene, photos, database, call.progress)
    except Failure as failure:
        call.log(f"with the background: {failure}")
        raise refused from failure
    finally:
        database.unlink(missing_ok=True)
    share = fitting_share(subject, placed.settled.repaired.model)
    call.log(f"{100 * share:.0f} % of the subject's matches fit the cameras that the whole photos give")
    if share < MIN_SUBJECT_SHARE:
        raise refused
    return replace(placed, warnings=[*placed.warnings, BACKGROUND_USED])


def fitting_share(subject: MatchedScene, model: pycolmap.Reconstruction) -> float:
    """Share of the subject's verified matches that fit the cameras of `model`; 0 when there are too few to tell."""
    fitting, matched = fitting_matches(subject, model)
    return fitting / matched if matched >= MIN_SUBJECT_MATCHES else 0.0


def still_share(scene: MatchedScene) -> float:
    """Share of all verified matches whose features lie at the same place in both photos; 1 when there are none."""
    still = matched = 0
    for pair in scene.pairs:
        moved = scene.keypoints[pair.a][pair.matches[:, 0]] - scene.keypoints[pair.b][pair.matches[:, 1]]
        still += np.count_nonzero(np.linalg.norm(moved, axis=1) < STILL_PX * scene.pixel)
        matched += len(moved)
    return still / matched if matched else 1.0
