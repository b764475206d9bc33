"""The loops that NumPy can't do: drawing triangles into grids, and looking at every texel from every view. Compiled by
numba."""

import math

import numba
import numpy as np
from numba import njit, prange

# Present wherever numba is; a search for others prints warnings.
numba.config.THREADING_LAYER = "workqueue"


@njit(cache=True)
def _edge(ax, ay, bx, by, px, py):
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True)
def draw_depth(pixels, depths, faces, height, width):
    """The depth buffer (height, width) float32 of triangles: the nearest depth at each pixel's middle, infinite where
    there is none.

    `pixels` (n, 2) float32, first pixel spans 0 to 1; `depths` (n,) along z; `faces` (m, 3). Faces with a corner behind
    the camera (depth ≤ 0) are left out. 1/z is linear on the screen, so it is what is interpolated.
    """
    buffer = np.zeros((height, width), np.float32)
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if depths[a] <= 0 or depths[b] <= 0 or depths[c] <= 0:
            continue
        ax, ay, bx, by, cx, cy = pixels[a, 0], pixels[a, 1], pixels[b, 0], pixels[b, 1], pixels[c, 0], pixels[c, 1]
        area = _edge(ax, ay, bx, by, cx, cy)
        if area == 0:
            continue
        x0, x1 = max(math.ceil(min(ax, bx, cx) - 0.5), 0), min(math.floor(max(ax, bx, cx) - 0.5), width - 1)
        y0, y1 = max(math.ceil(min(ay, by, cy) - 0.5), 0), min(math.floor(max(ay, by, cy) - 0.5), height - 1)
        ia, ib, ic = 1 / depths[a], 1 / depths[b], 1 / depths[c]
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                wa = _edge(bx, by, cx, cy, px, py) / area
                wb = _edge(cx, cy, ax, ay, px, py) / area
                wc = 1 - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                inverse = wa * ia + wb * ib + wc * ic
                if inverse > buffer[y, x]:
                    buffer[y, x] = inverse
    for y in range(height):
        for x in range(width):
            buffer[y, x] = 1 / buffer[y, x] if buffer[y, x] > 0 else np.inf
    return buffer


@njit(cache=True)
def draw_faces(corners, size, border):
    """Draws triangles of the atlas: which face each texel shows, and where in it.

    `corners` (m, 3, 2) in texels. Returns `face` (size, size) int32, -1 = none; `weights` (size, size, 2) float32 of
    the first two corners; `loser` (m,) bool: faces whose texels another face had already. Texels within `border` of a
    face that no face covers show the face's plane beyond its edge (weights below 0): samplers that mix neighbouring
    texels need them.
    """
    face = np.full((size, size), -1, np.int32)
    weights = np.zeros((size, size, 2), np.float32)
    loser = np.zeros(len(corners), np.bool_)
    for beyond in range(2):
        for f in range(len(corners)):
            ax, ay, bx, by = corners[f, 0, 0], corners[f, 0, 1], corners[f, 1, 0], corners[f, 1, 1]
            cx, cy = corners[f, 2, 0], corners[f, 2, 1]
            area = _edge(ax, ay, bx, by, cx, cy)
            if abs(area) < 1e-9:
                continue
            margin = border if beyond else 0.0
            x0 = max(math.ceil(min(ax, bx, cx) - margin - 0.5), 0)
            x1 = min(math.floor(max(ax, bx, cx) + margin - 0.5), size - 1)
            y0 = max(math.ceil(min(ay, by, cy) - margin - 0.5), 0)
            y1 = min(math.floor(max(ay, by, cy) + margin - 0.5), size - 1)
            # Weights fall by 1 over a corner's height; a margin in texels is so much of each weight.
            ma = margin * math.hypot(cx - bx, cy - by) / abs(area)
            mb = margin * math.hypot(ax - cx, ay - cy) / abs(area)
            mc = margin * math.hypot(bx - ax, by - ay) / abs(area)
            for y in range(y0, y1 + 1):
                for x in range(x0, x1 + 1):
                    px, py = x + 0.5, y + 0.5
                    wa = _edge(bx, by, cx, cy, px, py) / area
                    wb = _edge(cx, cy, ax, ay, px, py) / area
                    wc = 1 - wa - wb
                    if wa < -ma or wb < -mb or wc < -mc:
                        continue
                    if face[y, x] >= 0:
                        # On an edge two neighbours may both claim a texel: that is no overlap.
                        if beyond == 0 and min(wa, wb, wc) > 1e-4:
                            loser[f] = True
                        continue
                    face[y, x] = f
                    weights[y, x, 0] = wa
                    weights[y, x, 1] = wb
    return face, weights, loser


