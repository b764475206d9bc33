"""How much a textured model looks like the object from where no photo was taken."""

from pathlib import Path

import cv2
import numpy as np
import open3d as o3d
from PIL import Image

from .reconstruction import Textured
from .surface import caster
from .truth import Pose, Truth

SAMPLES = 2
"""Squared: rays of a pixel."""
EDGE_PX = 5
"""Pixels nearer than half of this to the edge of what the model covers are not compared."""
WINDOW_PX = 11
"""Of SSIM; pixels whose window is not covered whole don't count."""
NOT_COVERED = 127.0


def compare_views(textured: Textured, truth: Truth, pictures: Path | None) -> dict:
    """Means over the held-out views, and each of them. `psnrDb` and `ssim` are of the pixels that the model covers,
    as the photos show them; `objectPsnrDb` of all pixels of the object, grey where the model has a hole;
    `psnrAfterGainDb` when one factor per channel for all views makes up for the exposure, which the model may
    choose."""
    lens, scene = truth.json["heldOutCamera"], caster(textured.vertices, textured.faces)
    object_scene = caster(*truth.object_mesh)
    whole_scene = caster(*truth.scene_mesh)
    rows, wanted, got = [], [], []
    for path, pose in truth.held_out():
        target = np.asarray(Image.open(path).convert("RGB")).astype(np.float32)
        drawn, covered = draw(textured, scene, pose, lens)
        inside, in_window = erode(covered, EDGE_PX), erode(covered, WINDOW_PX)
        is_object = _first_hits(object_scene, whole_scene, pose, lens)
        rows.append(
            {
                "view": path.name,
                "psnrDb": psnr(drawn[inside], target[inside]),
                "ssim": float(ssim(drawn, target)[in_window].mean()) if in_window.any() else None,
                "objectPsnrDb": psnr(drawn[is_object], target[is_object]),
                "coveredOfObject": float(covered[is_object].mean()),
            }
        )
        wanted.append(target[inside])
        got.append(drawn[inside])
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.hstack([target, drawn]).astype(np.uint8)).save(pictures / path.name)
    means = {key: _mean([row[key] for row in rows]) for key in rows[0] if key != "view"}
    return {**means, "psnrAfterGainDb": _psnr_after_gain(got, wanted), "perView": rows}


def draw(
    textured: Textured, scene: o3d.t.geometry.RaycastingScene, pose: Pose, lens: dict
) -> tuple[np.ndarray, np.ndarray]:
    """The model as a camera of truth.json sees it: (h,w,3) float32 0–255, grey where it isn't, and whether it covers
    each pixel whole."""
    height, width = lens["height"], lens["width"]
    hits = scene.cast_rays(o3d.core.Tensor(pixel_rays(pose, lens, SAMPLES)))
    covered = np.isfinite(hits["t_hit"].numpy())
    corners = textured.faces[hits["primitive_ids"].numpy()[covered]]
    weights = hits["primitive_uvs"].numpy()[covered]
    weights = np.concatenate([1 - weights.sum(axis=1, keepdims=True), weights], axis=1)
    uv = (weights[:, :, None] * textured.uv[corners]).sum(axis=1)
    colors = np.full((*covered.shape, 3), NOT_COVERED, np.float32)
    colors[covered] = look_up(textured.picture, uv)
    size = (width, height)
    whole = cv2.resize(covered.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.999
    return cv2.resize(colors, size, interpolation=cv2.INTER_AREA), whole


def erode(mask: np.ndarray, side: int) -> np.ndarray:
    """The pixels of a mask (h,w) around which a square of `side` pixels lies in it."""
    return cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def pixel_rays(pose: Pose, lens: dict, samples: int) -> np.ndarray:
    """(h·samples, w·samples, 6) float32: origin and direction of each sample's ray, of a camera without distortion."""
    x = (np.arange(lens["width"] * samples) + 0.5) / samples
    y = (np.arange(lens["height"] * samples) + 0.5) / samples
    x, y = np.meshgrid((x - lens["cx"]) / lens["fx"], (y - lens["cy"]) / lens["fy"])
    directions = np.stack([x, y, np.ones_like(x)], axis=-1) @ pose.rotation
    return np.concatenate([np.broadcast_to(pose.center, directions.shape), directions], axis=-1).astype(np.float32)


def look_up(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Colours (n,3) float32 at uv (n,2), v down, bilinear between the middles of texels, as glTF's sampler does."""
    height, width = picture.shape[:2]
    x, y = uv[:, 0] * width - 0.5, uv[:, 1] * height - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right_share, lower_share = (x - left)[:, None], (y - top)[:, None]
    columns, rows = np.clip([left, left + 1], 0, width - 1), np.clip([top, top + 1], 0, height - 1)
    upper = picture[rows[0], columns[0]] * (1 - right_share) + picture[rows[0], columns[1]] * right_share
    lower = picture[rows[1], columns[0]] * (1 - right_share) + picture[rows[1], columns[1]] * right_share
    return (upper * (1 - lower_share) + lower * lower_share).astype(np.float32)


def psnr(values: np.ndarray, targets: np.ndarray) -> float | None:
    """Peak signal-to-noise ratio of values 0–255, dB; None without values, capped at 100."""
    if values.size == 0:
        return None
    error = float(np.mean((values.astype(np.float64) - targets) ** 2))
    return min(100.0, float(10 * np.log10(255**2 / error))) if error > 0 else 100.0


def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Structural similarity of the luma of two pictures (h,w,3) 0–255, per pixel (h,w): Gaussian of WINDOW_PX, sigma
    1.5, constants 0.01 and 0.03 (Wang et al. 2004)."""
    luma = np.array([0.299, 0.587, 0.114])
    a, b = first.astype(np.float64) @ luma, second.astype(np.float64) @ luma

    def blur(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, (WINDOW_PX, WINDOW_PX), 1.5)

    mean_a, mean_b = blur(a), blur(b)
    variance_a, variance_b, covariance = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    )


def _first_hits(
    object_scene: o3d.t.geometry.RaycastingScene, whole_scene: o3d.t.geometry.RaycastingScene, pose: Pose, lens: dict
) -> np.ndarray:
    """(h,w) bool: pixels in which the object is in front."""
    rays = o3d.core.Tensor(pixel_rays(pose, lens, 1))
    object_at, scene_at = (scene.cast_rays(rays)["t_hit"].numpy() for scene in (object_scene, whole_scene))
    return np.isfinite(object_at) & (object_at <= scene_at * 1.0001)


def _psnr_after_gain(got: list[np.ndarray], wanted: list[np.ndarray]) -> float | None:
    """The factor of each channel that fits best is found on all views together, in the values as stored."""
    values, targets = np.concatenate(got).astype(np.float64), np.concatenate(wanted).astype(np.float64)
    if values.size == 0:
        return None
    gains = (values * targets).sum(axis=0) / np.maximum((values**2).sum(axis=0), 1e-9)
    return psnr(values * gains, targets)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
