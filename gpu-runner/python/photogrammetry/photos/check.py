"""Request `check-photos`: a verdict on every photo before anything costly, and what is wrong with the set."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any

import cv2
import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..child import Call
from ..failure import Failure
from ..presets import FEATURE_SIDE
from ..scene import Scene
from . import pool
from .exposure import measure_exposure
from .overlap import MIN_LINK, SIDE_PX, Glance, count_link, find_copies, glance, pairs_to_compare
from .picture import fit
from .sharpness import measure_sharpness
from .sheet import thumbnail, write_sheet
from .verdicts import SMALL_PX, Measures, Verdict, judge

MIN_PHOTOS = 3
"""As contract/limits.ts says."""
FEW_PHOTOS = 12
NAMED_PHOTOS = 5
"""So many are named in a message; the verdicts have them all."""
DROPPED = "dropped"
# What is said when all photos that can't be used have the same fault.
ALL_BAD = {
    "duplicate": "All photos show the same view: depth needs photos from different places.",
    "blurred": "All photos are blurred.",
    "plain": "In the photos there is hardly anything to recognise: they are plain, black or white.",
}
MEASURED, COPIES_FOUND = 0.6, 0.7
"""Progress after these parts."""


@dataclass(frozen=True)
class Look:
    """All that is kept of a photo after it was looked at."""

    measures: Measures
    glance: Glance
    thumbnail: Image.Image


def check_photos(call: Call) -> dict:
    """Request: `keep` and `drop` (names of photos that are used or left out whatever the verdict), `strict`. Adds
    `verdict`, `reasons`, `use`, `measures` and `thumbnail` to the photos in `photos.json` and writes `photos.webp`,
    also when it fails. `overlap` of the answer: what small pictures say about groups of photos that share nothing, or
    None; an estimate, which the cameras confirm or not.

    Failures: photos_unusable when fewer than MIN_PHOTOS can be used, or with `strict` when any is bad.
    """
    scene = Scene(call.request["sceneDir"])
    photos = scene.photos()
    looks, verdicts, groups = _look_at(call, scene, photos)
    places = write_sheet(scene.path("photos.webp"), [look.thumbnail for look in looks])
    for photo, verdict, place in zip(photos, verdicts, places):
        photo.update(verdict=verdict.word, reasons=verdict.reasons, use=not verdict.is_bad)
        photo.update(measures=verdict.measures, thumbnail=place)
        messages = " ".join(reason["message"] for reason in verdict.reasons)
        call.log(f"{photo['file']}: {verdict.word}. {messages}".rstrip())
    warnings = _take_wishes(photos, call.request["keep"], call.request["drop"])
    scene.write_json("photos.json", {**scene.read_json("photos.json"), "photos": photos})
    used = [photo for photo in photos if photo["use"]]
    standing = sum(photo["height"] > photo["width"] for photo in used)
    if 0 < standing < len(used):
        call.log(f"{standing} photos stand upright, {len(used) - standing} lie: their lens is measured twice")
    _refuse(photos, used, call.request["strict"])
    return {
        "used": len(used),
        "dropped": [{"file": photo["file"], "reason": _why(photo)} for photo in photos if not photo["use"]],
        "warnings": warnings + _set_warnings(used),
        "overlap": _overlap_warning(used, groups),
    }


def _look_at(
    call: Call, scene: Scene, photos: list[dict[str, Any]]
) -> tuple[list[Look], list[Verdict], list[list[str]]]:
    """Measures every photo, then compares them. The groups are names of photos that hang together, the largest
    first."""
    looks: list[Look] = []
    for look in pool.each(lambda photo: _measure(scene.path("photos", photo["image"])), photos):
        looks.append(look)
        call.progress(MEASURED * len(looks) / len(photos))
    first = judge(photos, [look.measures for look in looks])
    # Of photos that show the same, the first good one stands for the others.
    order = sorted(range(len(photos)), key=lambda at: (first[at].is_bad, at))
    glances = [look.glance for look in looks]
    copies = find_copies(glances, order, lambda part: call.progress(MEASURED + (COPIES_FOUND - MEASURED) * part))
    # Photos that will not be used join nothing.
    usable = [at for at in range(len(photos)) if not first[at].is_bad and at not in copies]
    links = _links(call, glances, usable)
    measures = [
        replace(
            look.measures,
            links=[count for pair, count in links.items() if at in pair],
            copy_of=photos[copies[at]]["file"] if at in copies else None,
        )
        for at, look in enumerate(looks)
    ]
    return looks, judge(photos, measures), _groups([photos[at]["file"] for at in usable], usable, links)


def _measure(path: Path) -> Look:
    image = _read_at_feature_size(path)
    small = cv2.resize(image, fit(image.shape[1::-1], SIDE_PX), interpolation=cv2.INTER_AREA)
    seen = glance(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return Look(Measures(measure_sharpness(gray), measure_exposure(small), len(seen.points)), seen, thumbnail(small))


def _read_at_feature_size(path: Path) -> np.ndarray:
    """A stored photo as RGB, at the size in which features are looked for."""
    with Image.open(path) as photo:
        size = fit(photo.size, FEATURE_SIDE)
        photo.draft("RGB", size)
        image = np.asarray(photo)
    return image if image.shape[1::-1] == size else cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _links(call: Call, glances: list[Glance], usable: list[int]) -> dict[tuple[int, int], int]:
    """Pairs of usable photos that share something, and how many matches they have."""
    pairs = [(usable[one], usable[other]) for one, other in pairs_to_compare([glances[at] for at in usable])]
    counts = pool.each(lambda pair: count_link(glances[pair[0]], glances[pair[1]]), pairs)
    links: dict[tuple[int, int], int] = {}
    for done, (pair, count) in enumerate(zip(pairs, counts)):
        if count >= MIN_LINK:
            links[pair] = count
        call.progress(COPIES_FOUND + (1 - COPIES_FOUND) * (done + 1) / len(pairs))
    return links


def _groups(names: list[str], usable: list[int], links: dict[tuple[int, int], int]) -> list[list[str]]:
    position = {at: number for number, at in enumerate(usable)}
    rows, columns = np.array([[position[at] for at in pair] for pair in links], int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(usable), len(usable)))
    count, labels = connected_components(graph, directed=False)
    groups = [[name for name, label in zip(names, labels) if label == group] for group in range(count)]
    return sorted(groups, key=len, reverse=True)


def _take_wishes(photos: list[dict[str, Any]], keep: list[str], drop: list[str]) -> list[str]:
    """Changes `use` of the photos that were named; returns warnings about names that no photo has."""
    for photo in photos:
        if _is_named(photo, drop):
            photo["use"] = False
            photo["reasons"] = [{"code": DROPPED, "message": "You left it out."}, *photo["reasons"]]
        elif _is_named(photo, keep):
            photo["use"] = True
    unknown = [name for name in [*keep, *drop] if not any(_is_named(photo, [name]) for photo in photos)]
    return [f"No photo is called {name}." for name in unknown]


def _is_named(photo: dict[str, Any], names: list[str]) -> bool:
    """By its whole name, or by the last part of a path."""
    return photo["file"] in names or PurePosixPath(photo["file"]).name in names


def _why(photo: dict[str, Any]) -> str:
    """Of a photo that is not used: its first reason, which is what made it bad."""
    return photo["reasons"][0]["message"]


def _refuse(photos: list[dict[str, Any]], used: list[dict[str, Any]], strict: bool) -> None:
    unused = [photo for photo in photos if not photo["use"]]
    bad = [photo for photo in unused if photo["reasons"][0]["code"] != DROPPED]
    if strict and bad:
        count = "1 photo is" if len(bad) == 1 else f"{len(bad)} photos are"
        raise Failure("photos_unusable", f"{count} no good. {_named(bad)} Take them again or leave them out.")
    if len(used) >= MIN_PHOTOS:
        return
    codes = {photo["reasons"][0]["code"] for photo in unused}
    if len(photos) < MIN_PHOTOS:
        what = f"{len(photos)} photo{'s are' if len(photos) > 1 else ' is'} too few."
    elif len(codes) == 1 and (shared := ALL_BAD.get(next(iter(codes)))):
        what = shared
    else:
        what = f"Only {len(used)} of {len(photos)} photos can be used. {_named(unused)}"
    raise Failure("photos_unusable", f"{what} Walk around the thing and take 20 to 60 sharp photos, at most 15° apart.")


def _named(photos: list[dict[str, Any]]) -> str:
    named = [f"{photo['file']}: {_why(photo)}" for photo in photos[:NAMED_PHOTOS]]
    rest = [f"And {len(photos) - NAMED_PHOTOS} more."] if len(photos) > NAMED_PHOTOS else []
    return " ".join(named + rest)


def _overlap_warning(used: list[dict[str, Any]], groups: list[list[str]]) -> str | None:
    """What small pictures say about the set's overlap; whether it is so shows when cameras are placed."""
    names = {photo["file"] for photo in used}
    parts = [part for group in groups if (part := [name for name in group if name in names])]
    parts.sort(key=len, reverse=True)
    return _parts_warning(parts) if len(parts) > 1 else None


