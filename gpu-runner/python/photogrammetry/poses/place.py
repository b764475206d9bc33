"""From a database of matches to cameras that the gate believes: both mappers, repair, choice, and the reason when none
is left."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pycolmap

from ..child import Call
from ..failure import Failure
from ..scene import Scene
from .gaps import gap_advice
from .lens import refine_lens
from .mappers import run_mappers
from .repair import Repaired, hold, repair
from .report import model_gaps
from .settle import Settled, Unreliable, choose_and_settle
from .sparse import LAST_PASS, MatchedScene, load_matched_scene, rebuild

MAPPERS_SHARE = 0.5
"""Of the time, for the progress."""
MAPPER_BASE_S, MAPPER_PER_PAIR_S = 300.0, 2.0
"""A mapper that takes longer is stopped; the other one's model is used alone. 24 photos take 10 s on an idle core."""
MAPPER_MOST_S = 1500.0
"""… whatever the number of pairs: an attempt ends after an hour (contract/job-types), and more has to follow."""


@dataclass(frozen=True)
class Placed:
    """`models`: of each mapper, the largest first; `mapper`: whose model the settled views are from; `seconds`: of the
    mappers and of what followed."""

    matched: MatchedScene
    models: dict[str, list[pycolmap.Reconstruction]]
    mapper: str
    settled: Settled
    warnings: list[str]
    seconds: dict[str, float]


def place(call: Call, scene: Scene, photos: list[dict], database: Path, progress: Callable[[float], None]) -> Placed:
    """Cameras from the matches in `database`; of the request, `mapper` and `seed`. Fails with `cameras_unreliable`."""
    began = time.monotonic()
    matched = load_matched_scene(database)
    models = _map(call, scene, database, matched, progress)
    mapped = time.monotonic()
    mapper, settled, warnings = _settle(call, matched, models, photos, progress)
    seconds = {"mappers": mapped - began, "gate": time.monotonic() - mapped}
    return Placed(matched, models, mapper, settled, warnings, seconds)


def _map(
    call: Call, scene: Scene, database: Path, matched: MatchedScene, progress: Callable[[float], None]
) -> dict[str, list[pycolmap.Reconstruction]]:
    began = time.monotonic()
    limit_s = min(MAPPER_BASE_S + MAPPER_PER_PAIR_S * len(matched.pairs), MAPPER_MOST_S)
    expected_s = 5 + 0.05 * len(matched.pairs)

    def waiting() -> None:
        passed = time.monotonic() - began
        progress(MAPPERS_SHARE * passed / (passed + expected_s))

    work = scene.path("sfm", "mappers")
    photos, seed = scene.directory / "photos", call.request["seed"]
    models = run_mappers(database, photos, work, matched.pixel, seed, limit_s, waiting)
    shutil.rmtree(work, ignore_errors=True)
    for mapper, found in models.items():
        sizes = ", ".join(str(model.num_reg_images()) for model in found) or "none"
        call.log(f"{mapper} mapper: photos placed in each model: {sizes}")
    return models


def _settle(
    call: Call,
    matched: MatchedScene,
    models: dict[str, list[pycolmap.Reconstruction]],
    photos: list[dict],
    progress: Callable[[float], None],
) -> tuple[str, Settled, list[str]]:
    """Name of the mapper whose model is used, its settled views, and warnings."""
    seed = call.request["seed"]
    repaired: dict[str, Repaired] = {}
    for mapper, found in models.items():
        if found:
            repaired[mapper] = repair(matched, found[0], seed)
            progress(MAPPERS_SHARE + 0.15 * len(repaired))
    order = mapper_order(call.request["mapper"], repaired)
    try:
        mapper, confirmed, settled = choose_and_settle(
            matched, repaired, order, lambda chosen: refined(matched, chosen, seed), seed
        )
    except Unreliable as reason:
        for image_id, why in sorted(reason.doubted.items()):
            call.log(f"{file_names(photos)[image_id]}: {why}")
        raise _unreliable(str(reason), photos, repaired[order[0]].model if order else None) from reason
    warnings = []
    if not confirmed:
        warnings.append("Only one of the two mappers placed the cameras well: they could not be compared.")
    if call.request["mapper"] not in ("auto", mapper):
        wanted = call.request["mapper"]
        warnings.append(f"The {wanted} mapper's cameras are no good: those of the {mapper} one are used.")
    return mapper, settled, warnings


def refined(matched: MatchedScene, chosen: Repaired, seed: int) -> Repaired:
    """The chosen model at its most exact, with a richer lens where it pays."""
    exact = rebuild(matched, chosen.model, (LAST_PASS,))
    return hold(matched, refine_lens(matched, exact), seed)


def mapper_order(wanted: str, repaired: dict[str, Repaired]) -> list[str]:
    """Mappers with a model: the one that was asked for, then by how many views and observations they have."""

    def rank(name: str) -> tuple:
        model = repaired[name].model
        return (name != wanted, -model.num_reg_images(), -model.compute_num_observations())

    return sorted(repaired, key=rank)


def _unreliable(reason: str, photos: list[dict], model: pycolmap.Reconstruction | None) -> Failure:
    files = file_names(photos)
    gaps = model_gaps(model) if model else []
    if gaps:
        places = "; ".join(f"{files[gap.a]} and {files[gap.b]} ({gap.degrees:.0f}°)" for gap in gaps[:3])
        advice = f"The widest steps are between {places}: {gap_advice(gaps[0])}."
    else:
        advice = "Walk around the thing and take a photo every 10 to 15°, each sharing most of its view with the last."
    return Failure("cameras_unreliable", f"The cameras can't be trusted: {reason}. {advice}")


def file_names(photos: list[dict]) -> dict[int, str]:
    """Name by photo id."""
    return {photo["id"]: photo["file"] for photo in photos}
