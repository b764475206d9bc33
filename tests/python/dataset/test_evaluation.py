import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import trimesh
from evaluate.cameras import compare_cameras, turn_deg
from evaluate.evaluation import evaluate
from evaluate.reconstruction import FoundCamera
from evaluate.surface import in_picture, sample
from evaluate.truth import Pose, Truth
from evaluate.views import look_up, psnr, ssim
from PIL import Image
from scipy.spatial.transform import Rotation
from turntable.orbit import held_out_poses, photo_poses

SIZE = 0.05
LENS = {"width": 96, "height": 72, "fx": 100.0, "fy": 100.0, "cx": 48.0, "cy": 36.0, "k1": 0.0, "k2": 0.0}
GLTF_AXES = np.diag([1.0, -1.0, -1.0])


def write_dataset(folder: Path) -> list:
    """A ball without a ground: truth.json, meshes and grey held-out views. Returns the photos' poses."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=SIZE)
    ball.apply_translation([0, 0, 0.075])
    for name in ("object.ply", "scene.ply"):
        ball.export(folder / name)
    poses = photo_poses(12, 360, np.random.default_rng(0))
    held_out = held_out_poses(360)
    for index in range(len(held_out)):
        Image.new("RGB", (LENS["width"], LENS["height"]), (100, 120, 140)).save(folder / f"t{index}.png")
    truth = {
        "camera": LENS,
        "heldOutCamera": LENS,
        "views": [view(f"photos/v{i:03d}.jpg", pose) for i, pose in enumerate(poses)],
        "heldOut": [view(f"t{i}.png", pose) for i, pose in enumerate(held_out)],
        "objectBounds": ball.bounds.tolist(),
        "objectDiagonal": float(np.linalg.norm(np.ptp(ball.bounds, axis=0))),
        "meanCameraDistance": 0.44,
    }
    (folder / "truth.json").write_text(json.dumps(truth))
    return poses


def view(file: str, pose: tuple) -> dict:
    return {"file": file, "R": pose[0].tolist(), "C": pose[1].tolist()}


def write_result(folder: Path, dataset: Path, poses: list, grow: float = 1.0, keep: slice = slice(None)) -> None:
    """cameras.json and model.glb in a turned, larger frame: the dataset's own mesh, grown, in one colour."""
    turn, scale, offset = Rotation.random(random_state=2).as_matrix(), 3.0, np.array([1.0, 2.0, 3.0])
    cameras = [
        {
            "file": f"v{i:03d}.jpg",
            "position": (scale * turn @ center + offset).tolist(),
            "rotation": Rotation.from_matrix(turn @ rotation.T @ GLTF_AXES).as_quat().tolist(),
        }
        for i, (rotation, center) in enumerate(poses)
    ]
    (folder / "cameras.json").write_text(json.dumps({"cameras": cameras}))
    mesh = trimesh.load(dataset / "object.ply", process=False)
    middle = mesh.bounds.mean(axis=0)
    vertices = scale * ((mesh.vertices - middle) * grow + middle) @ turn.T + offset
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.new("RGB", (8, 8), (100, 120, 140)))
    visual = trimesh.visual.TextureVisuals(uv=np.full((len(vertices), 2), 0.5), material=material)
    trimesh.Trimesh(vertices, mesh.faces[keep], visual=visual, process=False).export(folder / "model.glb")


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.dataset, self.result = Path(temporary.name) / "dataset", Path(temporary.name) / "result"
        self.dataset.mkdir()
        self.result.mkdir()
        self.poses = write_dataset(self.dataset)

    def evaluate(self) -> dict:
        return evaluate(self.result, self.dataset, ["cameras", "surface", "views"])

    def test_perfect(self):
        """The truth itself in another frame is without error: cameras, surface and pictures"""
        write_result(self.result, self.dataset, self.poses)
        figures = self.evaluate()
        self.assertLess(figures["cameras"]["rmsePercent"], 1e-9)
        self.assertEqual((figures["cameras"]["right"], figures["cameras"]["wrong"]), (12, []))
        self.assertLess(figures["surface"]["chamferPercent"], 1e-3)
        self.assertEqual(figures["surface"]["completeness"]["within0.5"], 100)
        self.assertGreater(figures["views"]["psnrDb"], 50)
        self.assertGreater(figures["views"]["ssim"], 0.999)
        self.assertGreater(figures["views"]["coveredOfObject"], 0.8)

    def test_grown(self):
        """A surface that lies 1.5 % of the diagonal too far out is measured as such"""
        diagonal = 2 * SIZE * np.sqrt(3)
        write_result(self.result, self.dataset, self.poses, grow=1 + 0.015 * diagonal / SIZE)
        surface = self.evaluate()["surface"]
        self.assertAlmostEqual(surface["accuracy"]["mean"], 1.5, delta=0.02)
        self.assertAlmostEqual(surface["completeness"]["mean"], 1.5, delta=0.02)
        self.assertEqual((surface["accuracy"]["within1"], surface["accuracy"]["within2"]), (0, 100))

    def test_half(self):
        """Half a surface is accurate and not complete, and its hole counts against its pictures"""
        write_result(self.result, self.dataset, self.poses, keep=slice(0, 2000))
        figures = self.evaluate()
        self.assertEqual(figures["surface"]["accuracy"]["within0.5"], 100)
        self.assertLess(figures["surface"]["allCompleteness"]["within1"], 70)
        self.assertLess(figures["views"]["objectPsnrDb"], figures["views"]["psnrDb"])

    def test_wrong_camera(self):
        """A camera that is elsewhere, or looks elsewhere, is named, and does not spoil the others"""
        self.poses[3] = (self.poses[3][0], self.poses[3][1] + [0.01, 0, 0])
        self.poses[7] = (Rotation.from_euler("y", 1, degrees=True).as_matrix() @ self.poses[7][0], self.poses[7][1])
        write_result(self.result, self.dataset, self.poses)
        cameras = self.evaluate()["cameras"]
        self.assertEqual(cameras["wrong"], ["v003.jpg", "v007.jpg"])
        self.assertLess(cameras["rmseOfRightPercent"], 1e-9)
        self.assertAlmostEqual(cameras["worstPercent"], 0.01 / 0.44 * 100, places=6)

    def test_nothing_fits(self):
        """When the cameras fit nowhere all of them are wrong, and nothing is said of the surface"""
        rng = np.random.default_rng(0)
        write_result(self.result, self.dataset, [(rotation, rng.standard_normal(3)) for rotation, _ in self.poses])
        figures = self.evaluate()
        self.assertEqual(len(figures["cameras"]["wrong"]), 12)
        self.assertNotIn("surface", figures)

    def test_unknown_photo(self):
        """A photo of another data set is an error, not a figure"""
        camera = FoundCamera("other.jpg", None, Pose(np.eye(3), np.zeros(3)))
        with self.assertRaisesRegex(KeyError, "other.jpg"):
            compare_cameras([camera], Truth(self.dataset))


