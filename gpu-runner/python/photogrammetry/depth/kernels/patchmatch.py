"""PatchMatch multi-view stereo (Bleyer et al. 2011; Galliani et al. 2015; Xu and Tao 2019, "ACMH"), the inner loops.

A hypothesis of a pixel is a plane, held as inverse depth and its gradient: 1/z = w + wx·(x' - x) + wy·(y' - y) around
pixel (x, y). A plane is affine in inverse depth, so a neighbour's plane is carried over by one addition per axis, and
the homography to a source is M·p + V·w(p) with M = K_s R K_r⁻¹ and V = K_s t. Pixel coordinates are array indices: a
pixel's centre is a whole number.

Speed rests on three things. The four pixels that bilinear interpolation needs are packed into one 32 bit word, so that
one gather reads a sample; the loop over samples has a fixed length that compilers turn into vector instructions; and
everything is float32 (numba widens to float64 where a literal slips in).
"""

from typing import NamedTuple

import numpy as np
from numpy import float32, int32, uint64

from photogrammetry.depth.kernels.kernel import kernel

SAMPLES = 32
"""Pixels of a patch that are compared; two vectors of 16."""
PATCH_RADIUS = 5
PAD = 8
"""Source pictures are continued by so many pixels on all sides, so that patches may hang over the edge."""
WORST = float32(2)
"""Cost 1 - NCC of a patch that is the reference's negative; also of what can't be compared."""
POOR = float32(0.5)
"""A source that fits worse than this counts as this: it may not see the surface at all, and must not drown the
others."""
NOTHING = -1
"""A pixel of the reference that patches leave out."""
MAX_SOURCES = 16
RANDOM_NUMBERS = 4096

# A source's row in `cameras`: M by rows, V, then width and height without padding.
V_AT, SIZE_AT, CAMERA_NUMBERS = 9, 12, 14


class Sources(NamedTuple):
    """Pictures that a reference is compared with. `textures` holds packed pictures one after the other
    (`pack_texture`)."""

    textures: np.ndarray  # (n,) uint32
    inside: np.ndarray  # (n,) uint8, 0 where a source's mask says that the subject is not there
    starts: np.ndarray  # (s,) int64, where each source begins
    cameras: np.ndarray  # (s, CAMERA_NUMBERS) float32


class Reference(NamedTuple):
    """The view whose depth is looked for."""

    padded: np.ndarray  # (h + 2 PATCH_RADIUS, w + 2 PATCH_RADIUS) int16, NOTHING beyond the picture and the mask
    active: np.ndarray  # (h, w) uint8, 0 = nothing to find here
    random: np.ndarray  # (RANDOM_NUMBERS,) float32 in -1..1
    fx: float32
    fy: float32
    cx: float32  # array indices
    cy: float32
    least: float32  # inverse depth
    most: float32
    disparity: float32  # pixels that a pixel moves in a source per unit of inverse depth, typically


class Planes(NamedTuple):
    """What is known of each pixel; changed in place."""

    w: np.ndarray  # (h, w) float32, inverse depth
    wx: np.ndarray
    wy: np.ndarray
    cost: np.ndarray  # (h, w) float32, 0..2: mean of the best sources


class Scratch(NamedTuple):
    """What a kernel writes to while it works on one pixel."""

    weight: np.ndarray  # (SAMPLES,) float32, sum 1
    centred: np.ndarray  # (SAMPLES,) float32, weight · (value - mean)
    costs: np.ndarray  # (MAX_SOURCES,) float32
    chosen: np.ndarray  # (MAX_SOURCES,) int64, sources, best first

    @classmethod
    def new(cls) -> "Scratch":
        samples = [np.zeros(SAMPLES, float32) for _ in range(2)]
        return cls(*samples, np.zeros(MAX_SOURCES, float32), np.zeros(MAX_SOURCES, np.int64))


