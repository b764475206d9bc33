"""How well the matches hold each camera in place: the covariance of the camera centres, as a free network.

A view can fit its matches within a pixel and still slide a long way with little change, when its points are few, on
one side or seen under small angles. The normal equations of bundle adjustment tell how far. Poses and points are
free, lenses are held (they are common to many views). Since position, direction and scale of the whole are arbitrary,
the covariance is given after the best similarity onto the true centres ("free network", "S-transformation": Baarda
1973; Triggs et al. 2000, section 9).
"""

import numpy as np
import pycolmap

from .epipolar import cross_matrix

MAD_TO_SIGMA = 1.4826
"""Median of absolute values → standard deviation of a normal distribution."""


def center_sigmas(model: pycolmap.Reconstruction, held_by: int = 2) -> dict[int, float]:
    """Standard deviation of each camera's centre, in scene units, by image id; infinity for views that nothing
    holds. Only points that at least `held_by` views see count."""
    ids = sorted(model.reg_image_ids())
    index = {image_id: row for row, image_id in enumerate(ids)}
    blocks, residuals = _observations(model, index, held_by)
    if not blocks:
        return dict.fromkeys(ids, float("inf"))
    normal = _reduced_normal_matrix(blocks, len(ids))
    held = np.array([normal[6 * row, 6 * row] > 0 for row in range(len(ids))])
    centers = np.array([model.images[image_id].projection_center() for image_id in ids])
    sigmas = np.full(len(ids), np.inf)
    if held.sum() >= 3:
        kept = np.flatnonzero(held)
        rows = (6 * kept[:, None] + np.arange(6)).ravel()
        covariance = _covariance_of_centers(normal[np.ix_(rows, rows)], centers[kept])
        noise = MAD_TO_SIGMA * float(np.median(np.abs(residuals)))
        sigmas[kept] = noise * np.sqrt(np.maximum(np.diag(covariance).reshape(-1, 3).sum(axis=1), 0))
    return {image_id: float(sigma) for image_id, sigma in zip(ids, sigmas, strict=True)}


def _observations(model: pycolmap.Reconstruction, index: dict[int, int], held_by: int) -> tuple[dict, np.ndarray]:
    """Per track length L: camera rows `(n, L)`, Jacobians for cameras `(n, L, 2, 6)` and points `(n, L, 2, 3)`, in
    normalised coordinates; and all residuals `(m,)`. A camera's six: turn about its own axes, then its centre."""
    camera_rows, pixels, xyz, first = [], [], [], [0]
    for point_id in sorted(model.point3D_ids()):
        point = model.points3D[point_id]
        if point.track.length() < held_by:
            continue
        for element in point.track.elements:
            camera_rows.append(index[element.image_id])
            pixels.append(model.images[element.image_id].points2D[element.point2D_idx].xy)
            xyz.append(point.xyz)
        first.append(len(camera_rows))
    if not camera_rows:
        return {}, np.empty(0)
    rows, positions, lengths = np.array(camera_rows), np.array(xyz), np.diff(first)
    turned, cameras_jacobian, points_jacobian, residuals = _jacobians(model, index, rows, np.array(pixels), positions)
    del turned
    blocks = {}
    starts = np.array(first[:-1])
    for length in np.unique(lengths):
        at = starts[lengths == length][:, None] + np.arange(length)
        blocks[int(length)] = (rows[at], cameras_jacobian[at], points_jacobian[at])
    return blocks, residuals


def _jacobians(
    model: pycolmap.Reconstruction, index: dict[int, int], rows: np.ndarray, pixels: np.ndarray, xyz: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of `(x/z, y/z)` of each observation. `exp(ω) R (X - C)`: d/dω = -[y]×, d/dC = -R, d/dX = R."""
    images = {row: model.images[image_id] for image_id, row in index.items()}
    in_camera = np.empty_like(xyz)
    observed = np.empty((len(rows), 2))
    rotations = np.empty((len(rows), 3, 3))
    for row, image in images.items():
        mine = rows == row
        matrix = image.cam_from_world().matrix()
        in_camera[mine] = xyz[mine] @ matrix[:, :3].T + matrix[:, 3]
        observed[mine] = np.asarray(model.cameras[image.camera_id].cam_from_img(pixels[mine]))
        rotations[mine] = matrix[:, :3]
    x, y, z = in_camera.T
    projection = np.zeros((len(rows), 2, 3))
    projection[:, 0, 0] = projection[:, 1, 1] = 1 / z
    projection[:, 0, 2], projection[:, 1, 2] = -x / z**2, -y / z**2
    turn = projection @ -np.array([cross_matrix(point) for point in in_camera])
    shift = projection @ rotations
    residuals = (in_camera[:, :2] / z[:, None] - observed).ravel()
    return in_camera, np.concatenate([turn, -shift], axis=2), shift, residuals


def _reduced_normal_matrix(blocks: dict, cameras: int) -> np.ndarray:
    """Normal matrix of the cameras with the points eliminated (Schur complement), `(6c, 6c)`."""
    normal = np.zeros((cameras, cameras, 6, 6))
    for length, (rows, camera, point) in blocks.items():
        V = np.einsum("nlij,nlik->njk", point, point)
        V += 1e-12 * np.trace(V, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        W = np.einsum("nlij,nlik->nljk", camera, point)
        W_V = W @ np.linalg.inv(V)[:, None]
        for i in range(length):
            np.add.at(normal, (rows[:, i], rows[:, i]), np.einsum("nij,nik->njk", camera[:, i], camera[:, i]))
            for j in range(length):
                np.add.at(normal, (rows[:, i], rows[:, j]), -W_V[:, i] @ np.swapaxes(W[:, j], 1, 2))
    return normal.transpose(0, 2, 1, 3).reshape(6 * cameras, 6 * cameras)


def _covariance_of_centers(normal: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """`(3c, 3c)` after the best similarity onto the true centres."""
    values, vectors = np.linalg.eigh((normal + normal.T) / 2)
    # The seven smallest belong to position, direction and scale of the whole; rounding must not blow up the next ones.
    inverse = np.zeros_like(values)
    inverse[7:] = 1 / np.maximum(values[7:], 1e-14 * values[-1])
    rows = (6 * np.arange(len(centers))[:, None] + np.array([3, 4, 5])).ravel()
    chosen = vectors[rows]
    covariance = (chosen * inverse) @ chosen.T
    about = centers - centers.mean(axis=0)
    gauge = np.concatenate(
        [np.concatenate([np.eye(3), cross_matrix(center), center[:, None]], axis=1) for center in about]
    )
    keep = np.eye(len(rows)) - gauge @ np.linalg.pinv(gauge)
    return keep @ covariance @ keep.T
