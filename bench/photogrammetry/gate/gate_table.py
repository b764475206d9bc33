"""Does the gate tell right cameras from wrong ones? Prints a table over many subsets of a data set.

    python gate_table.py DATASET WORK [CASE ...]     DATASET: a folder that turntable/ made (photos/, truth.json)

The photos are matched once, every pair; each case takes a part of the photos, or of the matches, and runs the mappers
and the gate as `align` does. Cases:

    every:N:K        every N-th photo, from the K-th on
    random:N:SEED    N photos at random
    fewer:N:K:SHARE  as every:N:K, with only this share (percent) of each pair's matches
    arc:FROM:TO      without the photos FROM to TO (those beside the gap are still matched with each other)
    groups:N         every second photo, without the pairs between the first N and the rest
    moved:N:K:SEED   as every:N:K; in the repaired model each camera in turn is moved by 0.5 to 30 % of the distance

A last part, /SEED, sets the seed: `every:2:0/3`. A kept camera that is off by more than 0.2 % of the distance is a
miss, a dropped one that was right a false alarm.
"""

import json
import random
import shutil
import sqlite3
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "gpu-runner" / "python"))
from photogrammetry import libraries  # noqa: E402, F401, I001
import numpy as np  # noqa: E402
import pycolmap  # noqa: E402
from photogrammetry.child import SilentCall  # noqa: E402
from photogrammetry.poses.epipolar import MatchedPair  # noqa: E402
from photogrammetry.poses.gate import doubt, signs_of  # noqa: E402
from photogrammetry.poses.mappers import run_mappers  # noqa: E402
from photogrammetry.poses.match import match, quiet  # noqa: E402
from photogrammetry.poses.place import mapper_order, refined  # noqa: E402
from photogrammetry.poses.repair import Repaired, repair, resect_all, scene_distance  # noqa: E402
from photogrammetry.poses.settle import Unreliable, choose_and_settle  # noqa: E402
from photogrammetry.poses.similarity import robust_similarity  # noqa: E402
from photogrammetry.poses.sparse import MatchedScene, load_matched_scene, model_with, poses_in  # noqa: E402
from photogrammetry.poses.sparse import triangulate  # noqa: E402

RIGHT_PERCENT = 0.2
MAX_IMAGE_ID = 2**31 - 1
"""COLMAP's pair id is `a · MAX_IMAGE_ID + b`."""
MOVES_PERCENT = (0.5, 1.0, 3.0, 10.0, 30.0)
DEFAULT_CASES = [
    "every:1:0", "every:2:0", "every:2:1", "every:2:0/1", "every:2:1/2", "every:3:0", "every:3:1", "every:3:2",
    "every:4:0", "every:4:1", "every:4:2", "every:4:3", "every:4:0/5", "every:4:2/5", "random:24:1", "random:20:2",
    "random:16:3", "random:12:4", "random:10:5", "fewer:2:0:60", "fewer:2:1:35", "fewer:1:0:35", "arc:10:16",
    "groups:8", "groups:12", "moved:2:0:1", "moved:2:1:2",
]  # fmt: skip


@dataclass
class Outcome:
    """Of one case. `raw` and `repaired`: right cameras of placed ones, per mapper."""

    photos: int
    raw: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    verdict: str = ""
    kept: int = 0
    missed: int = 0
    false_alarms: int = 0
    rmse: float = float("nan")
    worst: float = float("nan")
    cpu_s: float = 0.0


class Truth:
    def __init__(self, dataset: Path):
        self.json = json.loads((dataset / "truth.json").read_text())
        self.centers = {index: np.array(view["C"]) for index, view in enumerate(self.json["views"], 1)}

    def errors_percent(self, model: pycolmap.Reconstruction) -> dict[int, float]:
        """Of every registered camera, after the similarity that most agree on."""
        ids = sorted(model.reg_image_ids())
        if len(ids) < 3:
            return dict.fromkeys(ids, float("inf"))
        distance = self.json["meanCameraDistance"]
        found = np.array([model.images[image_id].projection_center() for image_id in ids])
        true = np.array([self.centers[image_id] for image_id in ids])
        similarity, _ = robust_similarity(found, true, 0.005 * distance, 0)
        errors = 100 * np.linalg.norm(similarity.apply(found) - true, axis=1) / distance
        return dict(zip(ids, errors, strict=True))


