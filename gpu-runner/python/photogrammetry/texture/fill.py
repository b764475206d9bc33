"""Colours for what no photo saw: from the neighbours on the surface, then for the rest of the texture from the nearest
texel."""

import cv2
import numpy as np
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import cg

from ..surface.triangles import edges


def spread(colors: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Vertex colours (n, 3) with NaN where they are not known → all known: each is the mean of its neighbours'
    (Laplace's equation).

    Parts of the surface without any known colour get the mean of all.
    """
    known = np.isfinite(colors).all(axis=1)
    filled = np.where(known[:, None], colors, 0).astype(np.float64)
    mean = filled[known].mean(axis=0) if known.any() else np.full(3, 127.0)
    if known.all():
        return filled.astype(np.float32)
    (start, end), count = edges(faces)[0].T, len(colors)
    ones = np.ones(2 * len(start))
    graph = coo_matrix((ones, (np.r_[start, end], np.r_[end, start])), shape=(count, count)).tocsr()
    unknown = np.flatnonzero(~known)
    inner, outer = graph[unknown][:, unknown], graph[unknown][:, np.flatnonzero(known)]
    # The small pull to the mean makes the system definite where no neighbour is known.
    pull = 1e-6
    degree = np.asarray(graph[unknown].sum(axis=1)).ravel() + pull
    system = diags(degree) - inner
    for channel in range(3):
        right = outer @ filled[known, channel] + pull * mean[channel]
        first = np.full(len(unknown), mean[channel])
        filled[unknown, channel], _ = cg(system, right, x0=first, rtol=1e-4, maxiter=2_000, M=diags(1 / degree))
    return np.clip(filled, 0, 255).astype(np.float32)


def fill_gutters(picture: np.ndarray, drawn: np.ndarray) -> None:
    """Gives each texel (h, w, 3) that is not `drawn` (h, w) the colour of the nearest that is, in place."""
    if drawn.all() or not drawn.any():
        return
    _, label = cv2.distanceTransformWithLabels(
        (~drawn).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    color = np.zeros((label.max() + 1, 3), np.uint8)
    color[label[drawn]] = picture[drawn]
    picture[~drawn] = color[label[~drawn]]
