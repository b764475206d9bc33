"""Which frames of videos become photos: the sharpest ones, equally far apart in how much the picture has moved."""

from collections.abc import Sequence
from dataclasses import dataclass

MIN_STEP = 0.03
"""Least movement between two frames, in widths of the picture: about 3° of a walk around a thing that fills half of it.
Frames that are closer add time and no depth."""
MIN_GAP = 0.4
"""Neighbours are at least so many steps apart."""


@dataclass(frozen=True)
class Sample:
    """A frame that was looked at. `index` counts the video's frames from 0. `position` is how far the picture has moved
    since the first frame, in widths of the picture; it never falls. `sharpness` may be compared among frames that show
    the same."""

    index: int
    time_s: float
    position: float
    sharpness: float


def share_frames(movements: Sequence[float], frames: int) -> list[int]:
    """How many frames each video gives, by how far its picture moved; at most `frames` in all, at least one of each."""
    step = max(MIN_STEP, sum(movements) / max(frames, 1))
    shares = [max(round(movement / step), 1) for movement in movements]
    while sum(shares) > frames and max(shares) > 1:
        shares[shares.index(max(shares))] -= 1
    return shares


def choose_frames(samples: Sequence[Sample], count: int) -> list[Sample]:
    """At most `count` samples in the order of time: the movement is cut into `count` equal steps, and of each step the
    sharpest sample is taken. Where the picture moved too quickly for a step to have one, the nearest is taken instead,
    once."""
    step = samples[-1].position / count
    chosen: list[Sample] = []
    for number in range(count):
        start = number * step
        free = [sample for sample in samples if not chosen or sample.position >= chosen[-1].position + MIN_GAP * step]
        within = [sample for sample in free if start <= sample.position <= start + step + 1e-9]
        if within:
            chosen.append(max(within, key=lambda sample: sample.sharpness))
        elif free and free[0].position - start < 2 * step:
            chosen.append(free[0])
    return chosen
