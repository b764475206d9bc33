"""Which views hang together by evidence that a repeated pattern can't fake.

Where a pattern repeats (tiles, windows), views far apart in direction match one period aside as readily as at the true
place, and a whole group of views can stand a period beside the rest with nothing in its matches against it. Views that
look nearly the same way share the thing itself too, and match right. So in a set where many matches contradict the
poses, groups count as tied only through pairs of views within TIE_DEG.
"""

import numpy as np
import pycolmap

from .epipolar import consistent_matches, poses_of
from .sparse import MIN_PAIR_MATCHES, MIN_PAIR_SHARE, MatchedScene

CHECK_PX = 3.0
TIE_DEG = 30.0
"""On the set `repeating`, groups that stood one period aside were tied to the rest by pairs from 31° on; at 15° steps
all right views hang together."""
PATTERN_REPEATS_BELOW = 0.85
"""Share of all verified matches that fit the poses. Scenes without a repeated pattern: 0.99 to 1.00, also at 30° steps;
with one: 0.52 to 0.72 (bench/photogrammetry/gate)."""


def fitting_matches(scene: MatchedScene, model: pycolmap.Reconstruction) -> tuple[int, int]:
    """How many verified matches of the registered views fit the poses, and how many there are."""
    poses = poses_of(model, scene.keypoints)
    pairs = [pair for pair in scene.pairs if pair.a in poses.R and pair.b in poses.R]
    fitting = sum(np.count_nonzero(consistent_matches(poses, pair, CHECK_PX * scene.pixel)) for pair in pairs)
    return int(fitting), sum(len(pair.matches) for pair in pairs)


def untied_views(scene: MatchedScene, model: pycolmap.Reconstruction) -> list[int]:
    """Views outside the largest group that is tied together, sorted; none where no pattern repeats."""
    poses = poses_of(model, scene.keypoints)
    ids, ties, fitting, matched = sorted(poses.R), [], 0, 0
    for pair in scene.pairs:
        if pair.a not in poses.R or pair.b not in poses.R:
            continue
        fits = int(consistent_matches(poses, pair, CHECK_PX * scene.pixel).sum())
        fitting, matched = fitting + fits, matched + len(pair.matches)
        near = poses.R[pair.a][2] @ poses.R[pair.b][2] > np.cos(np.radians(TIE_DEG))
        if near and fits >= max(MIN_PAIR_MATCHES, MIN_PAIR_SHARE * len(pair.matches)):
            ties.append((pair.a, pair.b))
    if fitting >= PATTERN_REPEATS_BELOW * matched:
        return []
    largest = largest_group(ids, ties)
    return [image_id for image_id in ids if image_id not in largest]


def largest_group(ids: list[int], ties: list[tuple[int, int]]) -> set[int]:
    """The largest connected group; of equal ones that with the smallest id."""
    group = {image_id: {image_id} for image_id in ids}
    for a, b in ties:
        if group[a] is not group[b]:
            merged = group[a] | group[b]
            group.update(dict.fromkeys(merged, merged))
    return max((group[image_id] for image_id in ids), key=len, default=set())
