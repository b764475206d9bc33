"""What photos share, cheaply: which show the very same, and which have nothing in common with the others.

Only an estimate in small pictures, before anything costly; the poses step measures it properly.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

SIDE_PX = 480
FEATURES = 600
CONTRAST = 0.02
"""Half of SIFT's usual threshold, as COLMAP has it: plain things have weak features."""
RATIO = 0.8
EPIPOLAR_PX = 1.5
MIN_LINK = 15
"""Matches of two photos that agree with one movement of the camera. Of 323 unrelated pairs none had so many; photos of
one thing 15° apart have 20 to 110."""
ALL_PAIRS_MAX_PHOTOS = 24
NEXT_PHOTOS, SIMILAR_PHOTOS = 3, 5
"""In larger sets each photo is compared with so many after it, and so many that look like it."""
TINY = (16, 12)

# Copies: see same_view.
MAX_HASH_DISTANCE = 14
MAX_STILL_PX = 1.5
MIN_STILL_SHARE = 0.9
TILES = (12, 9)
MIN_TILE_CORRELATION = 0.6
MAX_CHANGED_SHARE = 0.02
MIN_TILE_CONTRAST = 3.0


@dataclass(frozen=True)
class Glance:
    """What is kept of a photo to compare it, 250 kB at most. `shape` of the small picture, `points (n, 2)` its pixels,
    `descriptors (n, 128)` unit length, `tiles` and `contrasts` as `_tiles` says, `tiny (k,)` mean 0 and unit length,
    `bits (64,)` bool."""

    shape: tuple[int, ...]
    points: np.ndarray
    descriptors: np.ndarray
    tiles: np.ndarray
    contrasts: np.ndarray
    tiny: np.ndarray
    bits: np.ndarray