@njit(cache=True, inline="always")
def _bilinear(picture, x, y, channel):
    """At (x, y), where the first pixel spans 0 to 1; clamped at the border."""
    height, width = picture.shape[0], picture.shape[1]
    x = min(max(x - 0.5, 0.0), width - 1.001)
    y = min(max(y - 0.5, 0.0), height - 1.001)
    ix, iy = int(x), int(y)
    fx, fy = x - ix, y - iy
    jx, jy = min(ix + 1, width - 1), min(iy + 1, height - 1)
    upper = picture[iy, ix, channel] * (1 - fx) + picture[iy, jx, channel] * fx
    lower = picture[jy, ix, channel] * (1 - fx) + picture[jy, jx, channel] * fx
    return upper * (1 - fy) + lower * fy


@njit(cache=True, inline="always")
def _cubic_weight(distance):
    """Catmull-Rom's kernel: as sharp as the picture, where bilinear sampling would blur it."""
    distance = abs(distance)
    if distance < 1:
        return (1.5 * distance - 2.5) * distance * distance + 1
    if distance < 2:
        return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return 0.0


@njit(cache=True, inline="always")
def _cubic(picture, x, y, channel, tx, ty):
    """At (x, y) by Catmull-Rom; tx and ty (4,) are written over."""
    height, width = picture.shape[0], picture.shape[1]
    x -= 0.5
    y -= 0.5
    ix, iy = math.floor(x), math.floor(y)
    if channel == 0:
        for k in range(4):
            tx[k] = _cubic_weight(x - (ix + k - 1))
            ty[k] = _cubic_weight(y - (iy + k - 1))
    total = 0.0
    for j in range(4):
        row = min(max(iy + j - 1, 0), height - 1)
        line = 0.0
        for i in range(4):
            line += tx[i] * picture[row, min(max(ix + i - 1, 0), width - 1), channel]
        total += ty[j] * line
    return total


@njit(cache=True, inline="always")
def view_weight(p, n, camera, pose, shift, focal, center, size, depth, clear, cosine_min, out):
    """How well a view sees a surface point `p` (3,) with normal `n` (3,), 0 = not at all.

    `depth` is the view's depth buffer and `clear` (same size) 0 to 1: how far from the edges of what covers what.
    `size` is (width, height) of the picture. Writes the pixel into `out` (2,). The weight is the picture's pixels per
    area of the surface (resolution squared times the cosine of the angle), times the cosine once more and `clear`.
    """
    qx = pose[0, 0] * p[0] + pose[0, 1] * p[1] + pose[0, 2] * p[2] + shift[0]
    qy = pose[1, 0] * p[0] + pose[1, 1] * p[1] + pose[1, 2] * p[2] + shift[1]
    z = pose[2, 0] * p[0] + pose[2, 1] * p[1] + pose[2, 2] * p[2] + shift[2]
    if z <= 0:
        return 0.0
    u, v = qx / z * focal[0] + center[0], qy / z * focal[1] + center[1]
    if u < 1 or v < 1 or u > size[0] - 1 or v > size[1] - 1:
        return 0.0
    wx, wy, wz = camera[0] - p[0], camera[1] - p[1], camera[2] - p[2]
    length = math.sqrt(wx * wx + wy * wy + wz * wz)
    cosine = (wx * n[0] + wy * n[1] + wz * n[2]) / length
    if cosine < cosine_min:
        return 0.0
    x, y = int(u / size[0] * depth.shape[1]), int(v / size[1] * depth.shape[0])
    pixel = z / focal[0] * size[0] / depth.shape[1]
    # The buffer's pixel is as deep as the surface is steep, and normals are smoother than faces.
    slope = math.sqrt(max(1 - cosine * cosine, 0.0)) / cosine
    if z > depth[y, x] + pixel * (2 + 1.5 * slope):
        return 0.0
    out[0] = u
    out[1] = v
    resolution = focal[0] / z
    return resolution * resolution * cosine * cosine * clear[y, x]


@njit(cache=True, parallel=True)
def look_at_points(
    points, normals, camera, pose, shift, focal, center, size, depth, clear, cosine_min, picture, weight, color
):  # fmt: skip
    """What a view sees of points (n, 3): writes `weight` (n,) float32 and `color` (n, 3) float32, bilinear in
    `picture`.

    `picture` (h, w, 3) may be smaller than `size`.
    """
    sx, sy = picture.shape[1] / size[0], picture.shape[0] / size[1]
    for i in prange(len(points)):
        at = np.empty(2)
        w = view_weight(points[i], normals[i], camera, pose, shift, focal, center, size, depth, clear, cosine_min, at)
        weight[i] = w
        if w > 0:
            for k in range(3):
                color[i, k] = _bilinear(picture, at[0] * sx, at[1] * sy, k)


