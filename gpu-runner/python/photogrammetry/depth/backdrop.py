"""What lies behind the scene in a photo: sky, or a plain backdrop. Poisson closes the gap between a roof and the frame of the
photo with a guess that every camera sees and no depth map contradicts, because sky has no depth; and a photo that looks past
an edge paints the sky on it. Both end where the backdrop begins.

A pixel is backdrop when it is plain, when no depth map measured it, and when such pixels lead from it to the frame, or when it
has the colour of those: sky through the handle of a jug. Seen on photos of a building and rendered sets: sky and studio backdrops
are found but for their last pixels, which are grown into; a plain wall that leads to the frame counts as backdrop too, which
costs nothing where other photos measured it.
"""

import cv2
import numpy as np

from ..scene import Scene

WINDOW = 5
"""Pixels of the depth map: a pixel is plain when the window around it is."""
PLAIN_STD = 4.0
"""Standard deviation in the window, in levels of CIE L*a*b* (8 bit), the largest of the three channels."""
SHARE_MIN = 0.005
"""Share of the photo below which a plain patch at the frame is no backdrop."""
ENCLOSED_MIN_PX = 12
"""Pixels of a plain patch that does not touch the frame,"""
ENCLOSED_LEVELS = 4.0
"""whose mean colour is so close to one of the backdrop's."""
COLOR_SAMPLE = 500
GROWN_PX = 4
"""Windows reach over the edge of what stands before the backdrop: it is grown by so many pixels,"""
GROWN_LEVELS = 12.0
"""into colours this close to it."""


def backdrop(photo: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(h, w) bool of the depth map (h, w; 0 = not measured): which pixels of the `photo` (RGB uint8, any size) show nothing
    that has a place in the scene."""
    height, width = depth.shape
    small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    colors = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    unmeasured = depth <= 0
    plain = (_deviation(colors) < PLAIN_STD) & unmeasured
    plain = cv2.morphologyEx(plain.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    behind = _at_frame(plain)
    return _grown(behind | _of_its_colors(plain, behind, colors), colors)


def _deviation(colors: np.ndarray) -> np.ndarray:
    mean = cv2.blur(colors, (WINDOW, WINDOW))
    variance = cv2.blur(colors * colors, (WINDOW, WINDOW)) - mean * mean
    return np.sqrt(np.maximum(variance, 0)).max(axis=2)


def _at_frame(plain: np.ndarray) -> np.ndarray:
    """The large connected parts of a mask that touch the frame."""
    _, labels, figures, _ = cv2.connectedComponentsWithStats(plain, connectivity=4)
    frame = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    large = figures[:, cv2.CC_STAT_AREA] >= SHARE_MIN * plain.size
    wanted = [label for label in np.unique(frame) if label and large[label]]
    return np.isin(labels, wanted)


def _of_its_colors(plain: np.ndarray, behind: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """The plain patches that have a colour of the backdrop."""
    palette = colors[behind]
    if not len(palette):
        return behind
    palette = palette[:: max(1, len(palette) // COLOR_SAMPLE)]
    count, labels, figures, _ = cv2.connectedComponentsWithStats((plain.astype(bool) & ~behind).astype(np.uint8))
    pixels = np.maximum(figures[:, cv2.CC_STAT_AREA], 1)
    means = np.stack([np.bincount(labels.ravel(), colors[..., k].ravel(), count) / pixels for k in range(3)], axis=1)
    far = np.abs(means[:, None] - palette[None]).max(axis=2).min(axis=1)
    alike = (far < ENCLOSED_LEVELS) & (pixels >= ENCLOSED_MIN_PX)
    alike[0] = False
    return alike[labels]


def _grown(mask: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """The mask with the pixels around it whose colour is that of the mask beside them."""
    for _ in range(GROWN_PX):
        weight = cv2.blur(mask.astype(np.float32), (WINDOW, WINDOW))
        beside = cv2.blur(colors * mask[..., None], (WINDOW, WINDOW)) / np.maximum(weight, 1e-6)[..., None]
        close = np.abs(colors - beside).max(axis=2) < GROWN_LEVELS
        reached = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        mask = mask | (reached & close)
    return mask


def write_backdrop(scene: Scene, photo: int, mask: np.ndarray) -> None:
    """Keeps a backdrop as `fused/000001.png`."""
    cv2.imwrite(str(scene.path("fused", f"{photo:06d}.png")), np.where(mask, 255, 0).astype(np.uint8))


def read_backdrop(scene: Scene, photo: int) -> np.ndarray | None:
    """The backdrop (h, w) bool of a photo, None where none was kept."""
    name = f"fused/{photo:06d}.png"
    if not scene.has(name):
        return None
    return cv2.imread(str(scene.path(name)), cv2.IMREAD_GRAYSCALE) > 127