def glance(gray: np.ndarray) -> Glance:
    """Of a picture `(h, w)` uint8 whose longest side is SIDE_PX."""
    sift = cv2.SIFT_create(FEATURES, contrastThreshold=CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(gray, None)
    points = np.array([keypoint.pt for keypoint in keypoints], np.float32).reshape(-1, 2)
    if descriptors is None:
        descriptors = np.zeros((0, 128), np.float32)
    # RootSIFT (Arandjelović and Zisserman, CVPR 2012); half precision halves what 500 photos take.
    roots = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)).astype(np.float16)
    tiny = cv2.resize(gray, TINY, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    tiny -= tiny.mean()
    tiny /= max(float(np.linalg.norm(tiny)), 1e-6)
    return Glance(gray.shape, points, roots, *_tiles(gray), tiny, _difference_hash(gray))


def _difference_hash(gray: np.ndarray) -> np.ndarray:
    """Whether each of 8 × 8 places is darker than the one to its right: hardly changed by size, light and
    compression."""
    small = cv2.resize(gray, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    return (small[:, 1:] > small[:, :-1]).ravel()


def match(one: Glance, other: Glance) -> tuple[np.ndarray, np.ndarray]:
    """Points `(m, 2)` and `(m, 2)` that are each other's nearest and clearly nearer than the second (Lowe's ratio)."""
    nothing = (np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32))
    if len(one.points) < 2 or len(other.points) < 2:
        return nothing
    similarity = one.descriptors.astype(np.float32) @ other.descriptors.astype(np.float32).T
    best = similarity.argmax(axis=1)
    rows = np.arange(len(best))
    nearest = similarity[rows, best]
    back = similarity.argmax(axis=0)
    similarity[rows, best] = -1
    second = similarity.max(axis=1)
    # Of unit vectors: distance² = 2 - 2 · similarity.
    is_clear = (2 - 2 * nearest) < RATIO**2 * (2 - 2 * second)
    keep = is_clear & (back[best] == rows)
    return one.points[keep], other.points[best[keep]]


def count_link(one: Glance, other: Glance) -> int:
    """How many matches agree with one movement of the camera (a fundamental matrix), 0 when they are too few to
    tell."""
    points, others = match(one, other)
    if len(points) < MIN_LINK:
        return 0
    if _still_share(points, others) >= MIN_STILL_SHARE:
        # Without movement there is no fundamental matrix to find.
        return len(points)
    _, inliers = cv2.findFundamentalMat(points, others, cv2.FM_RANSAC, EPIPOLAR_PX, 0.99, 500)
    return 0 if inliers is None else int(inliers.sum())


def _still_share(points: np.ndarray, others: np.ndarray) -> float:
    return float((np.linalg.norm(points - others, axis=1) <= MAX_STILL_PX).mean())


def pairs_to_compare(glances: list[Glance]) -> list[tuple[int, int]]:
    """All pairs of a small set; of a larger one, neighbours in order (the last and the first are too) and photos
    alike."""
    count = len(glances)
    if count <= ALL_PAIRS_MAX_PHOTOS:
        return [(at, other) for at in range(count) for other in range(at + 1, count)]
    tiny = np.array([one.tiny for one in glances])
    similarity = tiny @ tiny.T
    np.fill_diagonal(similarity, -2)
    pairs = {tuple(sorted((at, (at + step) % count))) for at in range(count) for step in range(1, NEXT_PHOTOS + 1)}
    for at, row in enumerate(similarity):
        # With a stable order among equals.
        pairs.update(tuple(sorted((at, int(other)))) for other in np.argsort(-row, kind="stable")[:SIMILAR_PHOTOS])
    return sorted(pairs)


def find_copies(glances: list[Glance], order: list[int], progress: Callable[[float], None]) -> dict[int, int]:
    """Photos that show the very same as another: copy → the one that stands for it. Those that come first in `order`
    stand."""
    copies: dict[int, int] = {}
    kept: list[int] = []
    for done, at in enumerate(order):
        distances = [(int((glances[at].bits ^ glances[other].bits).sum()), other) for other in kept]
        for distance, other in sorted(distances):
            if distance > MAX_HASH_DISTANCE:
                break
            if same_view(glances[other], glances[at]):
                copies[at] = other
                break
        if at not in copies:
            kept.append(at)
        progress((done + 1) / len(order))
    return copies


def same_view(one: Glance, other: Glance) -> bool:
    """Whether the camera didn't move between two photos, and nothing before it did. On a turntable before a wall most
    features stand still, but the places where the thing is have changed: then it is False."""
    if one.shape != other.shape or _changed_share(one, other) > MAX_CHANGED_SHARE:
        return False
    points, others = match(one, other)
    if len(points) < MIN_LINK:
        # Too plain to have features: then what is seen is all there is to go by.
        return True
    return _still_share(points, others) >= MIN_STILL_SHARE


def _changed_share(one: Glance, other: Glance) -> float:
    """Share of the places with any contrast that look different in both pictures, whatever the light."""
    counts = np.maximum(one.contrasts, other.contrasts) >= MIN_TILE_CONTRAST
    if not counts.any():
        return 0.0
    correlation = np.einsum("tp,tp->t", one.tiles.astype(np.float32), other.tiles.astype(np.float32))
    return float((correlation[counts] < MIN_TILE_CORRELATION).mean())


def _tiles(gray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A little blurred and cut into TILES: `(t, p)` of mean 0 and unit length, and the contrast `(t,)` of each, the
    standard deviation of its pixels."""
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    half = cv2.resize(gray.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(half, (0, 0), 1)
    rows, columns = height // TILES[1], width // TILES[0]
    cut = smooth[: rows * TILES[1], : columns * TILES[0]].reshape(TILES[1], rows, TILES[0], columns)
    tiles = cut.transpose(0, 2, 1, 3).reshape(-1, rows * columns)
    tiles = tiles - tiles.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(tiles, axis=1)
    return (tiles / np.maximum(lengths, 1e-3)[:, None]).astype(np.float16), lengths / np.sqrt(tiles.shape[1])
