import struct

import cv2
import numpy as np

from photogrammetry.photos.picture import Unusable
from photogrammetry.photos.video import analyse_video, take_frames

from .photo_set import PhotoCase, pattern

FRAMES, STEP_PX, WIDTH, HEIGHT = 40, 4, 320, 240


class VideoTest(PhotoCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = pattern(600, 300)

    def film(self, name: str, step_px: int = STEP_PX, blurred: bool = False):
        """A camera moves along the plane; if asked for, all frames but every fourth are blurred."""
        path = self.folder / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (WIDTH, HEIGHT))
        rng = np.random.default_rng(0)
        for number in range(FRAMES):
            frame = self.plane[20 : 20 + HEIGHT, number * step_px : number * step_px + WIDTH]
            if blurred and number % 4:
                frame = cv2.GaussianBlur(frame, (0, 0), 3)
            noise = rng.normal(0, 2, frame.shape)
            writer.write(np.clip(frame + noise, 0, 255).astype(np.uint8)[..., ::-1])
        writer.release()
        return path

    def test_movement(self):
        """How far the picture moved is measured in its widths"""
        track = analyse_video(self.film("a.mp4"))
        self.assertEqual(len(track.samples), FRAMES)
        self.assertAlmostEqual(track.movement, (FRAMES - 1) * STEP_PX / WIDTH, delta=0.02)
        self.assertAlmostEqual(track.samples[10].time_s, 1.0, delta=0.01)
        self.assertIsNone(track.damage)

    def test_still(self):
        """A still video has not moved, for all its noise, and gives one photo and a warning"""
        path = self.film("still.mp4", step_px=0)
        self.assertEqual(analyse_video(path).movement, 0)
        result = self.read(path)
        self.assertEqual(result["photos"], 1)
        self.assertIn("hardly moves", result["warnings"][0])

    def test_sharp_frames(self):
        """The frames taken are the sharp ones, no more than asked for, with the video's name and time"""
        result = self.read(self.film("pan.mp4", blurred=True), frames=8)
        self.assertLessEqual(result["photos"], 8)
        times = [photo["video"]["timeS"] for photo in self.photos()]
        self.assertGreaterEqual(len(times), 6)
        self.assertEqual([round(time_s * 10) % 4 for time_s in times], [0] * len(times))
        self.assertEqual(self.photos()[0]["file"], f"pan.mp4 ({times[0]:.2f} s)")
        self.assertEqual(len({photo["camera"] for photo in self.photos()}), 1)

    def test_rotation(self):
        """A phone held upright gives upright frames"""
        content = bytearray(self.film("a.mp4").read_bytes())
        at = content.index(b"tkhd") + 4 + 40
        # The track header's matrix for a quarter turn clockwise (ISO/IEC 14496-12, 16.16 fixed point).
        one = 0x10000
        content[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, HEIGHT * one, 0, 0x40000000)
        path = self.write("upright.mp4", bytes(content))
        sample = analyse_video(path).samples[0]
        _, image, size = next(take_frames(path, [sample], 1024))
        self.assertEqual((image.size, size), ((HEIGHT, WIDTH), (HEIGHT, WIDTH)))
        expected = np.rot90(self.plane[20 : 20 + HEIGHT, :WIDTH], -1).astype(int)
        self.assertLess(np.abs(np.asarray(image) - expected).mean(), 15)

    def test_broken_end(self):
        """Of a video whose end is damaged the rest is used, and it is said from when on it is damaged"""
        path = self.film("a.mp4")
        content = bytearray(path.read_bytes())
        start = content.index(b"mdat") + 4
        moov = content.index(b"moov") - 4
        content[start + (moov - start) // 2 : moov] = bytes(moov - start - (moov - start) // 2)
        result = self.read(self.write("damaged.mp4", bytes(content)))
        self.assertGreater(result["photos"], 3)
        self.assertIn("damaged.mp4 ends after", result["warnings"][0])

    def test_no_video(self):
        """What only begins like a video is refused"""
        with self.assertRaisesRegex(Unusable, "can't be opened"):
            analyse_video(self.write("a.mp4", b"\0\0\0\x18ftypisom" + bytes(200)))
