"""`python bench/photogrammetry/depth/depth_table.py SCENE DATASET [--quality standard] [--photos 1,9,17]`

Measures the depth of some views of a scene folder that is undistorted, and prints what it cost and how right it is:
the share of the pixels that show the scene, or the object, whose depth is within 1 % of the truth, and of the measured
ones. DATASET is what `npm run dataset -- turntable` wrote. The poses are aligned by the cameras alone. Writes `depth/`
in SCENE. Needs the Python environment `photogrammetry`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

BENCH = Path(__file__).resolve().parent.parent
sys.path[0:1] = [str(BENCH), str(BENCH.parent.parent / "gpu-runner" / "python")]

from photogrammetry import libraries  # noqa: E402, F401

import open3d as o3d  # noqa: E402
from photogrammetry.child import SilentCall  # noqa: E402
from photogrammetry.depth.estimate import estimate_depth  # noqa: E402
from photogrammetry.depth.maps import DepthMap  # noqa: E402
from photogrammetry.depth.plan import PLAN, plan_depth  # noqa: E402
from photogrammetry.depth.views import Camera  # noqa: E402
from photogrammetry.presets import PRESETS  # noqa: E402
from photogrammetry.scene import Scene  # noqa: E402

from evaluate.cameras import compare_cameras  # noqa: E402
from evaluate.reconstruction import read_reconstruction  # noqa: E402
from evaluate.similarity import Similarity  # noqa: E402
from evaluate.surface import caster  # noqa: E402
from evaluate.truth import Truth  # noqa: E402

RIGHT = 0.01


def true_depth(camera: Camera, to_truth: Similarity, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """The depth along z in scene units (h, w), 0 where nothing is, and whether it is the object's (h, w) bool."""
    fx, fy, cx, cy = camera.intrinsics
    x, y = np.meshgrid((np.arange(camera.width) - cx) / fx, (np.arange(camera.height) - cy) / fy)
    directions = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.R @ to_truth.rotation.T
    start = to_truth.apply((-camera.R.T @ camera.t)[None])[0]
    rays = np.concatenate([np.broadcast_to(start, directions.shape), directions], axis=-1)
    hits = [
        caster(*mesh).cast_rays(o3d.core.Tensor(rays.astype(np.float32)))["t_hit"].numpy()
        for mesh in (truth.scene_mesh, truth.object_mesh)
    ]
    known = np.isfinite(hits[0])
    is_object = known & (hits[1] < hits[0] + 1e-3 * truth.mean_camera_distance)
    return np.where(known, hits[0], 0) / to_truth.scale, is_object


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--quality", choices=PRESETS, default="standard")
    parser.add_argument("--photos", help="numbers, separated by commas; else all")
    arguments = parser.parse_args()
    scene, truth = Scene(arguments.scene), Truth(arguments.dataset)
    _, to_truth = compare_cameras(read_reconstruction(arguments.scene).cameras, truth)
    if to_truth is None:
        sys.exit("The poses don't fit the truth.")
    request = {"sceneDir": str(arguments.scene), "quality": arguments.quality, "seed": 0}
    photos = plan_depth(SilentCall(request))["photos"]
    if arguments.photos:
        photos = [int(photo) for photo in arguments.photos.split(",")]
    entries = {entry["photo"]: entry for entry in scene.read_json(PLAN)["views"]}
    estimate_depth(SilentCall({**request, "photo": photos[0]}))  # compiles, when set-up has not
    print("| photo | CPU-s | right, of the scene | right, of the object | right, of what was measured |")
    print("| --- | --- | --- | --- | --- |")
    rows = []
    for photo in photos:
        seconds = estimate_depth(SilentCall({**request, "photo": photo}))["cpuSeconds"]
        found = DepthMap.read(scene.path("depth", f"{photo:06d}.npz")).depth
        depth, is_object = true_depth(Camera.planned(entries[photo]), to_truth, truth)
        there = depth > 0
        right = there & (np.abs(found - depth) < RIGHT * depth)
        rows.append((seconds, right[there].mean(), right[is_object].mean(), right[found > 0].mean()))
        print_row(str(photo), rows[-1])
    print_row("mean", np.mean(rows, axis=0))


def print_row(name: str, figures: Sequence[float]) -> None:
    seconds, *shares = figures
    print(f"| {name} | {seconds:.2f} | {' | '.join(f'{share:.3f}' for share in shares)} |", flush=True)


main()