def prepare(dataset: Path, work: Path, truth: Truth) -> Path:
    """A scene of all photos, every pair matched; kept in `work` for the next time."""
    scene = work / "all"
    if (scene / "sfm" / "done").exists():
        return scene
    shutil.rmtree(scene, ignore_errors=True)
    (scene / "photos").mkdir(parents=True)
    photos = []
    for image_id, view in enumerate(truth.json["views"], 1):
        name, camera = f"{image_id:06d}.jpg", truth.json["camera"]
        shutil.copyfile(dataset / view["file"], scene / "photos" / name)
        size = {"width": camera["width"], "height": camera["height"]}
        extra = {"id": image_id, "file": view["file"], "image": name, "focalPx": None, "camera": "c", "use": True}
        photos.append({**extra, **size, "exif": {"gps": None}})
    (scene / "photos.json").write_text(json.dumps({"photos": photos, "skipped": []}))
    match(SilentCall({"sceneDir": str(scene), "matching": "exhaustive", "seed": 0}))
    (scene / "sfm" / "done").touch()
    return scene


def subset(database: Path, out: Path, ids: set[int], allowed) -> Path:  # noqa: ANN001
    """A database of some photos, with the pairs `allowed(a, b)`."""
    out.unlink(missing_ok=True)
    shutil.copyfile(database, out)
    listed = ",".join(map(str, sorted(ids)))
    with sqlite3.connect(out) as connection:
        for table, column in (("keypoints", "image_id"), ("descriptors", "image_id"), ("frame_data", "frame_id"),
                              ("frames", "frame_id"), ("images", "image_id")):  # fmt: skip
            connection.execute(f"delete from {table} where {column} not in ({listed})")
        for table in ("matches", "two_view_geometries"):
            pair_ids = [row[0] for row in connection.execute(f"select pair_id from {table}")]
            pairs = {pair_id: divmod(pair_id, MAX_IMAGE_ID) for pair_id in pair_ids}
            gone = [(pair_id,) for pair_id, pair in pairs.items() if not (set(pair) <= ids and allowed(*pair))]
            connection.executemany(f"delete from {table} where pair_id = ?", gone)
    return out


def thin_out(database: Path, share: float, seed: int) -> None:
    """Leaves a share of each pair's matches, as if fewer features had been found."""
    source = np.random.default_rng(seed)
    db = pycolmap.Database.open(str(database))
    pair_ids, geometries = db.read_two_view_geometries()
    for pair_id, geometry in zip(pair_ids, geometries, strict=True):
        first, second = pycolmap.pair_id_to_image_pair(pair_id)
        matches = np.asarray(geometry.inlier_matches)
        geometry.inlier_matches = matches[source.random(len(matches)) < share]
        db.update_two_view_geometry(first, second, geometry)
    db.close()


def run_case(case: str, scene: Path, work: Path, truth: Truth) -> list[Outcome]:
    spec, _, seed_text = case.partition("/")
    kind, *numbers = spec.split(":")
    seed, values, everything = int(seed_text or 0), [int(number) for number in numbers], sorted(truth.centers)
    ids, share, allowed = set(everything), 1.0, lambda _a, _b: True
    if kind in ("every", "fewer", "moved"):
        ids = set(everything[values[1] :: values[0]])
        share = values[2] / 100 if kind == "fewer" else 1.0
    elif kind == "random":
        ids = set(random.Random(values[1]).sample(everything, values[0]))
    elif kind == "arc":
        ids = {image_id for image_id in everything if not values[0] <= image_id <= values[1]}
    elif kind == "groups":
        ids = set(everything[::2])
        first = set(sorted(ids)[: values[0]])
        allowed = lambda a, b: (a in first) == (b in first)  # noqa: E731
    else:
        raise SystemExit(f"no such case: {case}")
    database = subset(scene / "sfm" / "database.db", work / "case.db", ids, allowed)
    if share < 1:
        thin_out(database, share, seed)
    if kind == "moved":
        return [run_moved(database, scene, work, truth, values[2])]
    return [run_subset(database, scene, work, truth, seed, len(ids))]


