"""Request `match`: features of the photos, and the matches between them that fit one motion of the camera."""

from pathlib import Path

import pycolmap

from ..child import Call
from ..failure import Failure
from ..scene import Scene
from .database import SceneDatabase, create_database, feature_pixel, read_verified_pairs
from .features import extract_features
from .pairs import Pair, choose_pairs

BATCH = 24
"""Pairs per call into COLMAP: progress is told between calls."""
MIN_INLIERS = 15
"""Fewest verified matches of a pair; COLMAP's default."""
SHARE_FEATURES, SHARE_CHOICE = 0.3, 0.1
"""Of the step's time, for its progress."""


def match(call: Call) -> dict:
    """Writes `sfm/database.db`. Fails with `cameras_unreliable` when no two photos show the same thing."""
    scene = Scene(call.request["sceneDir"])
    photos = scene.used_photos()
    quiet()
    pycolmap.set_random_seed(call.request["seed"])
    database = scene.path("sfm", "database.db")
    create_database(database, photos)
    extract_features(call, scene, database, photos, SHARE_FEATURES)
    _log_features(call, database, photos)
    pairs = _choose(call, database, photos)
    scene.write_json("sfm/matching.json", {"matching": call.request["matching"], "pairs": len(pairs)})
    names = {photo["id"]: photo["image"] for photo in photos}
    _match_pairs(call, scene, database, pairs, names, feature_pixel(photos))
    verified = sum(1 for _ in read_verified_pairs(database))
    call.log(f"{len(pairs)} pairs matched, {verified} of them show the same thing")
    if not verified:
        raise Failure(
            "cameras_unreliable",
            "No two photos show enough of the same surface. "
            "Take photos of one thing, each turned at most 15° from the last.",
        )
    return {"pairs": len(pairs), "verifiedPairs": verified, "versions": {"pycolmap": pycolmap.__version__}}


def quiet() -> None:
    """COLMAP's own log would fill the job's: only errors stay."""
    pycolmap.logging.minloglevel = pycolmap.logging.Level.ERROR.value


def _choose(call: Call, database: Path, photos: list[dict]) -> list[Pair]:
    def progress(share: float) -> None:
        call.progress(SHARE_FEATURES + SHARE_CHOICE * share)

    return choose_pairs(call.request["matching"], [photo["id"] for photo in photos], database, progress)


def _match_pairs(
    call: Call, scene: Scene, database: Path, pairs: list[Pair], names: dict[int, str], pixel: float
) -> None:
    listing = scene.path("sfm", "pairs.txt")
    begin = SHARE_FEATURES + SHARE_CHOICE
    pairing = pycolmap.ImportedPairingOptions()
    verification = verification_options(call.request["seed"], pixel)
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        listing.write_text("".join(f"{names[a]} {names[b]}\n" for a, b in batch), encoding="utf-8")
        pairing.match_list_path = str(listing)
        pycolmap.match_image_pairs(
            str(database),
            matching_options=matching_options(),
            pairing_options=pairing,
            verification_options=verification,
            device=pycolmap.Device.cpu,
        )
        call.progress(begin + (1 - begin) * min(start + BATCH, len(pairs)) / len(pairs))
    listing.unlink()


def matching_options() -> pycolmap.FeatureMatchingOptions:
    options = pycolmap.FeatureMatchingOptions()
    options.use_gpu = False
    return options


def verification_options(seed: int, pixel: float) -> pycolmap.TwoViewGeometryOptions:
    """`pixel`: size of a pixel of the features in pixels of the photos (sparse.py)."""
    options = pycolmap.TwoViewGeometryOptions()
    options.min_num_inliers = MIN_INLIERS
    options.ransac.random_seed = seed
    options.ransac.max_error *= pixel
    return options


def _log_features(call: Call, database: Path, photos: list[dict]) -> None:
    with SceneDatabase(database) as db:
        counts = [(db.num_keypoints_for_image(photo["id"]), photo["file"]) for photo in photos]
    fewest, file = min(counts)
    average = sum(count for count, _ in counts) // len(counts)
    call.log(f"{average} features in a photo; fewest in {file}: {fewest}")