def patch_offsets() -> tuple[np.ndarray, np.ndarray]:
    """Where a patch is sampled: x and y (SAMPLES,) int64, a sunflower (Vogel 1979) rounded to pixels; none comes
    twice."""
    index = np.arange(SAMPLES)
    radius = PATCH_RADIUS * np.sqrt((index + 0.5) / SAMPLES)
    angle = index * np.pi * (3 - np.sqrt(5))
    return np.rint(radius * np.cos(angle)).astype(np.int64), np.rint(radius * np.sin(angle)).astype(np.int64)


OFFSET_X, OFFSET_Y = patch_offsets()
SAMPLE_X, SAMPLE_Y = OFFSET_X.astype(float32), OFFSET_Y.astype(float32)
SPATIAL_WEIGHT = np.exp(-(OFFSET_X**2 + OFFSET_Y**2) / (2 * 4.0**2)).astype(float32)
LIGHTNESS_WEIGHT = np.exp(-(np.arange(256) ** 2) / (2 * 38.0**2)).astype(float32)
"""Bilateral weight by difference in lightness: what looks like the patch's centre likely lies on the same surface."""
MIN_VARIANCE = float32(1.0)
"""Patches flatter than this (levels²) hold nothing but noise."""
MIN_FACING = float32(0.087)
"""Planes that the reference sees at less than 5° are not tried."""
SAME_PX = float32(0.02)
"""A neighbour's plane that differs by less disparity has nothing to tell."""


def _arms() -> np.ndarray:
    """(8, 3, 2) int64: where good neighbours are looked for, three pixels (x, y) in each of 8 directions: four near,
    four far. All have the other colour of the checkerboard."""
    arms = []
    for along in (((1, 0), (2, 1), (2, -1)), ((3, 0), (5, 0), (9, 0))):
        for sign in (1, -1):
            arms.append([(sign * a, b) for a, b in along])
            arms.append([(b, sign * a) for a, b in along])
    return np.array(arms, np.int64)


ARMS = _arms()


@kernel
def patch_cost(texture, stride, sx, sy, jxx, jxy, jyx, jyy, scratch, inverse_deviation):
    """1 - weighted NCC of the reference's patch and a source's, around (sx, sy) of the padded texture with Jacobian
    j.."""
    weight = scratch.weight
    centred = scratch.centred
    total = float32(0)
    squares = float32(0)
    product = float32(0)
    for k in range(SAMPLES):
        u = sx + jxx * SAMPLE_X[k] + jxy * SAMPLE_Y[k]
        v = sy + jyx * SAMPLE_X[k] + jyy * SAMPLE_Y[k]
        left = np.floor(u)
        top = np.floor(v)
        fu = u - left
        fv = v - top
        word = texture[uint64(int32(top * stride + left))]
        a = float32(int32(word & 255))
        b = float32(int32((word >> 8) & 255))
        c = float32(int32((word >> 16) & 255))
        d = float32(int32((word >> 24) & 255))
        upper = a + fu * (b - a)
        value = upper + fv * (c + fu * (d - c) - upper)
        weighted = weight[k] * value
        total += weighted
        squares += weighted * value
        product += centred[k] * value
    variance = squares - total * total
    if variance < MIN_VARIANCE:
        return WORST
    return float32(1) - product * inverse_deviation / np.sqrt(variance)


@kernel
def load_patch(padded, x, y, scratch):
    """Reads the patch at pixel (x, y) into `scratch`; returns its variance."""
    weight = scratch.weight
    centred = scratch.centred
    centre = int32(padded[y + PATCH_RADIUS, x + PATCH_RADIUS])
    weights = float32(0)
    total = float32(0)
    squares = float32(0)
    for k in range(SAMPLES):
        value = int32(padded[y + PATCH_RADIUS + OFFSET_Y[k], x + PATCH_RADIUS + OFFSET_X[k]])
        part = float32(0) if value < 0 else SPATIAL_WEIGHT[k] * LIGHTNESS_WEIGHT[abs(value - centre)]
        level = float32(value)
        weight[k] = part
        centred[k] = level
        weights += part
        total += part * level
        squares += part * level * level
    scale = float32(1) / weights
    mean = total * scale
    for k in range(SAMPLES):
        weight[k] *= scale
        centred[k] = weight[k] * (centred[k] - mean)
    return squares * scale - mean * mean


