"""The gate: which views of a repaired model are believed, and why not.

No single sign catches every wrong pose; each of these caught some that the others passed (bench/photogrammetry/gate
prints the table):
  - points: long tracks, and their spread over the picture;
  - resection: the other views' points put the view where it is, and no other place explains nearly as many of its
    features;
  - consistency: matches with views that look almost the same way fit the poses (a repeated pattern makes strong wrong
    pairs, but between near views the true pair is stronger);
  - uncertainty of the centre;
  - agreement of both mappers.
Where many views of a set fail, the rest can't be trusted either: a group of views that stands wrong together has signs
as good as those of a right one (12 photos every 30°: two groups of six, one period of the ground's pattern apart). So
the share of doubted views is a sign of the set (settle.py), and so is what ties the views together (ties.py).
"""

from dataclasses import dataclass

import numpy as np
import pycolmap

from .epipolar import consistent_matches, poses_of
from .repair import Repaired, center_of, scene_distance
from .resection import Resection
from .sparse import LONG_TRACK, MatchedScene
from .uncertainty import center_sigmas

NEAR_PAIR_DEG = 35.0
"""SIFT finds a surface again up to about so wide a turn (Mikolajczyk et al. 2005); beyond, the wrong pairs of a
repeated pattern outnumber the right ones (set `repeating`: 5 % right at 60°)."""
CHECK_PX = 3.0
GRID = 4
"""The picture is divided into GRID × GRID cells for the spread of the points."""


@dataclass(frozen=True)
class Limits:
    """Least or greatest values of a view that is believed."""

    long_tracks: int
    spread: float
    support: int
    support_share: float
    rival_share: float
    shift_percent: float
    """At `shift_support` features; a resection from fewer scatters more, with the square root, up to
    `shift_most_percent`."""
    shift_support: int
    shift_most_percent: float
    consistency: float
    clear_consistency: float
    """Where resection is clear: `clear_support_share` and `clear_rival_share` are kept."""
    clear_support_share: float
    clear_rival_share: float
    sigma_percent: float


LIMITS = Limits(
    long_tracks=30,
    spread=0.25,
    support=30,
    support_share=0.45,
    rival_share=0.5,
    shift_percent=0.08,
    shift_support=200,
    shift_most_percent=0.25,
    consistency=0.4,
    clear_consistency=0.2,
    clear_support_share=0.6,
    clear_rival_share=0.35,
    sigma_percent=0.04,
)
"""Between what right and wrong views show. Research set, 24 photos every 15°, all right: long tracks ≥ 220, spread ≥
0.75, support share ≥ 0.57, rival share ≤ 0.37, shift ≤ 0.02 %, consistency ≥ 0.55, sigma ≤ 0.015 %. Sigma holds the
lens, and errors are not independent: true errors are 2 to 5 sigma, so that the limit of 0.04 % keeps them within 0.2
%. It is no stricter than that: subjects alone with few features, 14 photos of 480 px, had sigma 0.06 to 0.10 % and
were off by 0.26 % (worst 0.6 %); sigma 0.09 to 0.15 % at 1,024 px, off by 0.4 % (worst 1.1 %). Shift, as if from 200
features: right views ≤ 0.047 % (12 photos every 30°), one that a wrong pair drew 0.26 % aside 0.091 %. Views that
stood wrong: support share 0.21 to 0.77, rival share up to 0.98, shift up to 1.6 %, consistency 0.0 to 1.0: mostly one
or two signs fail, never the same ones."""
AGREE_PERCENT = 0.5
AGREE_DEG = 0.5
"""Views of the two mappers' models that differ by less are the same; after repair they differ by less than 0.05 %."""


@dataclass(frozen=True)
class Agreement:
    """Difference of a view's pose between both mappers' models, after the similarity that most views agree on."""

    center_percent: float
    rotation_deg: float

    @property
    def agrees(self) -> bool:
        return self.center_percent < AGREE_PERCENT and self.rotation_deg < AGREE_DEG


@dataclass(frozen=True)
class Signs:
    """What is known of one view."""

    points: int
    long_tracks: int
    mean_track_length: float
    reprojection_error_px: float
    spread: float
    resection: Resection | None
    shift_percent: float
    consistency: float | None
    """None: no pair with a view that looks nearly the same way."""
    sigma_percent: float


def signs_of(scene: MatchedScene, repaired: Repaired) -> dict[int, Signs]:
    """The signs of all registered views."""
    model = repaired.model
    distance = scene_distance(model)
    model.update_point_3d_errors()
    lengths = {point_id: model.points3D[point_id].track.length() for point_id in model.point3D_ids()}
    sigmas = center_sigmas(model, repaired.held_by)
    consistency = near_consistency(scene, model)
    return {
        image_id: _signs(model, image_id, lengths, distance, sigmas, consistency, repaired.resections)
        for image_id in sorted(model.reg_image_ids())
    }