class FormulasTest(unittest.TestCase):
    def test_turn(self):
        """The angle between rotations is right for tiny and for large ones"""
        for degrees in (1e-6, 0.1, 90, 179.9):
            turned = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
            self.assertAlmostEqual(turn_deg(turned, np.eye(3)) / degrees, 1, places=6)

    def test_sample(self):
        """Samples are spread by area and lie on the triangles"""
        vertices = np.array([[0, 0, 0], [3, 0, 0], [0, 1, 0], [0, 0, 5], [1, 0, 5], [0, 1, 5]], float)
        points, normals = sample(vertices, np.array([[0, 1, 2], [3, 4, 5]]), 4000, np.random.default_rng(0))
        self.assertAlmostEqual((points[:, 2] == 0).mean(), 0.75, delta=0.03)
        np.testing.assert_allclose(points[points[:, 2] == 0][:, :2].mean(axis=0), [1, 1 / 3], atol=0.05)
        np.testing.assert_allclose(np.abs(normals[:, 2]), 1)

    def test_in_picture(self):
        """A point behind the camera or beside its picture is not in the picture; distortion is taken into account"""
        pose = Pose(np.eye(3), np.zeros(3))
        points = np.array([[0, 0, 1], [0, 0, -1], [0.49, 0, 1], [0.3, 0, 1.0]])
        self.assertEqual(in_picture(points, pose, LENS).tolist(), [True, False, False, True])
        self.assertEqual(in_picture(points, pose, {**LENS, "k1": -0.12}).tolist(), [True, False, True, True])

    def test_psnr(self):
        """PSNR of an error of one tenth of the range is 20 dB; of none it is capped; of nothing it is unknown"""
        values = np.zeros((4, 3))
        self.assertAlmostEqual(psnr(values, values + 25.5), 20)
        self.assertEqual(psnr(values, values), 100)
        self.assertIsNone(psnr(np.empty((0, 3)), np.empty((0, 3))))

    def test_ssim(self):
        """SSIM is 1 of a picture with itself and falls with noise"""
        rng = np.random.default_rng(0)
        picture = rng.uniform(0, 255, (40, 40, 3))
        np.testing.assert_allclose(ssim(picture, picture), 1)
        self.assertLess(ssim(picture, picture + rng.normal(0, 60, picture.shape)).mean(), 0.9)

    def test_look_up(self):
        """A texture's first row is at v = 0 and colours are taken between the middles of texels"""
        picture = np.zeros((2, 2, 3), np.uint8)
        picture[0, 1], picture[1] = 100, 200
        uv = np.array([[0.25, 0.25], [0.5, 0.25], [0.75, 0.25], [0.25, 0.75], [1, 1], [0, 0]])
        np.testing.assert_allclose(look_up(picture, uv)[:, 0], [0, 50, 100, 200, 200, 0])