@kernel
def source_cost(sources, j, px, py, w, wx, wy, scratch, inverse_deviation):
    """Cost of plane (w, wx, wy) at pixel (px, py) in source j."""
    m = sources.cameras[j]
    v0 = m[V_AT]
    v1 = m[V_AT + 1]
    v2 = m[V_AT + 2]
    z = m[6] * px + m[7] * py + m[8] + v2 * w
    if z < float32(1e-3):
        return WORST
    r = float32(1) / z
    sx = (m[0] * px + m[1] * py + m[2] + v0 * w) * r
    sy = (m[3] * px + m[4] * py + m[5] + v1 * w) * r
    width = m[SIZE_AT]
    height = m[SIZE_AT + 1]
    if not (sx >= float32(0) and sy >= float32(0) and sx <= width - float32(1) and sy <= height - float32(1)):
        return WORST
    zx = m[6] + v2 * wx
    zy = m[7] + v2 * wy
    jxx = (m[0] + v0 * wx - sx * zx) * r
    jxy = (m[1] + v0 * wy - sx * zy) * r
    jyx = (m[3] + v1 * wx - sy * zx) * r
    jyy = (m[4] + v1 * wy - sy * zy) * r
    # A patch that a source sees from behind, or far smaller or larger than the reference does, can't be compared.
    area = jxx * jyy - jxy * jyx
    if area < float32(0.06) or area > float32(16):
        return WORST
    reach_x = (abs(jxx) + abs(jxy)) * float32(PATCH_RADIUS)
    reach_y = (abs(jyx) + abs(jyy)) * float32(PATCH_RADIUS)
    sx += float32(PAD)
    sy += float32(PAD)
    last_x = width + float32(2 * PAD - 1)
    last_y = height + float32(2 * PAD - 1)
    if sx < reach_x or sy < reach_y or sx + reach_x >= last_x or sy + reach_y >= last_y:
        return WORST
    stride = width + float32(2 * PAD)
    start = sources.starts[j]
    nearest = np.floor(sy + float32(0.5)) * stride + np.floor(sx + float32(0.5))
    if sources.inside[uint64(start + int32(nearest))] == 0:
        return WORST
    return patch_cost(sources.textures[start:], stride, sx, sy, jxx, jxy, jyx, jyy, scratch, inverse_deviation)


@kernel
def best_sources(sources, px, py, w, wx, wy, scratch, inverse_deviation, keep):
    """Mean cost of the `keep` sources that fit best; `scratch.chosen[:keep]` gets their numbers, best first."""
    costs = scratch.costs
    count = sources.starts.shape[0]
    for j in range(count):
        costs[j] = source_cost(sources, j, px, py, w, wx, wy, scratch, inverse_deviation)
    total = float32(0)
    for k in range(keep):
        best = 0
        for j in range(1, count):
            if costs[j] < costs[best]:
                best = j
        scratch.chosen[k] = best
        total += costs[best] if k == 0 else min(costs[best], POOR)
        costs[best] = float32(1e9)
    return total / float32(keep)


@kernel
def chosen_sources(sources, px, py, w, wx, wy, scratch, inverse_deviation, keep, limit):
    """Mean cost of the chosen sources, or WORST as soon as it can't be less than `limit`."""
    bound = limit * float32(keep)
    total = float32(0)
    for k in range(keep):
        cost = source_cost(sources, scratch.chosen[k], px, py, w, wx, wy, scratch, inverse_deviation)
        total += cost if k == 0 else min(cost, POOR)
        if total >= bound:
            return WORST
    return total / float32(keep)


@kernel
def allowed(reference, px, py, w, wx, wy):
    """Whether the depth is in range and the plane faces the reference."""
    if w < reference.least or w > reference.most:
        return False
    ray_x = (px - reference.cx) / reference.fx
    ray_y = (py - reference.cy) / reference.fy
    # The plane's normal: n·X = 1 for points X on it, and 1/z = n·ray.
    nx = wx * reference.fx
    ny = wy * reference.fy
    nz = w - nx * ray_x - ny * ray_y
    return w > MIN_FACING * np.sqrt((nx * nx + ny * ny + nz * nz) * (ray_x * ray_x + ray_y * ray_y + float32(1)))


