"""A small scene that is known exactly: a textured plane that a textured ball looks out of, seen by cameras side by
side."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pycolmap

PLANE_Z, BALL_CENTRE, BALL_RADIUS = 5.0, np.array([0.1, 0.0, 5.4]), 1.0


@dataclass(frozen=True)
class TrueView:
    """x_cam = R · x_world + t; the focal length in pixels; the principal point is the middle of the picture."""

    photo: int
    width: int
    height: int
    focal: float
    R: np.ndarray
    t: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        return -self.R.T @ self.t

    def rays(self) -> np.ndarray:
        """(h, w, 3) of the pixels' middles in the world, with z_cam = 1."""
        x = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        y = (np.arange(self.height) + 0.5 - self.height / 2) / self.focal
        camera = np.stack([*np.meshgrid(x, y), np.ones((self.height, self.width))], axis=-1)
        return camera @ self.R

    def depth(self) -> np.ndarray:
        """(h, w) along the camera's z."""
        rays, start = self.rays(), self.centre
        plane = (PLANE_Z - start[2]) / rays[..., 2]
        a, b = (rays**2).sum(-1), rays @ (start - BALL_CENTRE)
        c = ((start - BALL_CENTRE) ** 2).sum() - BALL_RADIUS**2
        inside = b**2 - a * c
        ball = np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0))) / a, np.inf)
        return np.minimum(plane, ball)

    def is_ball(self) -> np.ndarray:
        return self.points()[..., 2] < PLANE_Z - 0.05

    def points(self) -> np.ndarray:
        """(h, w, 3) in the world."""
        return self.centre + self.rays() * self.depth()[..., None]

    def picture(self) -> np.ndarray:
        """(h, w) uint8: a texture in space, so that all views see the same on the surface."""
        rng = np.random.default_rng(1)
        points, value = self.points(), 0.0
        for _ in range(30):
            direction = rng.normal(size=3)
            direction *= rng.uniform(6, 22) / np.linalg.norm(direction)
            value = value + np.sin(points @ direction + rng.uniform(0, 6))
        return np.clip(128 + 18 * value, 0, 255).astype(np.uint8)


def on_surface(points: np.ndarray) -> np.ndarray:
    """(n,) bool: which points (n, 3) are within 0.05 (1 % of the distance) of the plane or the ball."""
    ball = np.abs(np.linalg.norm(points - BALL_CENTRE, axis=1) - BALL_RADIUS)
    return np.minimum(np.abs(points[:, 2] - PLANE_Z), ball) < 0.05


def looking(photo: int, position, target, width: int, height: int, focal: float) -> TrueView:
    """A camera at `position` that looks at `target`, its y axis down."""
    position = np.asarray(position, float)
    z = np.asarray(target, float) - position
    z /= np.linalg.norm(z)
    x = np.cross([0, 1, 0], z)
    x /= np.linalg.norm(x)
    R = np.stack([x, np.cross(z, x), z])
    return TrueView(photo, width, height, focal, R, -R @ position)


def views(count: int, width: int = 96, height: int = 72) -> list[TrueView]:
    """Cameras side by side, alternately above and below."""
    at = np.linspace(-0.75, 0.75, count)
    return [
        looking(number + 1, (x, 0.3 * (-1) ** number, 0), (0, 0, 4.3), width, height, 1.05 * width)
        for number, x in enumerate(at)
    ]


def write_scene(directory: Path, true_views: list[TrueView], wrong: dict[int, TrueView] | None = None) -> None:
    """The undistorted scene of the views; `wrong` gives other poses for some photos."""
    images = directory / "undistorted" / "images"
    images.mkdir(parents=True)
    model = pycolmap.Reconstruction()
    posed = [(wrong or {}).get(view.photo, view) for view in true_views]
    tracks = _tracks(true_views)
    for view, pose in zip(true_views, posed, strict=True):
        cv2.imwrite(str(images / f"{view.photo:06d}.jpg"), view.picture(), [cv2.IMWRITE_JPEG_QUALITY, 98])
        numbers = [view.focal, view.focal, view.width / 2, view.height / 2]
        camera = pycolmap.Camera(
            camera_id=view.photo, model="PINHOLE", width=view.width, height=view.height, params=numbers
        )
        model.add_camera_with_trivial_rig(camera)
        image = pycolmap.Image(
            name=f"{view.photo:06d}.jpg",
            keypoints=np.array([seen[view.photo] for _, seen in tracks if view.photo in seen]).reshape(-1, 2),
            camera_id=view.photo,
            image_id=view.photo,
        )
        model.add_image_with_trivial_frame(image, pycolmap.Rigid3d(pycolmap.Rotation3d(pose.R), pose.t))
    used = dict.fromkeys((view.photo for view in true_views), 0)
    for point, seen in tracks:
        track = pycolmap.Track()
        for photo in seen:
            track.add_element(photo, used[photo])
            used[photo] += 1
        model.add_point3D(point, track)
    sparse = directory / "undistorted" / "sparse"
    sparse.mkdir()
    model.write(str(sparse))
    photos = [{"id": view.photo, "file": f"IMG_{view.photo}.JPG", "use": True} for view in true_views]
    (directory / "photos.json").write_text(json.dumps({"photos": photos, "skipped": []}))


def _tracks(true_views: list[TrueView]) -> list[tuple[np.ndarray, dict[int, np.ndarray]]]:
    """Points of the surface and where each view sees them."""
    rng = np.random.default_rng(2)
    depths = {view.photo: view.depth() for view in true_views}
    tracks = []
    for view in true_views:
        points = view.points().reshape(-1, 3)
        for point in points[rng.choice(len(points), 40, replace=False)]:
            seen = {}
            for other in true_views:
                x, y, z = other.R @ point + other.t
                u, v = x / z * other.focal + other.width / 2, y / z * other.focal + other.height / 2
                if 0 < u < other.width and 0 < v < other.height and abs(depths[other.photo][int(v), int(u)] - z) < 0.05:
                    seen[other.photo] = np.array([u, v])
            if len(seen) > 1:
                tracks.append((point, seen))
    return tracks
