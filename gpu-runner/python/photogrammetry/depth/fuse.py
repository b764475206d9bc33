"""`fuse`: the depth maps confirm each other and become one cloud of points. It is also the last gate on the poses: a
view whose depth no other view confirms is in the wrong place."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np

from photogrammetry.child import Call
from photogrammetry.depth.backdrop import backdrop, write_backdrop
from photogrammetry.depth.cloud import VoxelCloud
from photogrammetry.depth.consistency import DepthMaps, Votes, votes
from photogrammetry.depth.kernels.patchmatch import Planes
from photogrammetry.depth.maps import DepthMap
from photogrammetry.depth.plan import PLAN
from photogrammetry.depth.views import Camera, read_mask, read_picture
from photogrammetry.failure import Failure
from photogrammetry.presets import PRESETS
from photogrammetry.scene import Scene

KEPT_BYTES = 300_000_000
"""Of depth maps in memory: 60 views of 640 px, 9 of 1600 px."""
LOOK_STEP = 3
"""Poses are judged by each third pixel of each third row."""
AGREEING = 2
"""Neighbours that must have measured the same."""
LONELY_COST = 0.45
"""With one neighbour less, a pixel is confirmed when both costs are below this."""
MIN_AGREEMENT_TO_USUAL = 0.5
"""A view's agreement is the share of its measured pixels that others confirm. With right poses it was 0.91 to 0.99 at
steps of 15°, and 0.6 to 0.8 even at 45°; with one camera 5° off it was 0.25 there, with 40° 0.05 (measured on the sets
of the bench)."""
MIN_MEASURED = 0.02
"""A view that measured fewer of its pixels has nothing to say; when all others measured much, its pose is wrong."""
SET_AGREEMENT = 0.45
"""When most views agree less than this, the poses as a whole are wrong: 0.34 in a set whose poses were."""
MAX_WRONG = 1 / 3
"""Share of the views; when more are wrong, the others are likely not right either."""
PICTURE_SIDE = 320


def confirmed(planes: Planes, found: Votes) -> np.ndarray:
    """(h, w) bool: which pixels enough neighbours measured too."""
    agree = found.agree.astype(np.int16)
    sure = (planes.cost < LONELY_COST) & (found.support < LONELY_COST)
    enough = (agree >= AGREEING) | ((agree >= AGREEING - 1) & sure)
    return (planes.w > 0) & enough & (found.against <= agree)


def judge(scene: Scene, entries: dict[int, dict[str, Any]], maps: DepthMaps, call: Call) -> dict[int, dict[str, Any]]:
    """Per photo: `measured` and `confirmed`, shares of the pixels in use, from a sample of the pixels."""
    shares = {}
    for number, (photo, entry) in enumerate(entries.items()):
        planes = maps.planes(photo)
        mask = read_mask(scene, entry)
        sample = slice(None, None, LOOK_STEP)
        in_use = np.ones_like(planes.w, bool) if mask is None else mask > 0
        count = max(np.count_nonzero(in_use[sample, sample]), 1)
        good = confirmed(planes, votes(entry, entries, maps, set(), LOOK_STEP))
        shares[photo] = {
            "photo": photo,
            "measured": np.count_nonzero(planes.w[sample, sample]) / count,
            "confirmed": np.count_nonzero(good[sample, sample]) / count,
            "dropped": None,
        }
        call.progress(0.25 * (number + 1) / len(entries))
    return shares


def wrong_views(shares: dict[int, dict[str, Any]]) -> set[int]:
    """Photos whose depth the others don't confirm. Fails with cameras_unreliable when that is so of most."""
    agreement = {photo: share["confirmed"] / max(share["measured"], 1e-9) for photo, share in shares.items()}
    usual = float(np.median(list(agreement.values())))
    usually_measured = float(np.median([share["measured"] for share in shares.values()]))
    wrong = set()
    for photo, share in shares.items():
        unconfirmed = agreement[photo] < usual * MIN_AGREEMENT_TO_USUAL
        empty = share["measured"] < MIN_MEASURED and share["measured"] < usually_measured / 4
        if unconfirmed or empty:
            wrong.add(photo)
    if usual < SET_AGREEMENT or usually_measured < MIN_MEASURED or len(wrong) > len(shares) * MAX_WRONG:
        raise Failure(
            "cameras_unreliable",
            f"The photos don't confirm each other's depth: in half of the {len(shares)} photos no more than {usual:.0%} of "
            f"what was measured, and {len(wrong)} photos fit none of the others. The camera positions are likely wrong, "
            "or the surface is shiny, transparent or without texture. Take more photos, in steps of 10° or less, in even "
            "light.",
        )
    return wrong


