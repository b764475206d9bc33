"""`plan-depth`: which views each view is compared with, and how near and far it looks. Writes `depth/plan.json` and
`depth/points.npz`, which hold all that `depth` and `fuse` need to know of the cameras: the COLMAP model is read
once."""

from typing import Any

import numpy as np

from photogrammetry.child import Call
from photogrammetry.failure import Failure
from photogrammetry.presets import PRESETS
from photogrammetry.scene import Scene

PLAN = "depth/plan.json"
POINTS = "depth/points.npz"

NEIGHBOURS = 12
"""Views that may confirm a view's depth, or seed it."""
BEST_ANGLE_DEG = 12.0
"""Between the rays of two views to a point. Smaller ones measure depth poorly, larger ones show another side of
things."""
NARROW_DEG, WIDE_DEG = 5.0, 14.0
"""Standard deviations of the angle's weight, below and above the best angle."""
UNSEEN_WEIGHT = 0.1
"""Of a point that one view saw and that lies in the other's picture: weak evidence that both show the same thing."""
RANGE_PERCENT = (1.0, 99.0)
NEAR_MARGIN, FAR_MARGIN = 0.75, 1.35
"""Sparse points are few: the surface reaches nearer and farther than they do."""
MIN_RANGE_POINTS = 20
MIN_SCORE = 1.0
"""Two views whose points weigh less in all show nothing in common."""


class SparseView:
    """A view of the COLMAP model. `intrinsics` (fx, fy, cx, cy) are for the depth map, in array indices; `points` are
    the ids, `xyz` (n, 3) the positions of the points it saw."""

    def __init__(self, photo: int, image: str, size: tuple[int, int], full_width: int, intrinsics, R, t, points, xyz):
        self.photo, self.image, self.size, self.full_width = photo, image, size, full_width
        self.intrinsics, self.R, self.t = intrinsics, R, t
        self.points, self.xyz = points, xyz
        self.centre = -R.T @ t

    def project(self, xyz: np.ndarray) -> np.ndarray:
        """(n, 3): x and y in array indices of the depth map, and depth, of points (n, 3)."""
        camera = xyz @ self.R.T + self.t
        fx, fy, cx, cy = self.intrinsics
        z = camera[:, 2]
        safe = np.where(np.abs(z) < 1e-12, 1e-12, z)
        return np.stack([camera[:, 0] / safe * fx + cx, camera[:, 1] / safe * fy + cy, z], axis=1)

    def in_picture(self, uvz: np.ndarray) -> np.ndarray:
        """(n,) bool of what `project` returned."""
        width, height = self.size
        x, y, z = uvz.T
        return (z > 0) & (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)


def map_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of a depth map: the picture's, its longest side no more than `side`."""
    factor = min(1.0, side / max(width, height))
    return max(round(width * factor), 1), max(round(height * factor), 1)


def read_views(scene: Scene, side: int) -> list[SparseView]:
    """The undistorted views, by photo."""
    import pycolmap

    model = pycolmap.Reconstruction(str(scene.directory / "undistorted" / "sparse"))
    xyz = {number: point.xyz for number, point in model.points3D.items()}
    views = []
    for image in model.images.values():
        if not image.has_pose:
            continue
        camera = model.cameras[image.camera_id]
        size = map_size(camera.width, camera.height, side)
        x_factor, y_factor = size[0] / camera.width, size[1] / camera.height
        K = camera.calibration_matrix()
        # COLMAP counts from the picture's corner, arrays from the first pixel's centre.
        intrinsics = np.array(
            [K[0, 0] * x_factor, K[1, 1] * y_factor, K[0, 2] * x_factor - 0.5, K[1, 2] * y_factor - 0.5]
        )
        pose = image.cam_from_world()
        points = sorted({point.point3D_id for point in image.points2D if point.has_point3D()})
        views.append(
            SparseView(
                photo=int(image.name.split(".")[0]),
                image=image.name,
                size=size,
                full_width=camera.width,
                intrinsics=intrinsics,
                R=np.array(pose.rotation.matrix()),
                t=np.array(pose.translation),
                points=np.array(points, np.int64),
                xyz=np.array([xyz[number] for number in points]).reshape(-1, 3),
            )
        )
    return sorted(views, key=lambda view: view.photo)


