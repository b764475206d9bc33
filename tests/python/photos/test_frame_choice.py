import unittest

from photogrammetry.photos.frame_choice import MIN_STEP, Sample, choose_frames, share_frames


def samples(positions, sharpness=None):
    return [Sample(at, at / 30, position, sharpness[at] if sharpness else 1.0) for at, position in enumerate(positions)]


class FrameChoiceTest(unittest.TestCase):
    def test_sharpest(self):
        """Of each step the sharpest frame is taken"""
        chosen = choose_frames(samples([at / 100 for at in range(101)], [at % 10 == 5 for at in range(101)]), 10)
        self.assertEqual([sample.index for sample in chosen], list(range(5, 101, 10)))

    def test_equal_movement(self):
        """Frames are equally far apart in movement, not in time: waiting gives no frames"""
        positions = [0.0] * 50 + [at / 100 for at in range(51)] + [0.5] * 50
        chosen = choose_frames(samples(positions), 10)
        gaps = [after.position - before.position for before, after in zip(chosen, chosen[1:])]
        self.assertEqual(len(chosen), 10)
        self.assertTrue(all(0.4 * 0.05 <= gap <= 2 * 0.05 + 1e-9 for gap in gaps), gaps)

    def test_jumps(self):
        """A picture that jumps gives each place once"""
        positions = [0.1 * (at // 10) for at in range(100)]
        self.assertEqual(
            [round(sample.position, 1) for sample in choose_frames(samples(positions), 30)],
            [at / 10 for at in range(10)],
        )

    def test_still(self):
        """A video that stands still gives one frame, the sharpest"""
        chosen = choose_frames(samples([0.0] * 20, [1.0] * 7 + [2.0] + [1.0] * 12), 1)
        self.assertEqual([sample.index for sample in chosen], [7])

    def test_shares(self):
        """Videos share the frames by how far they moved, at most as many as asked for, each at least one"""
        self.assertEqual(share_frames([0.0], 120), [1])
        self.assertEqual(share_frames([1.5], 120), [round(1.5 / MIN_STEP)])
        self.assertEqual(share_frames([30.0, 10.0], 100), [75, 25])
        self.assertEqual(sum(share_frames([30.0, 10.0, 0.0, 0.0], 100)), 100)
