"""`depth-cuda`: the depth maps of all views with COLMAP's PatchMatch stereo, which needs CUDA.

The maps become the same files as the CPU's, so that `fuse` and all after it are the same code: it judges the poses view
by view, takes masks, thins the points while they come in and writes the report's figures. COLMAP's stereo_fusion does
none of this.

Not run on a GPU: no test here goes beyond the files that COLMAP reads and writes.
"""

import shutil
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from photogrammetry.child import Call
from photogrammetry.depth.estimate import measured
from photogrammetry.depth.maps import DepthMap
from photogrammetry.depth.plan import PLAN
from photogrammetry.depth.views import View, read_view
from photogrammetry.failure import Failure
from photogrammetry.presets import PRESETS
from photogrammetry.scene import Scene

WORKSPACE = "colmap-stereo"
SURE_COST, NO_COST = 0.3, 2.0
"""COLMAP keeps no cost. What passed its own filter (NCC and two consistent views) counts as this; the rest as
unmeasured."""
POLL_S = 1.0


def write_workspace(scene: Scene, entries: dict[int, dict[str, Any]]) -> Path:
    """A folder as COLMAP's dense tools want it, with links to the undistorted pictures and model, and each view's
    sources."""
    workspace = scene.directory / WORKSPACE
    shutil.rmtree(workspace, ignore_errors=True)
    for name in ("depth_maps", "normal_maps", "consistency_graphs"):
        (workspace / "stereo" / name).mkdir(parents=True)
    for name in ("images", "sparse"):
        (workspace / name).symlink_to((scene.directory / "undistorted" / name).resolve(), target_is_directory=True)
    lines = []
    for entry in entries.values():
        lines += [entry["image"], ", ".join(entries[photo]["image"] for photo in entry["neighbours"])]
    (workspace / "stereo" / "patch-match.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return workspace


def read_dense_map(path: Path) -> np.ndarray:
    """A depth map (h, w) or normal map (h, w, 3) of COLMAP as float32: "width&height&channels&", then little-endian
    float32, one channel after the other, each row by row. (pycolmap 4.2.1's `NormalMap.to_array` takes the channels for
    interleaved.)"""
    content = path.read_bytes()
    *sizes, numbers = content.split(b"&", 3)
    width, height, channels = (int(size) for size in sizes)
    planes = np.frombuffer(numbers, "<f4").reshape(channels, height, width)
    return planes[0].copy() if channels == 1 else np.ascontiguousarray(np.moveaxis(planes, 0, 2))


def convert(workspace: Path, entry: dict[str, Any], view: View) -> DepthMap:
    """COLMAP's depth and normal map of one view in the scene's form, at the plan's size and within its range and
    mask."""
    name = f"{entry['image']}.geometric.bin"
    depth = read_dense_map(workspace / "stereo" / "depth_maps" / name)
    normal = read_dense_map(workspace / "stereo" / "normal_maps" / name)
    size = entry["width"], entry["height"]
    if depth.shape[::-1] != size:
        # COLMAP rounds sizes its own way: at most a pixel apart. Depths are not mixed across edges.
        depth = cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST)
        normal = cv2.resize(normal, size, interpolation=cv2.INTER_NEAREST)
    cost = np.where(depth > 0, SURE_COST, NO_COST).astype(np.float32)
    depth = measured(view, depth, cost, (entry["near"], entry["far"]))
    return DepthMap(depth, normal, cost)


def _watch(call: Call, workspace: Path, maps: int, done: threading.Event) -> None:
    """Reports how many of the photometric and geometric maps are there, until `done`."""
    while not done.wait(POLL_S):
        written = sum(1 for _ in (workspace / "stereo" / "depth_maps").glob("*.bin"))
        call.progress(0.9 * written / maps)


def _run_stereo(call: Call, workspace: Path, side: int, views: int) -> None:
    import pycolmap

    options = pycolmap.PatchMatchOptions()
    options.max_image_size = side
    options.geom_consistency = True
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(call, workspace, 2 * views, done), daemon=True)
    watcher.start()
    try:
        pycolmap.patch_match_stereo(workspace, options=options)
    finally:
        done.set()
        watcher.join()


def estimate_depth_cuda(call: Call) -> dict[str, Any]:
    """Serves `depth-cuda`: writes `depth/<photo>.npz` of all views of the plan."""
    import pycolmap

    if not pycolmap.has_cuda:
        raise Failure("engine_missing", "This runner's COLMAP was built without CUDA.", retryable=True)
    scene = Scene(call.request["sceneDir"])
    entries = {entry["photo"]: entry for entry in scene.read_json(PLAN)["views"]}
    workspace = write_workspace(scene, entries)
    try:
        _run_stereo(call, workspace, PRESETS[call.request["quality"]].depth_side, len(entries))
        for number, (photo, entry) in enumerate(entries.items()):
            depth_map = convert(workspace, entry, read_view(scene, entry))
            depth_map.write(scene.path("depth", f"{photo:06d}.npz"))
            call.progress(0.9 + 0.1 * (number + 1) / len(entries))
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    return {"views": len(entries)}
