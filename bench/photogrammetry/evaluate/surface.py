"""How near a surface is to the object's, and how much of the object it has."""

import numpy as np
import open3d as o3d

from .truth import Pose, Truth

RESULT_SAMPLES = 400_000
TRUTH_SAMPLES = 60_000
SEEN_BY = 3
"""A point of the object must be in so many photos before a model can be expected to have it."""
MARGIN = 0.03
"""Of the diagonal, around the object's box: what lies farther out is not compared."""
OFFSET = 5e-4
"""Of the diagonal: rays begin this much above the surface."""
LIMITS = (0.5, 1.0, 2.0)
"""Per cent of the diagonal."""


def compare_surface(vertices: np.ndarray, faces: np.ndarray, truth: Truth, used: list[Pose]) -> dict:
    """Figures of a mesh in the frame of the truth, in per cent of the diagonal of the object's box.

    accuracy: distances of the mesh's points to the truth, of those that are nearer to the object than to the ground.
    completeness: distances to the mesh of the object's points that at least three of the cameras `used` see; over all
    of its points as `allCompleteness`. chamfer: the mean of both means."""
    rng = np.random.default_rng(0)
    object_caster, scene_caster, found_caster = (
        caster(*mesh) for mesh in (truth.object_mesh, truth.scene_mesh, (vertices, faces))
    )

    points, _ = sample(vertices, faces, RESULT_SAMPLES, rng)
    lower, upper = (np.array(corner) for corner in truth.json["objectBounds"])
    near = ((points > lower - MARGIN * truth.diagonal) & (points < upper + MARGIN * truth.diagonal)).all(axis=1)
    points = points[near]
    to_object, to_scene = distances(object_caster, points), distances(scene_caster, points)
    accuracy = to_scene[to_object <= to_scene + 1e-6 * truth.diagonal] / truth.diagonal * 100

    points, normals = sample(*truth.object_mesh, TRUTH_SAMPLES, rng)
    seen = count_views(points, normals, used, truth.json["camera"], scene_caster, OFFSET * truth.diagonal) >= SEEN_BY
    to_found = distances(found_caster, points) / truth.diagonal * 100
    return {
        "accuracy": _describe(accuracy),
        "completeness": _describe(to_found[seen]),
        "allCompleteness": _describe(to_found),
        "chamferPercent": float((accuracy.mean() + to_found[seen].mean()) / 2) if accuracy.size else None,
        "seenShare": float(seen.mean()),
        "triangles": len(faces),
    }


def caster(vertices: np.ndarray, faces: np.ndarray) -> o3d.t.geometry.RaycastingScene:
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(vertices.astype(np.float32)), o3d.core.Tensor(faces.astype(np.uint32)))
    return scene


def distances(scene: o3d.t.geometry.RaycastingScene, points: np.ndarray) -> np.ndarray:
    """Of (n,3) points to the nearest surface, (n,) float32, unsigned."""
    return scene.compute_distance(o3d.core.Tensor(points.astype(np.float32))).numpy()


def sample(
    vertices: np.ndarray, faces: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`count` points spread evenly over the area, and the unit normals of their triangles; each (count,3)."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    normals = np.cross(b - a, c - a)
    doubled_areas = np.linalg.norm(normals, axis=1)
    chosen = rng.choice(len(faces), count, p=doubled_areas / doubled_areas.sum())
    # The square root makes points even over a triangle (Turk, Graphics Gems I, 1990).
    s, t = np.sqrt(rng.random(count))[:, None], rng.random(count)[:, None]
    points = (1 - s) * a[chosen] + s * (1 - t) * b[chosen] + s * t * c[chosen]
    return points, normals[chosen] / doubled_areas[chosen, None]


def count_views(
    points: np.ndarray,
    normals: np.ndarray,
    poses: list[Pose],
    lens: dict,
    scene: o3d.t.geometry.RaycastingScene,
    offset: float,
) -> np.ndarray:
    """How many cameras see the front of each point (n,): in the picture, and nothing in between. The lens is one of
    truth.json."""
    counts = np.zeros(len(points), int)
    for pose in poses:
        towards = pose.center - points
        away = np.linalg.norm(towards, axis=1)
        facing = np.flatnonzero((np.sum(towards * normals, axis=1) > 0) & in_picture(points, pose, lens))
        origins = points[facing] + normals[facing] * offset
        rays = np.concatenate([origins, towards[facing] / away[facing, None]], axis=1).astype(np.float32)
        hidden = scene.test_occlusions(o3d.core.Tensor(rays), tfar=float(away.max())).numpy()
        counts[facing[~hidden]] += 1
    return counts


def in_picture(points: np.ndarray, pose: Pose, lens: dict) -> np.ndarray:
    """Whether a camera's picture has room for each of (n,3) points. (n,) bool."""
    in_camera = (points - pose.center) @ pose.rotation.T
    in_front = in_camera[:, 2] > 0
    plane = in_camera[:, :2] / np.where(in_front, in_camera[:, 2], 1)[:, None]
    squared = (plane**2).sum(axis=1, keepdims=True)
    seen = plane * (1 + lens["k1"] * squared + lens["k2"] * squared**2)
    x, y = lens["fx"] * seen[:, 0] + lens["cx"], lens["fy"] * seen[:, 1] + lens["cy"]
    return in_front & (x >= 0) & (x <= lens["width"]) & (y >= 0) & (y <= lens["height"])


def _describe(percent: np.ndarray) -> dict | None:
    """Mean and median distance, and the share within each limit; all in per cent."""
    if percent.size == 0:
        return None
    within = {f"within{limit:g}": float((percent <= limit).mean() * 100) for limit in LIMITS}
    return {"mean": float(percent.mean()), "median": float(np.median(percent)), **within}