def _signs(model, image_id, lengths, distance, sigmas, consistency, resections) -> Signs:  # noqa: ANN001
    image = model.images[image_id]
    observed = image.get_observation_points2D()
    tracks = np.array([lengths[point.point3D_id] for point in observed])
    errors = [model.points3D[point.point3D_id].error for point in observed]
    resection = resections.get(image_id)
    shift = np.linalg.norm(center_of(resection.pose) - image.projection_center()) if resection else np.inf
    return Signs(
        points=len(observed),
        long_tracks=int((tracks >= LONG_TRACK).sum()),
        mean_track_length=float(tracks.mean()) if len(tracks) else 0.0,
        reprojection_error_px=float(np.mean(errors)) if errors else 0.0,
        spread=_spread(model.cameras[image.camera_id], np.array([point.xy for point in observed]).reshape(-1, 2)),
        resection=resection,
        shift_percent=float(100 * shift / distance),
        consistency=consistency.get(image_id),
        sigma_percent=float(100 * sigmas[image_id] / distance),
    )


def _spread(camera: pycolmap.Camera, pixels: np.ndarray) -> float:
    """Share of the picture's cells with a point."""
    if not len(pixels):
        return 0.0
    cells = np.floor(GRID * pixels / [camera.width, camera.height]).clip(0, GRID - 1).astype(int)
    return len(np.unique(cells, axis=0)) / GRID**2


def near_consistency(scene: MatchedScene, model: pycolmap.Reconstruction) -> dict[int, float]:
    """Per view: of all matches with views that look within NEAR_PAIR_DEG of its direction, the share that fits the
    poses."""
    poses = poses_of(model, scene.keypoints)
    fitting: dict[int, float] = {}
    matched: dict[int, float] = {}
    for pair in scene.pairs:
        if pair.a not in poses.R or pair.b not in poses.R:
            continue
        if poses.R[pair.a][2] @ poses.R[pair.b][2] < np.cos(np.radians(NEAR_PAIR_DEG)):
            continue
        count = float(consistent_matches(poses, pair, CHECK_PX * scene.pixel).sum())
        for image_id in (pair.a, pair.b):
            fitting[image_id] = fitting.get(image_id, 0.0) + count
            matched[image_id] = matched.get(image_id, 0.0) + len(pair.matches)
    return {image_id: fitting[image_id] / count for image_id, count in matched.items()}


def doubt(signs: Signs, agreement: Agreement | None) -> str | None:
    """The first reason not to believe a view, as a user reads it; None when there is none."""
    limits, resection = LIMITS, signs.resection
    if signs.long_tracks < limits.long_tracks or resection is None or resection.support < limits.support:
        return f"too little in common with other photos: {signs.long_tracks} points that three photos see"
    if signs.shift_percent > _most_shift_percent(resection):
        return f"the other photos put its camera elsewhere, {signs.shift_percent:.2g} % of the distance away"
    if resection.support < limits.support_share * resection.candidates:
        share = 100 * resection.support / resection.candidates
        return f"only {share:.0f} % of what it shares with other photos fits its camera"
    if resection.rival > limits.rival_share * resection.support:
        return "its camera could as well stand elsewhere: the pattern repeats"
    if signs.consistency is not None and signs.consistency < _least_consistency(resection):
        return f"only {100 * signs.consistency:.0f} % of the matches with photos taken beside it fit its camera"
    if signs.spread < limits.spread:
        return "all its points lie in one part of the picture"
    if signs.sigma_percent > limits.sigma_percent:
        return f"its camera can't be placed exactly enough (±{signs.sigma_percent:.2f} % of the distance)"
    if agreement is not None and not agreement.agrees:
        return f"the two mappers place its camera {agreement.center_percent:.1f} % of the distance apart"
    return None


def _most_shift_percent(resection: Resection) -> float:
    scatter = max(1.0, float(np.sqrt(LIMITS.shift_support / resection.support)))
    return min(LIMITS.shift_most_percent, LIMITS.shift_percent * scatter)


def _least_consistency(resection: Resection) -> float:
    """One strong wrong pair (a repeated pattern) takes a view's consistency down to 0.36 although it stands right:
    where its resection leaves no doubt, less is asked."""
    clear = resection.support >= LIMITS.clear_support_share * resection.candidates
    clear = clear and resection.rival <= LIMITS.clear_rival_share * resection.support
    return LIMITS.clear_consistency if clear else LIMITS.consistency


def severity(signs: Signs) -> float:
    """Orders doubted views: the least supported one goes first. Share of what it could fit that it does fit, less its
    rival's."""
    if signs.resection is None or not signs.resection.candidates:
        return -1.0
    share = (signs.resection.support - signs.resection.rival) / signs.resection.candidates
    return share + (signs.consistency if signs.consistency is not None else 0.5)
