"""Which frames of videos become photos: the sharpest ones, equally far apart in how much the picture has moved."""

from collections.abc import Sequence
from dataclasses import dataclass

MIN_STEP = 0.02
"""Least movement between two frames, in widths of the picture: about 5° around a thing that fills half of it. Frames that are
closer add time and no depth."""
WINDOW = 0.3
"""A frame is looked for within so many steps of its ideal place, so that neighbours stay 0.4 to 1.6 steps apart."""


@dataclass(frozen=True)
class Sample:
    """A frame that was looked at. `index` counts the video's frames from 0. `position` is how far the picture has moved since
    the first frame, in widths of the picture; it never falls. `sharpness` may be compared among frames that show the same."""

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
    """At most `count` samples in the order of time: of each window of movement the sharpest. Where the picture moved too
    quickly there is none to choose from, and the nearest one is taken unless it is hardly apart from another."""
    step = samples[-1].position / count
    chosen: list[Sample] = []
    for number in range(count):
        target = (number + 0.5) * step
        near = [sample for sample in samples if abs(sample.position - target) <= WINDOW * step]
        if near:
            best = max(near, key=lambda sample: sample.sharpness)
        else:
            best = min(samples, key=lambda sample: abs(sample.position - target))
        if all(abs(best.position - other.position) >= (1 - 2 * WINDOW) * step - 1e-9 for other in chosen):
            chosen.append(best)
    return sorted(chosen, key=lambda sample: sample.index)
