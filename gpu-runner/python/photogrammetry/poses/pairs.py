"""Which pairs of photos are matched in full.

Up to EXHAUSTIVE_MAX_PHOTOS all of them. Above, each photo's neighbours in the order of the photos, and the photos
that look most alike: the largest features of every two photos are compared (a small fraction of the cost of a full
match), which finds the neighbours of photos in any order and closes loops. A vocabulary tree would do the same, but
has to be downloaded.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..presets import EXHAUSTIVE_MAX_PHOTOS
from .database import SceneDatabase

Pair = tuple[int, int]

RETRIEVAL_FEATURES = 512
"""Of the largest scale: those are found again from farther away than fine ones."""
RETRIEVAL_FEATURES_MANY = 256
"""For more than RETRIEVAL_MANY_PHOTOS photos, so that 500 of them stay near 100 CPU-s."""
RETRIEVAL_MANY_PHOTOS = 250
BLOCK_PHOTOS = 32
"""That a photo is compared with at once. One product of matrices for each two photos is so small that its threads wait
for each other: on busy cores 10 CPU-ms instead of 0.3."""
DESCRIPTOR_SIZE = 128
RETRIEVAL_MIN_SIMILARITY = 0.8
"""Least cosine of two descriptors; below it even the nearest neighbour is mostly chance (SIFT, L1-root)."""
ALIKE_AUTO = 12
ALIKE_SEQUENTIAL = 4
"""Most alike photos that each photo is matched with: `auto`, and `sequential` (there only to close loops)."""
ORDER_OVERLAP = 2
SEQUENTIAL_OVERLAP = 6
"""Neighbours in the order of the photos: with `auto`, where the order need not mean anything, and with `sequential`."""


def choose_pairs(matching: str, ids: list[int], database: Path, progress: Callable[[float], None]) -> list[Pair]:
    """Pairs of image ids a < b, sorted. `matching` as in the request; `ids` in the order in which the photos were
    taken."""
    if matching == "exhaustive" or (matching == "auto" and len(ids) <= EXHAUSTIVE_MAX_PHOTOS):
        return all_pairs(ids)
    alike = alike_scores(load_largest_descriptors(database, ids), progress)
    if matching == "sequential":
        pairs = order_pairs(ids, SEQUENTIAL_OVERLAP, quadratic=True) | most_alike_pairs(ids, alike, ALIKE_SEQUENTIAL)
    else:
        pairs = order_pairs(ids, ORDER_OVERLAP, quadratic=False) | most_alike_pairs(ids, alike, ALIKE_AUTO)
    return sorted(pairs)


def all_pairs(ids: list[int]) -> list[Pair]:
    """Every pair once."""
    return sorted(_pair(a, b) for index, a in enumerate(ids) for b in ids[index + 1 :])


def order_pairs(ids: list[int], overlap: int, *, quadratic: bool) -> set[Pair]:
    """Each photo with the next `overlap` ones; quadratic: also with those 2^k further on (COLMAP's sequential
    matching)."""
    steps = set(range(1, overlap + 1))
    if quadratic:
        steps |= {2**power for power in range(overlap)}
    return {_pair(ids[i], ids[i + step]) for i in range(len(ids)) for step in steps if i + step < len(ids)}


def most_alike_pairs(ids: list[int], scores: np.ndarray, count: int) -> set[Pair]:
    """Each photo with the `count` photos of the highest score `(n, n)`; a score of 0 is no match."""
    pairs = set()
    for index, row in enumerate(scores):
        for other in np.argsort(-row, kind="stable")[:count]:
            if row[other] > 0:
                pairs.add(_pair(ids[index], ids[int(other)]))
    return pairs


def alike_scores(descriptors: list[np.ndarray], progress: Callable[[float], None]) -> np.ndarray:
    """How many features of two photos are each other's nearest: `(n, n)` int, symmetric, 0 on the diagonal.
    `descriptors`: per photo `(k, 128)` float32 of length 1. `progress` is told the share that is done."""
    count = len(descriptors)
    stacked = _stacked(descriptors)
    scores = np.zeros((count, count), dtype=np.int32)
    for at in range(count):
        for start in range(at + 1, count, BLOCK_PHOTOS):
            part = slice(start, min(start + BLOCK_PHOTOS, count))
            scores[at, part] = scores[part, at] = _mutual_nearest(stacked[at], stacked[part])
        progress(1 - ((count - at - 1) / count) ** 2)
    return scores


def _stacked(descriptors: list[np.ndarray]) -> np.ndarray:
    """`(n, k, 128)`: photos with fewer features than others get zeros, which are near to nothing."""
    most = max((len(found) for found in descriptors), default=0)
    stacked = np.zeros((len(descriptors), most, DESCRIPTOR_SIZE), dtype=np.float32)
    for at, found in enumerate(descriptors):
        stacked[at, : len(found)] = found
    return stacked


def _mutual_nearest(first: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of a photo `(k, 128)` and each of `others (m, k, 128)`: how many features are each other's nearest, `(m,)`."""
    if not first.size:
        return np.zeros(len(others), dtype=np.int32)
    similarity = first @ others.reshape(-1, DESCRIPTOR_SIZE).T
    nearest = similarity.reshape(len(first), *others.shape[:2])
    forth = nearest.argmax(axis=2)
    best = np.take_along_axis(nearest, forth[..., None], axis=2)[..., 0]
    back = similarity.max(axis=0).reshape(others.shape[:2])[np.arange(len(others)), forth]
    return np.count_nonzero((best == back) & (best > RETRIEVAL_MIN_SIMILARITY), axis=0)


def load_largest_descriptors(database: Path, ids: list[int]) -> list[np.ndarray]:
    """Per image the descriptors of its largest features, `(k, 128)` float32, each of length 1."""
    count = RETRIEVAL_FEATURES if len(ids) <= RETRIEVAL_MANY_PHOTOS else RETRIEVAL_FEATURES_MANY
    result = []
    with SceneDatabase(database) as db:
        for image_id in ids:
            largest = np.argsort(-_scales(db.read_keypoints(image_id)), kind="stable")[:count]
            found = np.asarray(db.read_descriptors(image_id).data).reshape(-1, DESCRIPTOR_SIZE)
            chosen = found[largest].astype(np.float32)
            result.append(chosen / np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-6))
    return result


def _scales(keypoints: np.ndarray) -> np.ndarray:
    """Size of each feature: COLMAP keeps an affine shape (x, y, a11, a12, a21, a22) per keypoint."""
    return np.hypot(keypoints[:, 2], keypoints[:, 4]) if len(keypoints) else np.empty(0)


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
