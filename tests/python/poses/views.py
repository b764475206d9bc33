"""A small synthetic scene for the tests: cameras around random points, and their verified matches with noise, as
`MatchedScene`."""

import tempfile
from pathlib import Path

import numpy as np
import pycolmap
from photogrammetry.poses.database import SceneDatabase, create_database
from photogrammetry.poses.match import quiet
from photogrammetry.poses.sparse import MatchedScene, load_matched_scene, model_with

quiet()

WIDTH, HEIGHT, FOCAL = 640, 480, 600.0


def photo(image_id: int, **more) -> dict:
    """A photo as check-photos leaves it."""
    return {
        "id": image_id,
        "file": f"photo{image_id}.jpg",
        "image": f"{image_id:06d}.jpg",
        "width": WIDTH,
        "height": HEIGHT,
        "focalPx": FOCAL,
        "camera": "one",
        "exif": {"gps": None},
        "use": True,
        **more,
    }


def pose_at(azimuth_deg: float, distance: float = 4.0, height: float = 1.5) -> pycolmap.Rigid3d:
    """Camera from world, on a circle about the z axis, looking at the origin, upright."""
    azimuth = np.radians(azimuth_deg)
    center = np.array([distance * np.cos(azimuth), distance * np.sin(azimuth), height])
    forward = -center / np.linalg.norm(center)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    R = np.array([right, np.cross(forward, right), forward])
    return pycolmap.Rigid3d(pycolmap.Rotation3d(R), -R @ center)


def projected(pose: pycolmap.Rigid3d, xyz: np.ndarray) -> np.ndarray:
    """Pixels of points `(n, 3)`, `(n, 2)`."""
    matrix = pose.matrix()
    in_camera = xyz @ matrix[:, :3].T + matrix[:, 3]
    return FOCAL * in_camera[:, :2] / in_camera[:, 2:] + [WIDTH / 2, HEIGHT / 2]


class Turntable:
    """Views `step_deg` apart, that all see the same `points`; features have noise of `noise_px`."""

    def __init__(self, views: int, step_deg: float, points: int = 150, noise_px: float = 0.3, seed: int = 0):
        random = np.random.default_rng(seed)
        self.poses = {image_id: pose_at(step_deg * image_id) for image_id in range(1, views + 1)}
        self.xyz = random.uniform(-1, 1, (points, 3))
        self.photos = [photo(image_id) for image_id in self.poses]
        self.keypoints = {}
        for image_id, pose in self.poses.items():
            pixels = projected(pose, self.xyz)
            self.keypoints[image_id] = pixels + random.normal(0, noise_px, pixels.shape)

    def matched(self) -> MatchedScene:
        """Every pair matched right, through a real database."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "database.db"
            create_database(path, self.photos)
            with SceneDatabase(path) as database:
                self._write(database)
            return load_matched_scene(path)

    def _write(self, database: pycolmap.Database) -> None:
        every = np.arange(len(self.xyz), dtype=np.uint32)
        for image_id, pixels in self.keypoints.items():
            database.write_keypoints(image_id, np.column_stack([pixels, np.ones((len(pixels), 2))]).astype(np.float32))
        for a in self.poses:
            for b in range(a + 1, len(self.poses) + 1):
                geometry = pycolmap.TwoViewGeometry()
                geometry.config = pycolmap.TwoViewGeometryConfiguration.CALIBRATED
                geometry.inlier_matches = np.column_stack([every, every])
                database.write_two_view_geometry(a, b, geometry)

    def model(self, matched: MatchedScene, poses: dict | None = None) -> pycolmap.Reconstruction:
        """Without points, at the true poses, or at `poses`."""
        return model_with(matched, poses or self.poses, matched.cache.cameras.values())

    def shifted(self, image_id: int, by: list[float]) -> dict[int, pycolmap.Rigid3d]:
        """The true poses, but one camera's centre moved."""
        pose = self.poses[image_id]
        R = pose.matrix()[:, :3]
        center = -R.T @ pose.matrix()[:, 3] + by
        return {**self.poses, image_id: pycolmap.Rigid3d(pycolmap.Rotation3d(R), -R @ center)}
