"""The undistorted views: pinhole cameras with their poses, from COLMAP's model in the scene folder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..failure import Failure
from ..scene import Scene


@dataclass(frozen=True)
class View:
    """A pinhole camera. `x_cam = rotation · x_world + translation`; pixel centres of `focal` and `center` are at
    +0.5."""

    photo: int
    image: str
    width: int
    height: int
    focal: np.ndarray
    """(fx, fy) in pixels of an image of `width` × `height`."""
    center: np.ndarray
    """(cx, cy) in the same pixels."""
    rotation: np.ndarray
    translation: np.ndarray
    median_depth: float
    """Along z, of the feature points that this view saw; scene units."""

    @property
    def position(self) -> np.ndarray:
        """The camera's centre in the world."""
        return -self.rotation.T @ self.translation

    def camera_points(self, points: np.ndarray) -> np.ndarray:
        """World points (n, 3) in the camera's frame, float32."""
        return points @ self.rotation.T.astype(np.float32) + self.translation.astype(np.float32)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World points (n, 3) → pixels (n, 2), where the first pixel spans 0 to 1, and depths (n,) along z.

        Pixels of points behind the camera (depth ≤ 0) mean nothing.
        """
        camera = self.camera_points(points)
        depth = camera[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = camera[:, :2] / depth[:, None]
        pixels = pixels * self.focal.astype(np.float32) + self.center.astype(np.float32)
        return np.nan_to_num(pixels, nan=-1.0, posinf=-1.0, neginf=-1.0), depth


def read_views(scene: Scene) -> list[View]:
    """The views of `undistorted/sparse`, by photo, without those that `fuse` dropped (they have no file in `fused/`).

    A Failure `cameras_unreliable` when there are none.
    """
    import pycolmap  # after NumPy: its import takes 0.3 s, which tests of the geometry don't need

    model = pycolmap.Reconstruction(str(scene.path("undistorted", "sparse")))
    confirmed = {int(path.stem) for path in scene.directory.joinpath("fused").glob("*.npz")}
    views = []
    for image in model.images.values():
        photo = int(Path(image.name).stem)
        if not image.has_pose or (confirmed and photo not in confirmed):
            continue
        camera, pose = model.cameras[image.camera_id], image.cam_from_world()
        rotation, translation = np.array(pose.rotation.matrix()), np.array(pose.translation)
        seen = [model.points3D[point.point3D_id].xyz for point in image.points2D if point.has_point3D()]
        depths = (np.array(seen).reshape(-1, 3) @ rotation.T + translation)[:, 2]
        calibration = camera.calibration_matrix()
        views.append(
            View(
                photo=photo,
                image=image.name,
                width=camera.width,
                height=camera.height,
                focal=calibration[[0, 1], [0, 1]],
                center=calibration[[0, 1], [2, 2]],
                rotation=rotation,
                translation=translation,
                median_depth=float(np.median(depths)) if len(depths) else 0.0,
            )
        )
    if not views:
        raise Failure("cameras_unreliable", "There is no camera to build a surface from.")
    return sorted(views, key=lambda view: view.photo)