@njit(cache=True, parallel=True)
def look_at_texels(
    texel_face, texel_weights, vertices, normals, faces, trust, gain,
    camera, pose, shift, focal, center, size, depth, clear, cosine_min, picture, smooth, power,
    best_weight, best_detail, base, base_weight,
):  # fmt: skip
    """Adds what a view sees of the texels to what the views before it saw.

    texel_face (t,), texel_weights (t, 2): see draw_faces. vertices, normals (n, 3), faces (m, 3). trust (n,) float32
    0–1: how much this view's colour of each vertex fits the other views'. gain (3,) makes the view as bright as the
    others. picture (h, w, 3) and smooth (its low frequencies, any size), uint8 and float32. best_weight (t, k) float32
    falls from the best view to the k-th, best_detail (t, k, 3) float32 is their colour less their low frequencies; base
    (t, 3), base_weight (t,) sum up the low frequencies of all views, by weight to the power of `power`.
    """
    slots = best_weight.shape[1]
    sx, sy = picture.shape[1] / size[0], picture.shape[0] / size[1]
    lx, ly = smooth.shape[1] / size[0], smooth.shape[0] / size[1]
    for i in prange(len(texel_face)):
        face = faces[texel_face[i]]
        wa, wb = texel_weights[i, 0], texel_weights[i, 1]
        wc = 1 - wa - wb
        trusted = min(max(wa * trust[face[0]] + wb * trust[face[1]] + wc * trust[face[2]], 0.0), 1.0)
        if trusted <= 0:
            continue
        p, n, at, tx, ty = np.empty(3), np.empty(3), np.empty(2), np.empty(4), np.empty(4)
        for k in range(3):
            p[k] = wa * vertices[face[0], k] + wb * vertices[face[1], k] + wc * vertices[face[2], k]
            n[k] = wa * normals[face[0], k] + wb * normals[face[1], k] + wc * normals[face[2], k]
        length = math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-12
        for k in range(3):
            n[k] /= length
        w = trusted * view_weight(p, n, camera, pose, shift, focal, center, size, depth, clear, cosine_min, at)
        if w <= 0:
            continue
        slot = slots
        while slot > 0 and w > best_weight[i, slot - 1]:
            slot -= 1
        if slot < slots:
            for s in range(slots - 1, slot, -1):
                best_weight[i, s] = best_weight[i, s - 1]
                for k in range(3):
                    best_detail[i, s, k] = best_detail[i, s - 1, k]
            best_weight[i, slot] = w
        share = w**power
        base_weight[i] += share
        for k in range(3):
            low = _bilinear(smooth, at[0] * lx, at[1] * ly, k) * gain[k]
            base[i, k] += share * low
            if slot < slots:
                best_detail[i, slot, k] = _cubic(picture, at[0] * sx, at[1] * sy, k, tx, ty) * gain[k] - low


@njit(cache=True, parallel=True)
def mix_texels(best_weight, best_detail, base, base_weight, power, colors):
    """Writes `colors` (t, 3) uint8: low frequencies of all views, details of the best ones by weight to the power of
    `power`.

    Texels that no view sees (base_weight 0) are left as they are.
    """
    for i in prange(len(colors)):
        if base_weight[i] <= 0:
            continue
        total = 0.0
        for s in range(best_weight.shape[1]):
            total += (best_weight[i, s] / best_weight[i, 0]) ** power
        for k in range(3):
            detail = 0.0
            for s in range(best_weight.shape[1]):
                detail += (best_weight[i, s] / best_weight[i, 0]) ** power * best_detail[i, s, k]
            value = base[i, k] / base_weight[i] + detail / total
            colors[i, k] = np.uint8(min(max(value + 0.5, 0.0), 255.0))


def compile_kernels() -> None:
    """Calls every kernel once with a triangle, so that numba compiles and keeps them."""
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1]], np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    normals = np.tile(np.float32([0, 0, -1]), (3, 1))
    depth = draw_depth(np.ascontiguousarray(corners[:, :2] * 4), corners[:, 2].copy(), faces, 4, 4)
    clear = np.ones_like(depth)
    draw_faces(np.ascontiguousarray(corners[None, :, :2] * 4), 4, 1.0)
    camera, pose, shift = np.zeros(3), np.eye(3), np.zeros(3)
    lens = (camera, pose, shift, np.full(2, 4.0), np.zeros(2), np.full(2, 4.0), depth, clear, 0.1)
    picture, smooth = np.zeros((4, 4, 3), np.uint8), np.zeros((2, 2, 3), np.float32)
    weight, color = np.zeros(3, np.float32), np.zeros((3, 3), np.float32)
    look_at_points(corners, normals, *lens, smooth, weight, color)
    texel_face, texel_weights = np.zeros(1, np.int32), np.full((1, 2), 0.3, np.float32)
    best_weight, best_detail = np.zeros((1, 2), np.float32), np.zeros((1, 2, 3), np.float32)
    base, base_weight = np.zeros((1, 3), np.float32), np.zeros(1, np.float32)
    trust, gain = np.ones(3, np.float32), np.ones(3)
    look_at_texels(
        texel_face, texel_weights, corners, normals, faces, trust, gain, *lens, picture, smooth, 1.0,
        best_weight, best_detail, base, base_weight,
    )  # fmt: skip
    mix_texels(best_weight, best_detail, base, base_weight, 1.0, np.zeros((1, 3), np.uint8))
