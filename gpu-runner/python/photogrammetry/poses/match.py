"""Request `match`: features of the photos, and the matches between them that fit one motion of the camera."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pycolmap

from ..child import Call
from ..failure import Failure
from ..scene import Scene
from .database import SceneDatabase, create_database, feature_pixel, read_verified_pairs
from .features import colmap_masks, extract_features
from .pairs import Pair, choose_pairs

BATCH = 450
"""Pairs per call into COLMAP, which makes the search trees of a call's features anew: all 276 pairs of 24 photos take 13
CPU-s in one call, 22 in calls of 24. The trees of 500 photos at once would take a gigabyte."""
TOLD_EVERY_S = 0.5
MIN_INLIERS = 15
"""Fewest verified matches of a pair; COLMAP's default."""
SHARE_FEATURES, SHARE_CHOICE = 0.3, 0.1
"""Of the step's time, for its progress."""
NOTHING_IN_COMMON = (
    "No two photos show enough of the same surface. Take photos of one thing, each turned at most 15° from the last."
)
NOTHING_IN_COMMON_MASKED = (
    "The subject alone has too little to recognise in any two photos. Leave the background in, unless the subject was "
    "turned before it; then take it closer, each photo turned at most 15° from the last."
)


def match(call: Call) -> dict:
    """Writes `sfm/database.db`, of features of the subject where there are masks. Fails with `cameras_unreliable` when
    no two photos show the same thing."""
    scene, matching = Scene(call.request["sceneDir"]), call.request["matching"]
    photos = scene.used_photos()
    masks = colmap_masks(scene, photos)
    database = scene.path("sfm", "database.db")
    pairs = match_photos(call, scene, photos, database, masks, matching, call.progress)
    scene.write_json("sfm/matching.json", {"matching": matching, "pairs": pairs})
    verified = sum(1 for _ in read_verified_pairs(database))
    call.log(f"{pairs} pairs matched, {verified} of them show the same thing")
    if not verified:
        raise Failure("cameras_unreliable", NOTHING_IN_COMMON_MASKED if masks else NOTHING_IN_COMMON)
    return {"pairs": pairs, "verifiedPairs": verified, "versions": {"pycolmap": pycolmap.__version__}}


def match_photos(
    call: Call,
    scene: Scene,
    photos: list[dict],
    database: Path,
    masks: Path | None,
    matching: str,
    progress: Callable[[float], None],
) -> int:
    """A new database of the photos' features, those within `masks` only where a folder is given, and of the verified
    matches between them. `matching` and the seed as in the request. Returns how many pairs were matched."""
    quiet()
    seed = call.request["seed"]
    pycolmap.set_random_seed(seed)
    create_database(database, photos)
    extract_features(scene, database, photos, masks, lambda share: progress(SHARE_FEATURES * share))
    _log_features(call, database, photos)
    ids = [photo["id"] for photo in photos]
    pairs = choose_pairs(matching, ids, database, lambda share: progress(SHARE_FEATURES + SHARE_CHOICE * share))
    _match_pairs(scene, database, pairs, photos, seed, progress)
    return len(pairs)


def quiet() -> None:
    """COLMAP's own log would fill the job's: only errors stay."""
    pycolmap.logging.minloglevel = pycolmap.logging.Level.ERROR.value


def _match_pairs(
    scene: Scene, database: Path, pairs: list[Pair], photos: list[dict], seed: int, progress: Callable[[float], None]
) -> None:
    names = {photo["id"]: photo["image"] for photo in photos}
    listing = scene.path("sfm", "pairs.txt")
    begin = SHARE_FEATURES + SHARE_CHOICE
    pairing = pycolmap.ImportedPairingOptions()
    pairing.match_list_path = str(listing)
    verification = verification_options(seed, feature_pixel(photos))
    with _told(database, lambda count: progress(begin + (1 - begin) * min(count / len(pairs), 1))):
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            listing.write_text("".join(f"{names[a]} {names[b]}\n" for a, b in batch), encoding="utf-8")
            pycolmap.match_image_pairs(
                str(database),
                matching_options=matching_options(),
                pairing_options=pairing,
                verification_options=verification,
                device=pycolmap.Device.cpu,
            )
    listing.unlink(missing_ok=True)


@contextmanager
def _told(database: Path, tell: Callable[[int], None]) -> Iterator[None]:
    """Meanwhile tells now and then how many pairs are matched: COLMAP writes each to the database when it is done."""
    over = threading.Event()

    def watch() -> None:
        with closing(sqlite3.connect(database.absolute().as_uri() + "?mode=ro", uri=True)) as reader:
            while not over.wait(TOLD_EVERY_S):
                with suppress(sqlite3.OperationalError):  # COLMAP is writing
                    tell(reader.execute("SELECT COUNT(*) FROM two_view_geometries").fetchone()[0])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


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
