"""Looks through a video: how sharp its frames are and how far the picture has moved; takes frames out of it.

Frames are counted, never sought: seeking lands where it likes in videos whose frame rate varies. A video is therefore
decoded twice, but its pictures are never kept.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from .frame_choice import Sample
from .picture import MIN_SIDE_PX, Unusable, fit

# A file may not lead to other files or to the network (playlists, references).
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "protocol_whitelist;file")

MAX_VIDEO_S = 600
MAX_VIDEO_SIDE_PX = 8_192
MAX_SAMPLES = 1_200
"""Evenly over the duration: every frame of a short video."""
SHARPNESS_SIDE_PX, MOTION_SIDE_PX = 960, 480
MISSING_END_SHARE = 0.1
"""A video that ends so much earlier than it says is damaged; less is a rounded duration."""


@dataclass(frozen=True)
class VideoTrack:
    """`samples` in the order of time, at least one. `damage` is a sentence about what is wrong with the video, or
    None."""

    samples: tuple[Sample, ...]
    damage: str | None

    @property
    def movement(self) -> float:
        """How far the picture moved from the first to the last frame, in widths."""
        return self.samples[-1].position


def analyse_video(path: Path, progress=lambda fraction: None) -> VideoTrack:
    """Looks at MAX_SAMPLES frames at most. Raises Unusable when no frame can be read, or the video is too long or too
    large."""
    with _Capture(path) as capture:
        duration_s = capture.duration_s
        if duration_s and duration_s > MAX_VIDEO_S:
            raise Unusable(f"The video lasts {duration_s:.0f} s; at most {MAX_VIDEO_S} s can be taken. Cut it.")
        interval_s = (duration_s or MAX_VIDEO_S) / MAX_SAMPLES
        samples: list[Sample] = []
        motion, next_s, time_s, index = _Motion(), 0.0, 0.0, -1
        while capture.grab():
            index, time_s = index + 1, capture.time_s(index + 1)
            if time_s > MAX_VIDEO_S:
                break
            if time_s + 1e-3 < next_s:
                continue
            next_s = time_s + interval_s
            frame = capture.retrieve()
            if frame is None:
                continue
            gray = _gray(frame)
            samples.append(Sample(index, time_s, motion.move_to(gray), _sharpness(gray)))
            progress(min(time_s / duration_s, 1) if duration_s else None)
    if not samples:
        raise Unusable("The video is damaged or of an unknown kind: no frame can be read.")
    is_cut = duration_s and time_s + 1 < duration_s * (1 - MISSING_END_SHARE)
    damage = (
        f"ends after {time_s:.0f} s although it says {duration_s:.0f} s: what comes after is damaged"
        if is_cut
        else None
    )
    return VideoTrack(tuple(samples), damage)


def take_frames(
    path: Path, samples: list[Sample], side_px: int
) -> Iterator[tuple[Sample, Image.Image, tuple[int, int]]]:
    """The frames of `samples` as upright RGB, longest side at most `side_px`, each with its original (width,
    height)."""
    wanted = {sample.index: sample for sample in samples}
    with _Capture(path) as capture:
        for index in range(max(wanted) + 1):
            if not capture.grab():
                return
            frame = capture.retrieve() if index in wanted else None
            if frame is None:
                continue
            height, width = frame.shape[:2]
            small = cv2.resize(frame, fit((width, height), side_px), interpolation=cv2.INTER_AREA)
            yield wanted[index], Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB)), (width, height)


class _Capture:
    """An open video; frames come turned as its metadata say."""

    def __init__(self, path: Path):
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise Unusable("The video is damaged or of an unknown kind: it can't be opened.")
        width, height = (self._get(prop) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if max(width, height) > MAX_VIDEO_SIDE_PX:
            raise Unusable(
                f"The video has {width:.0f} × {height:.0f} pixels; at most {MAX_VIDEO_SIDE_PX} a side can be read."
            )
        if min(width, height) < MIN_SIDE_PX:
            raise Unusable(
                f"The video has only {width:.0f} × {height:.0f} pixels; at least {MIN_SIDE_PX} a side are needed."
            )
        self._fps = self._get(cv2.CAP_PROP_FPS)
        frames = self._get(cv2.CAP_PROP_FRAME_COUNT)
        self.duration_s = frames / self._fps if frames > 0 and self._fps > 0 else None

    def __enter__(self) -> "_Capture":
        return self

    def __exit__(self, *_) -> None:
        self._capture.release()

    def _get(self, prop: int) -> float:
        value = self._capture.get(prop)
        return value if np.isfinite(value) else 0.0

    def grab(self) -> bool:
        return self._capture.grab()

    def retrieve(self) -> np.ndarray | None:
        """The grabbed frame, `(h, w, 3)` BGR."""
        ok, frame = self._capture.retrieve()
        return frame if ok else None

    def time_s(self, index: int) -> float:
        """When the grabbed frame is shown; by counting, where the file has no times."""
        time_ms = self._get(cv2.CAP_PROP_POS_MSEC)
        return time_ms / 1000 if time_ms > 0 or index == 0 else index / (self._fps or 25)


def _gray(frame: np.ndarray) -> np.ndarray:
    height, width = frame.shape[:2]
    small = cv2.resize(frame, fit((width, height), SHARPNESS_SIDE_PX), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)


def _sharpness(gray: np.ndarray) -> float:
    """Variance of the Laplacian (Pech-Pacheco and others, "Diatom autofocusing in brightfield microscopy", ICPR 2000):
    it depends on what is shown, but is only compared among frames that show nearly the same."""
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


class _Motion:
    """How far the picture has moved so far, in widths: the median way of its corners (Lucas–Kanade). Each frame is
    compared with one a while ago, not with the one before it, so that noise doesn't add up and a still video stays at
    0."""

    CORNERS = 200
    MIN_CORNERS = 15
    STILL = 0.003
    NEXT_ANCHOR = 0.04
    LOST = 0.1
    """What a cut, or a movement too quick to follow, counts for."""

    def __init__(self):
        self._anchor: np.ndarray | None = None
        self._corners: np.ndarray | None = None
        self._anchor_position = 0.0
        self._position = 0.0

    def move_to(self, gray: np.ndarray) -> float:
        """Takes the next frame `(h, w)` uint8 and gives the position there."""
        gray = cv2.resize(gray, fit(gray.shape[::-1], MOTION_SIDE_PX), interpolation=cv2.INTER_AREA)
        way = 0.0 if self._anchor is None else self._way(gray)
        moved = self.LOST if way is None else way if way > self.STILL else 0.0
        self._position = max(self._position, self._anchor_position + moved)
        if self._anchor is None or way is None or way > self.NEXT_ANCHOR or self._is_plain():
            self._anchor, self._anchor_position = gray, self._position
            self._corners = cv2.goodFeaturesToTrack(gray, self.CORNERS, 0.01, 8)
        return self._position

    def _is_plain(self) -> bool:
        return self._corners is None or len(self._corners) < self.MIN_CORNERS

    def _way(self, gray: np.ndarray) -> float | None:
        """From the anchor to `gray`, in widths; None when too few corners are found again; 0 when there were none."""
        if self._is_plain():
            return 0.0
        ahead, found, _ = cv2.calcOpticalFlowPyrLK(
            self._anchor, gray, self._corners, None, winSize=(21, 21), maxLevel=4
        )
        back, found_back, _ = cv2.calcOpticalFlowPyrLK(gray, self._anchor, ahead, None, winSize=(21, 21), maxLevel=4)
        error_px = np.linalg.norm(back - self._corners, axis=2).ravel()
        good = (found.ravel() == 1) & (found_back.ravel() == 1) & (error_px < 1)
        if good.sum() < max(self.MIN_CORNERS, 0.2 * len(self._corners)):
            return None
        ways_px = np.linalg.norm(ahead - self._corners, axis=2).ravel()[good]
        return float(np.median(ways_px)) / gray.shape[1]