@kernel
def initialise(reference, sources, planes, scratch, keep, tries, spread):
    """First cost of every pixel's plane. Tries `tries` random ones parallel to the picture: each second near the given
    one (± `spread` pixels of disparity), each other anywhere in the range. WORST stays where there is nothing to
    find."""
    height, width = planes.w.shape
    step = spread / reference.disparity
    middle = (reference.most + reference.least) * float32(0.5)
    half = (reference.most - reference.least) * float32(0.5)
    zero = float32(0)
    for y in range(height):
        for x in range(width):
            planes.cost[y, x] = WORST
            if reference.active[y, x] == 0:
                continue
            variance = load_patch(reference.padded, x, y, scratch)
            if variance < MIN_VARIANCE:
                continue
            inverse = float32(1) / np.sqrt(variance)
            px, py = float32(x), float32(y)
            given = planes.w[y, x]
            best = best_sources(
                sources, px, py, given, planes.wx[y, x], planes.wy[y, x], scratch, inverse, keep
            )
            for k in range(tries):
                draw = reference.random[(y * 613 + x * 7 + k * 1009) & (RANDOM_NUMBERS - 1)]
                w = given + draw * step if k & 1 == 0 else middle + half * draw
                if w < reference.least or w > reference.most:
                    continue
                cost = best_sources(sources, px, py, w, zero, zero, scratch, inverse, keep)
                if cost < best:
                    best = cost
                    planes.w[y, x] = w
                    planes.wx[y, x] = zero
                    planes.wy[y, x] = zero
            planes.cost[y, x] = best


@kernel
def best_on_arm(planes, x, y, arm):
    """(x, y) of the pixel of an arm whose plane fits best where it is; (-1, -1) when none fits at all."""
    height, width = planes.w.shape
    best_x = -1
    best_y = -1
    best = float32(1.2)
    for k in range(ARMS.shape[1]):
        nx = x + ARMS[arm, k, 0]
        ny = y + ARMS[arm, k, 1]
        if nx >= 0 and ny >= 0 and nx < width and ny < height and planes.cost[ny, nx] < best:
            best = planes.cost[ny, nx]
            best_x = nx
            best_y = ny
    return best_x, best_y


@kernel
def changed(reference, draw, k, anywhere, w, wx, wy, reach, tilt):
    """Random change number `k` of a plane: depth and slope, every second time by little; `anywhere` gives the first a
    depth from all of the range."""
    scale = float32(1) if k & 1 == 0 else float32(0.3)
    to_w = scale / reference.disparity
    first = reference.random[draw & (RANDOM_NUMBERS - 1)]
    if anywhere and k == 0:
        new_w = (reference.most + reference.least + (reference.most - reference.least) * first) * float32(0.5)
    else:
        new_w = w + first * reach * to_w
    # Steep planes need larger steps: the gradient is a tangent.
    focal = reference.fx / w
    turn = tilt * to_w * (float32(1) + (wx * wx + wy * wy) * focal * focal)
    new_wx = wx + reference.random[(draw + 1777) & (RANDOM_NUMBERS - 1)] * turn
    new_wy = wy + reference.random[(draw + 3251) & (RANDOM_NUMBERS - 1)] * turn
    return new_w, new_wx, new_wy


