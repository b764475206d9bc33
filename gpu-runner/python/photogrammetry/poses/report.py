"""`poses.json`: what was placed, kept and dropped, and why (scene folder; the job's report and cameras.json read
it)."""

from typing import Any

import numpy as np
import pycolmap

from .database import camera_ids, camera_key, prior_focal_px
from .epipolar import consistent_matches, poses_of
from .gaps import Gap, azimuths_deg, find_gaps, gap_advice, look_at_point, up_axis
from .gate import CHECK_PX, Agreement, Signs
from .settle import Settled
from .sparse import MatchedScene

SAMPLE_POINTS = 2_000
HISTOGRAM_EDGES_PX = [round(0.1 * step, 1) for step in range(21)]
TRACK_EDGES = [2, 3, 4, 5, 6, 8, 10, 15, 20, 50]
GAP_RIG_MIN_VIEWS = 4


def poses_json(
    photos: list[dict[str, Any]],
    scene: MatchedScene,
    settled: Settled,
    dropped: dict[int, str],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """The file's content. `dropped`: reason by photo id, of all photos in use that have no pose; `facts`: what the
    caller knows (mapper, matching, models, seconds)."""
    model = settled.repaired.model
    kept = set(model.reg_image_ids())
    files = {photo["id"]: photo["file"] for photo in photos}
    gaps = model_gaps(model)
    return {
        "photos": len(photos),
        "registered": len(kept) + len(settled.reasons),
        "kept": len(kept),
        **facts,
        "cameras": [_camera(model, camera_id, photos) for camera_id in sorted(model.cameras)],
        "views": [_view(photo, settled, kept, dropped) for photo in photos],
        "dropped": [{"file": files[image_id], "reason": reason} for image_id, reason in sorted(dropped.items())],
        "points": model.num_points3D(),
        "observations": model.compute_num_observations(),
        "reprojectionErrorPx": round(model.compute_mean_reprojection_error(), 4),
        "meanTrackLength": round(model.compute_mean_track_length(), 3),
        **_histograms(model),
        "pairs": _pairs(scene, model),
        "gaps": [_gap(gap, files) for gap in gaps],
        "sample": _sample(model),
    }


def model_gaps(model: pycolmap.Reconstruction) -> list[Gap]:
    """Steps around the thing that are too wide."""
    ids = sorted(model.reg_image_ids())
    if len(ids) < GAP_RIG_MIN_VIEWS:
        return []
    matrices = [model.images[image_id].cam_from_world().matrix() for image_id in ids]
    centers = np.array([-matrix[:, :3].T @ matrix[:, 3] for matrix in matrices])
    target = look_at_point(centers, np.array([matrix[2, :3] for matrix in matrices]))
    up = up_axis(centers, np.array([-matrix[1, :3] for matrix in matrices]))
    return find_gaps(ids, azimuths_deg(centers, target, up))


def _gap(gap: Gap, files: dict[int, str]) -> dict[str, Any]:
    return {"between": [files[gap.a], files[gap.b]], "degrees": round(gap.degrees, 1), "advice": gap_advice(gap)}


def _camera(model: pycolmap.Reconstruction, camera_id: int, photos: list[dict[str, Any]]) -> dict[str, Any]:
    camera = model.cameras[camera_id]
    ids = camera_ids(photos)
    members = [photo for photo in photos if ids[camera_key(photo)] == camera_id]
    return {
        "id": camera_id,
        "model": camera.model_name,
        "width": camera.width,
        "height": camera.height,
        "params": [float(value) for value in camera.params],
        "focalPx": float(camera.mean_focal_length()),
        "priorFocalPx": prior_focal_px(members),
        "photos": len(members),
    }


def _view(photo: dict[str, Any], settled: Settled, kept: set[int], dropped: dict[int, str]) -> dict[str, Any]:
    image_id = photo["id"]
    signs = settled.signs.get(image_id)
    pose: dict[str, Any] = {"center": None, "rotation": None}
    if image_id in kept:
        matrix = settled.repaired.model.images[image_id].cam_from_world().matrix()
        pose = {"center": (-matrix[:, :3].T @ matrix[:, 3]).tolist(), "rotation": matrix[:, :3].tolist()}
    return {
        "photo": image_id,
        "file": photo["file"],
        "registered": signs is not None,
        "kept": image_id in kept,
        "reason": dropped.get(image_id),
        **_numbers(signs),
        "agreement": _agreement(settled.agreement.get(image_id)),
        **pose,
        "cameraId": settled.repaired.model.images[image_id].camera_id,
    }


def _numbers(signs: Signs | None) -> dict[str, Any]:
    if signs is None:
        names = ("consistency", "reprojectionErrorPx", "support", "rival", "sigmaPercent", "spread")
        return {"points": 0, "longTracks": 0, "meanTrackLength": 0, **dict.fromkeys(names)}
    resection = signs.resection
    share = resection.support / resection.candidates if resection and resection.candidates else 0.0
    return {
        "points": signs.points,
        "longTracks": signs.long_tracks,
        "meanTrackLength": round(signs.mean_track_length, 2),
        "reprojectionErrorPx": round(signs.reprojection_error_px, 3),
        "consistency": round(signs.consistency if signs.consistency is not None else share, 3),
        "support": round(share, 3),
        "rival": round(resection.rival / resection.support, 3) if resection and resection.support else None,
        "sigmaPercent": round(signs.sigma_percent, 4) if np.isfinite(signs.sigma_percent) else None,
        "spread": round(signs.spread, 2),
    }


def _agreement(agreement: Agreement | None) -> dict[str, float] | None:
    if agreement is None:
        return None
    return {"centerPercent": round(agreement.center_percent, 4), "rotationDeg": round(agreement.rotation_deg, 4)}


def _histograms(model: pycolmap.Reconstruction) -> dict[str, Any]:
    """Points by mean reprojection error and by track length; what lies beyond the last edge counts in the last bin."""
    points = [model.points3D[point_id] for point_id in sorted(model.point3D_ids())]
    errors = np.clip([point.error for point in points], HISTOGRAM_EDGES_PX[0], HISTOGRAM_EDGES_PX[-1])
    lengths = np.clip([point.track.length() for point in points], TRACK_EDGES[0], TRACK_EDGES[-1])
    return {
        "reprojectionHistogram": {
            "edges": HISTOGRAM_EDGES_PX,
            "counts": np.histogram(errors, HISTOGRAM_EDGES_PX)[0].tolist(),
        },
        "trackHistogram": {"edges": TRACK_EDGES, "counts": np.histogram(lengths, TRACK_EDGES)[0].tolist()},
    }


def _pairs(scene: MatchedScene, model: pycolmap.Reconstruction) -> list[dict[str, int]]:
    poses = poses_of(model, scene.keypoints)
    result = []
    for pair in scene.pairs:
        known = pair.a in poses.R and pair.b in poses.R
        fitting = int(consistent_matches(poses, pair, CHECK_PX * scene.pixel).sum()) if known else 0
        result.append({"a": pair.a, "b": pair.b, "matches": len(pair.matches), "consistent": fitting})
    return result


def _sample(model: pycolmap.Reconstruction) -> list[list[float]]:
    """Points that most views see, evenly picked: x, y, z, r, g, b."""
    ids = sorted(model.point3D_ids(), key=lambda point_id: (-model.points3D[point_id].track.length(), point_id))
    long = [point_id for point_id in ids if model.points3D[point_id].track.length() >= 3] or ids
    rows = []
    for point_id in long[:: max(1, -(-len(long) // SAMPLE_POINTS))]:
        point = model.points3D[point_id]
        rows.append([*(round(float(value), 5) for value in point.xyz), *(int(value) for value in point.color)])
    return rows