def _set_warnings(used: list[dict[str, Any]]) -> list[str]:
    warnings = []
    if len(used) < FEW_PHOTOS:
        warnings.append(f"Only {len(used)} photos: 20 to 60 of them, at most 15° apart, make a better model.")
    codes = Counter(reason["code"] for photo in used for reason in photo["reasons"])
    most = len(used) / 2
    if codes["soft"] + codes["blurred"] > most:
        warnings.append("Most photos are a little blurred: the model will be coarse. More light or a tripod helps.")
    if codes["exposure"] > len(used) / 4:
        warnings.append("The light changes a lot among the photos. Keep exposure and white balance fixed.")
    median_side = median([_long_side(photo) for photo in used])
    if median_side < SMALL_PX:
        warnings.append(f"The photos are small ({median_side:.0f} pixels on the long side): the model will be coarse.")
    cameras = {(photo["camera"].rsplit(" ", 1)[0], _long_side(photo)) for photo in used if photo["video"] is None}
    if len(cameras) > 1:
        warnings.append(f"The photos come from {len(cameras)} cameras or zoom settings. One of each is more exact.")
    return warnings


def _parts_warning(parts: list[list[str]]) -> str:
    if len(parts[0]) < MIN_PHOTOS:
        advice = "Each thing should be seen in at least 3 photos, at most 15° apart."
        return f"At a first look the photos hardly overlap. {advice}"
    others = ", ".join(name for part in parts[1:] for name in part[:1])
    return (
        f"At a first look the photos fall into {len(parts)} groups that share nothing with each other; "
        f"the largest has {len(parts[0])} photos, the others begin with {others}. Take photos in between."
    )


def _long_side(photo: dict[str, Any]) -> int:
    """The same camera held upright is no other camera."""
    return max(photo["originalWidth"], photo["originalHeight"])