@kernel
def sweep(reference, sources, planes, scratch, keep, colour, arms, draws, number, anywhere, reach, tilt, doubt):
    """One half of the checkerboard: each pixel takes the best of its own plane, its neighbours' (the best pixel of each
    of the first `arms` ARMS) and `draws` random changes of up to `reach` pixels of disparity and `tilt` pixels per
    pixel. Pixels that cost more than `doubt` are compared with all sources, the others with those `keep` that fit their
    plane best."""
    height, width = planes.w.shape
    for y in range(height):
        for x in range((y + colour) & 1, width, 2):
            if reference.active[y, x] == 0:
                continue
            variance = load_patch(reference.padded, x, y, scratch)
            if variance < MIN_VARIANCE:
                continue
            inverse = float32(1) / np.sqrt(variance)
            px, py = float32(x), float32(y)
            w, wx, wy = planes.w[y, x], planes.wx[y, x], planes.wy[y, x]
            best = best_sources(sources, px, py, w, wx, wy, scratch, inverse, keep)
            for trial in range(arms + draws):
                if trial < arms:
                    nx, ny = best_on_arm(planes, x, y, trial)
                    if nx < 0:
                        continue
                    new_wx, new_wy = planes.wx[ny, nx], planes.wy[ny, nx]
                    new_w = planes.w[ny, nx] + new_wx * float32(x - nx) + new_wy * float32(y - ny)
                    change = abs(new_w - w) + float32(3) * (abs(new_wx - wx) + abs(new_wy - wy))
                    if change * reference.disparity < SAME_PX:
                        continue
                else:
                    draw = y * 613 + x * 7 + number * 211 + (trial - arms) * 1361
                    lost = anywhere and best > float32(0.5)
                    new_w, new_wx, new_wy = changed(reference, draw, trial - arms, lost, w, wx, wy, reach, tilt)
                if not allowed(reference, px, py, new_w, new_wx, new_wy):
                    continue
                if best > doubt:
                    cost = best_sources(sources, px, py, new_w, new_wx, new_wy, scratch, inverse, keep)
                else:
                    cost = chosen_sources(sources, px, py, new_w, new_wx, new_wy, scratch, inverse, keep, best)
                if cost < best:
                    best, w, wx, wy = cost, new_w, new_wx, new_wy
            planes.w[y, x], planes.wx[y, x], planes.wy[y, x], planes.cost[y, x] = w, wx, wy, best


def pad_reference(picture: np.ndarray, active: np.ndarray) -> np.ndarray:
    """`Reference.padded` of a (h, w) uint8 picture, of which only `active` (h, w) bool is compared."""
    return np.pad(np.where(active, picture.astype(np.int16), NOTHING), PATCH_RADIUS, constant_values=NOTHING)


def pack_texture(picture: np.ndarray) -> np.ndarray:
    """(h + 2 PAD, w + 2 PAD) uint32 of a (h, w) uint8 picture, edges repeated: a pixel, its right, lower and lower
    right neighbours, lowest byte first."""
    padded = np.pad(picture, ((PAD, PAD + 1), (PAD, PAD + 1)), mode="edge").astype(np.uint32)
    right, below, diagonal = padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    return padded[:-1, :-1] | right << np.uint32(8) | below << np.uint32(16) | diagonal << np.uint32(24)


def compile_kernels() -> None:
    """Calls every kernel once, so that its compiled form is kept."""
    picture = (np.arange(24 * 24, dtype=np.int64).reshape(24, 24) * 37 % 251).astype(np.uint8)
    shape = picture.shape
    texture = pack_texture(picture)
    camera = [1, 0, -2, 0, 1, 0, 0, 0, 1, 4, 0, 0, *shape[::-1]]
    sources = Sources(
        textures=texture.ravel(),
        inside=np.ones(texture.size, np.uint8),
        starts=np.zeros(1, np.int64),
        cameras=np.array([camera], float32),
    )
    numbers = (float32(value) for value in (20, 20, 12, 12, 0.2, 1, 4))
    padded = pad_reference(picture, np.ones(shape, bool))
    reference = Reference(padded, np.ones(shape, np.uint8), np.zeros(RANDOM_NUMBERS, float32), *numbers)
    planes = Planes(np.full(shape, 0.5, float32), *(np.zeros(shape, float32) for _ in range(3)))
    scratch = Scratch.new()
    initialise(reference, sources, planes, scratch, 1, 1, float32(1))
    sweep(reference, sources, planes, scratch, 1, 0, 1, 1, 0, True, float32(1), float32(0.1), float32(0.2))