def run_subset(database: Path, scene: Path, work: Path, truth: Truth, seed: int, photos: int) -> Outcome:
    began, outcome = time.process_time(), Outcome(photos)
    models = run_mappers(database, scene / "photos", work / "mappers", 1.0, seed, 600, lambda: None)
    matched = load_matched_scene(database)
    repaired = {}
    for mapper, found in models.items():
        if found:
            outcome.raw.append(_right(truth.errors_percent(found[0])))
            repaired[mapper] = repair(matched, found[0], seed)
            outcome.repaired.append(_right(truth.errors_percent(repaired[mapper].model)))
    try:
        order = mapper_order("auto", repaired)
        mapper, confirmed, settled = choose_and_settle(
            matched, repaired, order, lambda chosen: refined(matched, chosen, seed), seed
        )
        before = truth.errors_percent(repaired[mapper].model)
        _judge(outcome, truth.errors_percent(settled.repaired.model), before, settled.reasons)
        outcome.verdict = "kept" if confirmed else "kept (one mapper)"
    except Unreliable as reason:
        outcome.verdict = f"refused: {reason}"
    outcome.cpu_s = time.process_time() - began
    return outcome


def run_moved(database: Path, scene: Path, work: Path, truth: Truth, seed: int) -> Outcome:
    """Each camera in turn is moved in a right model: is it doubted as it stands? `missed` counts those that were not,
    `kept` the right ones that were not doubted before anything was moved."""
    models = run_mappers(database, scene / "photos", work / "mappers", 1.0, 0, 600, lambda: None)
    matched = load_matched_scene(database)
    repaired = repair(matched, models["global"][0] if models["global"] else models["incremental"][0], 0)
    before = signs_of(matched, repaired)
    alarms = sum(1 for signs in before.values() if doubt(signs, None))
    source, outcome = np.random.default_rng(seed), Outcome(len(before))
    for image_id in sorted(before):
        moved = move(matched, repaired.model, image_id, source)
        if doubt(signs_of(matched, moved)[image_id], None) is None:
            outcome.missed += 1
    outcome.verdict, outcome.kept, outcome.false_alarms = "moved by hand", len(before) - alarms, alarms
    return outcome


def move(
    matched: MatchedScene, model: pycolmap.Reconstruction, image_id: int, source: np.random.Generator
) -> Repaired:
    """One camera moved, in a direction and by a share of the distance drawn at random; its points stay the others'."""
    direction = source.normal(size=3)
    shift = source.choice(MOVES_PERCENT) / 100 * scene_distance(model) * direction / np.linalg.norm(direction)
    poses = poses_in(model)
    matrix = poses[image_id].matrix()
    R, center = matrix[:, :3], -matrix[:, :3].T @ matrix[:, 3] + shift
    poses[image_id] = pycolmap.Rigid3d(pycolmap.Rotation3d(R), -R @ center)
    wrong = model_with(matched, poses, model.cameras.values())
    triangulate(wrong, [pair for pair in matched.pairs if _fits(pair, image_id)])
    return Repaired(wrong, resect_all(matched, wrong, 0))


def _fits(pair: MatchedPair, image_id: int) -> bool:
    return image_id not in (pair.a, pair.b)


def _judge(outcome: Outcome, kept: dict[int, float], before: dict[int, float], dropped: dict[int, str]) -> None:
    errors = np.array(list(kept.values()))
    outcome.kept, outcome.missed = len(kept), int((errors > RIGHT_PERCENT).sum())
    outcome.false_alarms = sum(1 for image_id in dropped if before.get(image_id, np.inf) <= RIGHT_PERCENT)
    outcome.rmse, outcome.worst = float(np.sqrt(np.mean(errors**2))), float(errors.max())


def _right(errors: dict[int, float]) -> str:
    return f"{sum(1 for error in errors.values() if error <= RIGHT_PERCENT)}/{len(errors)}"


def main(dataset: str, work: str, *cases: str) -> None:
    quiet()
    truth, folder = Truth(Path(dataset)), Path(work)
    folder.mkdir(parents=True, exist_ok=True)
    scene = prepare(Path(dataset), folder, truth)
    print("| case | photos | right, mappers | repaired | kept | missed | false alarms | RMSE % | worst % | verdict |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for case in cases or DEFAULT_CASES:
        for o in run_case(case, scene, folder, truth):
            print(
                f"| {case} | {o.photos} | {' '.join(o.raw)} | {' '.join(o.repaired)} | {o.kept} | {o.missed} | "
                f"{o.false_alarms} | {o.rmse:.4f} | {o.worst:.3f} | {o.verdict} |",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