def fused_map(planes: Planes, normal: np.ndarray, found: Votes) -> DepthMap:
    """The depth map of what was confirmed, averaged with what the neighbours measured."""
    good = confirmed(planes, found)
    depth = np.where(good & (found.mean_w > 0), 1 / np.maximum(found.mean_w, 1e-12), 0).astype(np.float32)
    return DepthMap(depth, np.where(good[..., None], normal, 0), np.where(good, planes.cost, 2))


def depth_picture(depth: np.ndarray) -> np.ndarray:
    """The depth map as a BGR picture of PICTURE_SIDE: near is red, far is blue, nothing is black."""
    factor = min(1.0, PICTURE_SIDE / max(depth.shape))
    size = max(round(depth.shape[1] * factor), 1), max(round(depth.shape[0] * factor), 1)
    small = cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST)
    known = small > 0
    if not known.any():
        return np.zeros((*small.shape, 3), np.uint8)
    inverse = 1 / np.where(known, small, 1)
    low, high = np.percentile(inverse[known], [2, 98])
    level = np.clip((inverse - low) / max(high - low, 1e-12), 0, 1)
    picture = cv2.applyColorMap((255 * level).astype(np.uint8), cv2.COLORMAP_TURBO)
    picture[~known] = 0
    return picture


def add_to_cloud(cloud: VoxelCloud, camera: Camera, fused: DepthMap, agree: np.ndarray, colors: np.ndarray) -> None:
    """Adds the pixels of a fused depth map. What a view sees at a slant or from afar weighs less."""
    y, x = np.nonzero(fused.depth)
    depth = fused.depth[y, x].astype(np.float64)
    fx, fy, cx, cy = camera.intrinsics
    rays = np.stack([(x - cx) / fx, (y - cy) / fy, np.ones(len(x))], axis=1)
    normals = fused.normal[y, x].astype(np.float64)
    facing = -(normals * rays).sum(axis=1) / np.linalg.norm(rays, axis=1)
    weight = np.maximum(facing, 0.05) / (0.05 + fused.cost[y, x].astype(np.float64))
    positions = (rays * depth[:, None] - camera.t) @ camera.R
    cloud.add(positions, normals @ camera.R, colors[y, x], weight, agree[y, x] + 1)


