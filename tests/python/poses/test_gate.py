"""The gate on a small synthetic turntable: views that stand wrong are found, put right or dropped."""

import unittest

import numpy as np
import pycolmap
from photogrammetry.poses.epipolar import MatchedPair
from photogrammetry.poses.gate import doubt, signs_of
from photogrammetry.poses.repair import Repaired, center_of, finish, repair, resect_all, scene_distance
from photogrammetry.poses.settle import Unreliable, compare, confirm, settle
from photogrammetry.poses.similarity import robust_similarity
from photogrammetry.poses.sparse import MatchedScene, triangulate
from photogrammetry.poses.ties import largest_group, untied_views
from photogrammetry.poses.uncertainty import center_sigmas

from .views import Turntable, projected


def error_percent(model: pycolmap.Reconstruction, table: Turntable) -> dict[int, float]:
    ids = sorted(model.reg_image_ids())
    found = np.array([model.images[image_id].projection_center() for image_id in ids])
    true = np.array([center_of(table.poses[image_id]) for image_id in ids])
    similarity, _ = robust_similarity(found, true, 0.05, 0)
    return dict(zip(ids, 25 * np.linalg.norm(similarity.apply(found) - true, axis=1), strict=True))


def rewired(scene: MatchedScene, image_id: int, random: np.random.Generator, share: float) -> MatchedScene:
    """A share of the matches of one view lead to wrong features."""
    pairs = []
    for pair in scene.pairs:
        matches = pair.matches.copy()
        if image_id in (pair.a, pair.b):
            wrong = random.random(len(matches)) < share
            matches[wrong, 1] = random.permutation(matches[wrong, 1])
        pairs.append(MatchedPair(pair.a, pair.b, matches))
    return MatchedScene(scene.keypoints, pairs, scene.cache, scene.pixel)