def pair_score(view: SparseView, other: SparseView) -> float:
    """How much `other` helps to measure the depth of `view`: its points, weighed by the angle between both rays."""
    seen = np.isin(view.points, other.points, assume_unique=True)
    inside = other.in_picture(other.project(view.xyz)) | seen
    if not inside.any():
        return 0.0
    xyz = view.xyz[inside]
    a, b = xyz - view.centre, xyz - other.centre
    cosine = (a * b).sum(axis=1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-12)
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    width = np.where(angle < BEST_ANGLE_DEG, NARROW_DEG, WIDE_DEG)
    weight = np.exp(-((angle - BEST_ANGLE_DEG) ** 2) / (2 * width**2))
    return float((weight * np.where(seen[inside], 1.0, UNSEEN_WEIGHT)).sum())


def depth_range(view: SparseView, others: list[SparseView]) -> tuple[float, float] | None:
    """(near, far) in scene units, from the points that `view` saw, and its neighbours' when those are few. None: no
    points."""
    depths = view.project(view.xyz)[:, 2]
    depths = depths[depths > 0]
    if len(depths) < MIN_RANGE_POINTS:
        uvz = [view.project(other.xyz) for other in others]
        depths = np.concatenate([depths, *(points[view.in_picture(points), 2] for points in uvz)])
    if len(depths) == 0:
        return None
    near, far = np.percentile(depths, RANGE_PERCENT)
    return float(near * NEAR_MARGIN), float(far * FAR_MARGIN)


def plan_view(view: SparseView, views: list[SparseView], sources: int) -> dict[str, Any] | None:
    """The plan's entry for one view; None when no other view shows the same."""
    scores = [(pair_score(view, other), -other.photo, other) for other in views if other is not view]
    scores = sorted((score for score in scores if score[0] >= MIN_SCORE), key=lambda score: score[:2], reverse=True)
    neighbours = [other for _, _, other in scores[: max(NEIGHBOURS, sources)]]
    reach = depth_range(view, neighbours)
    if not neighbours or reach is None:
        return None
    return {
        "photo": view.photo,
        "image": view.image,
        "width": view.size[0],
        "height": view.size[1],
        "fullWidth": view.full_width,
        "intrinsics": view.intrinsics.tolist(),
        "R": view.R.tolist(),
        "t": view.t.tolist(),
        "near": reach[0],
        "far": reach[1],
        "sources": [other.photo for other in neighbours[:sources]],
        "neighbours": [other.photo for other in neighbours],
    }


def plan_depth(call: Call) -> dict[str, Any]:
    """Serves `plan-depth`. Fails with cameras_unreliable when no two views show the same."""
    scene = Scene(call.request["sceneDir"])
    preset = PRESETS[call.request["quality"]]
    views = read_views(scene, preset.depth_side)
    planned = []
    for number, view in enumerate(views):
        entry = plan_view(view, views, preset.depth_sources)
        if entry is None:
            call.log(f"Photo {view.photo} shares too little with the others: its depth is not measured")
        else:
            planned.append(entry)
        call.progress((number + 1) / len(views))
    known = {entry["photo"] for entry in planned}
    for entry in planned:
        for name in ("sources", "neighbours"):
            entry[name] = [photo for photo in entry[name] if photo in known]
    planned = [entry for entry in planned if entry["sources"]]
    if len(planned) < 2:
        raise Failure(
            "cameras_unreliable",
            "No two photos show the same part of the thing well enough to measure depth. Take more photos, each from a "
            "step of about 10° beside the one before.",
        )
    scene.write_json(PLAN, {"views": planned})
    np.savez(
        scene.path(POINTS),
        **{str(view.photo): view.project(view.xyz).astype(np.float32) for view in views},
    )
    width, height = max(((entry["width"], entry["height"]) for entry in planned), key=max)
    call.log(f"{len(planned)} depth maps of up to {width}×{height}, each against up to {preset.depth_sources} others")
    return {"photos": [entry["photo"] for entry in planned]}