def voxel_size(entries: dict[int, dict[str, Any]], maps: DepthMaps) -> float:
    """What a pixel of a typical view covers at its typical depth, in scene units."""
    sizes = []
    for photo, entry in list(entries.items())[:: max(len(entries) // 12, 1)]:
        w = maps.planes(photo).w
        if (w > 0).any():
            sizes.append(1 / np.median(w[w > 0]) / entry["intrinsics"][0])
    return float(np.median(sizes))


def fuse(call: Call) -> dict[str, Any]:
    """Serves `fuse`: writes `fused/`, `points.npz` and `fuse.json`. A dropped view gets no file in `fused/`."""
    scene = Scene(call.request["sceneDir"])
    preset = PRESETS[call.request["quality"]]
    entries = {entry["photo"]: entry for entry in scene.read_json(PLAN)["views"]}
    maps = DepthMaps(scene, entries, KEPT_BYTES)
    shares = judge(scene, entries, maps, call)
    wrong = wrong_views(shares)
    origin = np.mean([Camera.planned(entry).R.T @ -Camera.planned(entry).t for entry in entries.values()], axis=0)
    cloud = VoxelCloud(voxel_size(entries, maps), origin, preset.max_points)
    kept = [entry for photo, entry in entries.items() if photo not in wrong]
    # One view is gathered while the next is confirmed, both in the order of the views.
    with ThreadPoolExecutor(max_workers=1) as gatherer:
        gathered: Future[None] | None = None
        for number, entry in enumerate(kept):
            photo = entry["photo"]
            fused, agree, colors = _fuse_view(scene, entry, entries, maps, wrong)
            in_use = np.count_nonzero(maps.planes(photo).w) / max(shares[photo]["measured"], 1e-9)
            shares[photo]["confirmed"] = np.count_nonzero(fused.depth) / max(in_use, 1)
            if gathered:
                gathered.result()
            gathered = gatherer.submit(add_to_cloud, cloud, Camera.planned(entry), fused, agree, colors)
            call.progress(0.25 + 0.7 * (number + 1) / len(kept))
        if gathered:
            gathered.result()
    return _finish(call, scene, cloud, shares, wrong)


def _fuse_view(
    scene: Scene, entry: dict[str, Any], entries: dict[int, dict[str, Any]], maps: DepthMaps, wrong: set[int]
) -> tuple[DepthMap, np.ndarray, np.ndarray]:
    """Writes one view's files in `fused/`. Returns its map, how many views agree with each pixel, and its colours."""
    photo = entry["photo"]
    found = votes(entry, entries, maps, wrong, 1)
    normal = DepthMap.read(scene.path("depth", f"{photo:06d}.npz")).normal
    colors = read_picture(scene, entry, colour=True)
    fused = fused_map(maps.planes(photo), normal, found)
    behind = backdrop(colors, fused.depth)
    write_backdrop(scene, photo, behind)
    fused = fused.without(behind)
    fused.write(scene.path("fused", f"{photo:06d}.npz"))
    cv2.imwrite(str(scene.path("fused", f"{photo:06d}.jpg")), depth_picture(fused.depth))
    return fused, found.agree, colors


def _finish(call: Call, scene: Scene, cloud: VoxelCloud, shares, wrong: set[int]) -> dict[str, Any]:
    points = cloud.points()
    if len(points.positions) == 0:
        raise Failure("cameras_unreliable", "No depth was confirmed by a second photo. Take photos with smaller steps.")
    np.savez(
        scene.path("points.npz"),
        points=points.positions,
        normals=points.normals,
        colors=points.colors,
        confidence=points.confidence,
    )
    files = {photo["id"]: photo["file"] for photo in scene.photos()}
    reason = "Its depth fits none of the other photos: its camera position is wrong, or the thing moved"
    dropped = [{"file": files.get(photo, str(photo)), "reason": reason} for photo in sorted(wrong)]
    for photo in wrong:
        shares[photo]["dropped"] = reason
        call.log(f"Photo {photo} is dropped: {shares[photo]['confirmed']:.0%} of its pixels are confirmed")
    scene.write_json("fuse.json", {"views": list(shares.values()), "points": len(points.positions)})
    share = float(np.median([view["confirmed"] for view in shares.values()]))
    call.log(f"{len(points.positions):,} points; half of the views have {share:.0%} or more of their pixels confirmed")
    return {"points": len(points.positions), "dropped": dropped, "warnings": _warnings(shares, wrong)}


def _warnings(shares: dict[int, dict[str, Any]], wrong: set[int]) -> list[str]:
    kept = [share for photo, share in shares.items() if photo not in wrong]
    thin = sum(share["confirmed"] < share["measured"] * 0.6 for share in kept)
    if thin * 4 <= len(shares):
        return []
    return [f"In {thin} of {len(shares)} photos much of the measured depth was not confirmed; parts may be missing."]