def drawn_aside(table: Turntable) -> tuple[MatchedScene, pycolmap.Reconstruction]:
    """One pair, 2 and 5, has a thousand matches more that no third view sees, all right for a camera 5 that stands
    1.8 % of the distance aside, as it does in the model. Views 75° apart match wrong."""
    random, by = np.random.default_rng(9), [0.05, -0.05, 0.0]
    right, wrong = len(table.xyz), table.shifted(5, by)
    xyz = random.uniform(-1, 1, (1000, 3))
    for image_id in table.poses:
        pixels = projected(wrong[image_id], xyz) + random.normal(0, 0.1, (len(xyz), 2))
        table.keypoints[image_id] = np.concatenate([table.keypoints[image_id], pixels])
    matched, pairs = table.matched(), []
    for pair in matched.pairs:
        matches = pair.matches
        if pair.b - pair.a > 4:
            matches = np.column_stack([matches[:, 0], random.permutation(matches[:, 1])])
        if (pair.a, pair.b) == (2, 5):
            matches = np.tile(np.arange(right + len(xyz))[:, None], 2)
        pairs.append(MatchedPair(pair.a, pair.b, matches))
    scene = MatchedScene(matched.keypoints, pairs, matched.cache, matched.pixel)
    return scene, table.model(scene, wrong)


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.table = Turntable(8, 15)
        cls.scene = cls.table.matched()
        cls.right = finish(cls.scene, cls.table.model(cls.scene), 0)

    def test_right_views_pass(self):
        """no view of a right model is doubted, and all are placed within 0.2 % of the distance"""
        settled = settle(self.scene, self.right, {}, True, 0)
        self.assertEqual(settled.reasons, {})
        self.assertEqual(settled.repaired.model.num_reg_images(), 8)
        self.assertLess(max(error_percent(settled.repaired.model, self.table).values()), 0.2)

    def test_moved_view_is_put_right(self):
        """a view that stands half its distance away goes back to where the others' points put it"""
        wrong = self.table.model(self.scene, self.table.shifted(4, [1.4, -1.2, 0.3]))
        repaired = repair(self.scene, wrong, 0)
        self.assertLess(error_percent(repaired.model, self.table)[4], 0.2)

    def test_missing_view_is_added(self):
        """a view that the mapper left out is placed by the others' points"""
        poses = {image_id: pose for image_id, pose in self.table.poses.items() if image_id != 5}
        repaired = repair(self.scene, self.table.model(self.scene, poses), 0)
        self.assertIn(5, repaired.model.reg_image_ids())
        self.assertLess(error_percent(repaired.model, self.table)[5], 0.2)

    def test_lost_view(self):
        """a view that a mapper threw a thousand times too far away does no harm to the others"""
        lost = self.table.model(self.scene, self.table.shifted(3, [4000.0, 0.0, 0.0]))
        self.assertLess(max(error_percent(repair(self.scene, lost, 0).model, self.table).values()), 0.2)

    def test_wrong_pose_is_doubted(self):
        """a view that was moved by hand is doubted as it stands, and its neighbours are not"""
        for by in ([0.3, 0.0, 0.0], [0.0, 0.0, -0.6], [2.0, 1.0, 0.0]):
            with self.subTest(by=by):
                model = self.table.model(self.scene, self.table.shifted(6, by))
                triangulate(model, [pair for pair in self.scene.pairs if 6 not in (pair.a, pair.b)])
                signs = signs_of(self.scene, Repaired(model, resect_all(self.scene, model, 0)))
                self.assertIsNotNone(doubt(signs[6], None))

    def test_view_with_wrong_matches_is_dropped(self):
        """a view whose matches are mostly wrong is dropped with a reason, the others stay right"""
        scene = rewired(self.scene, 2, np.random.default_rng(3), 0.9)
        settled = settle(scene, finish(scene, self.table.model(scene), 0), {}, True, 0)
        self.assertEqual(list(settled.reasons), [2])
        self.assertLess(max(error_percent(settled.repaired.model, self.table).values()), 0.2)

    def test_too_many_doubted(self):
        """a set in which many views are doubted is refused as a whole"""
        scene, random = self.scene, np.random.default_rng(4)
        for image_id in (1, 3, 4, 5, 6, 8):
            scene = rewired(scene, image_id, random, 0.85)
        with self.assertRaises(Unreliable) as refused:
            settle(scene, finish(scene, self.table.model(scene), 0), {}, True, 0)
        self.assertTrue(refused.exception.doubted)

    def test_repeating_pattern(self):
        """where far views match wrong, a group that no near pair ties to the rest is dropped, however well it fits"""
        random, pairs = np.random.default_rng(6), []
        for pair in self.scene.pairs:
            matches = pair.matches.copy()
            if pair.b - pair.a > 3:  # 60° and more: of two places the wrong one
                matches[:, 1] = random.permutation(matches[:, 1])
            if not (pair.a <= 5 < pair.b and pair.b - pair.a <= 2):  # no near pair between 1 to 5 and 6 to 8
                pairs.append(MatchedPair(pair.a, pair.b, matches))
        scene = MatchedScene(self.scene.keypoints, pairs, self.scene.cache, self.scene.pixel)
        settled = settle(scene, finish(scene, self.table.model(scene), 0), {}, True, 0)
        self.assertEqual(sorted(settled.reasons), [6, 7, 8])
        self.assertEqual(untied_views(self.scene, self.right.model), [])

    def test_wrong_pair_where_a_pattern_repeats(self):
        """one pair that matched wrong, with points that no third photo sees, draws no camera aside"""
        table = Turntable(8, 15, points=60, noise_px=0.1)
        scene, model = drawn_aside(table)
        settled = settle(scene, finish(scene, model, 0), {}, True, 0)
        self.assertEqual(settled.reasons, {})
        self.assertLess(max(error_percent(settled.repaired.model, table).values()), 0.1)

    def test_largest_group(self):
        """the largest connected group is found, of equal ones that of the smallest id"""
        self.assertEqual(largest_group([1, 2, 3, 4, 5], [(4, 5), (2, 4), (1, 3)]), {2, 4, 5})
        self.assertEqual(largest_group([1, 2, 3, 4], [(3, 4), (1, 2)]), {1, 2})

    def test_agreement(self):
        """two models in different frames are compared after their similarity: the one view that differs is found"""
        other = self.table.model(self.scene, self.table.shifted(7, [0.2, 0.0, 0.0]))
        other.transform(pycolmap.Sim3d(3.0, pycolmap.Rotation3d(), np.array([5.0, 1.0, 0.0])))
        agreement = compare(self.right.model, other, 0)
        self.assertEqual([image_id for image_id, found in agreement.items() if not found.agrees], [7])
        self.assertAlmostEqual(agreement[7].center_percent, 100 * 0.2 / scene_distance(self.right.model), delta=0.5)

    def test_disagreeing_models(self):
        """two sound models that differ everywhere are refused: one of them must be wrong"""
        moved = {i: self.table.shifted(i, [0.3 * i**2, -0.4 * i, 0.0])[i] for i in self.table.poses}
        with self.assertRaises(Unreliable):
            confirm(self.scene, Repaired(self.table.model(self.scene, moved), {}), self.right, 0)

    def test_hopeless_second_model(self):
        """a second model whose views are all doubtful has no say, and the first counts as not confirmed"""
        moved = {i: self.table.shifted(i, [0.3 * i**2, -0.4 * i, 0.0])[i] for i in self.table.poses}
        agreement, confirmed = confirm(self.scene, self.right, Repaired(self.table.model(self.scene, moved), {}), 0)
        self.assertEqual((agreement, confirmed), ({}, False))

    def test_uncertainty(self):
        """the predicted uncertainty of a centre is that of the errors found when the noise is drawn again"""
        sigmas, errors = [], []
        for seed in range(6):
            table = Turntable(6, 12, points=60, noise_px=0.5, seed=seed)
            scene = table.matched()
            model = finish(scene, table.model(scene), 0).model
            sigmas.append(np.mean([100 * s / scene_distance(model) for s in center_sigmas(model).values()]))
            errors.append(np.sqrt(np.mean(np.square(list(error_percent(model, table).values())))))
        self.assertGreater(np.mean(errors) / np.mean(sigmas), 0.4)
        self.assertLess(np.mean(errors) / np.mean(sigmas), 2.5)
