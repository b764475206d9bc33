"""From both mappers' repaired models to the one set of poses that is believed, or the reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pycolmap

from .gate import Agreement, Signs, doubt, severity, signs_of
from .repair import Repaired, finish, scene_distance
from .similarity import robust_similarity, rotation_angle_deg
from .sparse import MatchedScene, model_with, poses_in
from .ties import untied_views

MIN_VIEWS = 3
MAX_DOUBTED_SHARE = 0.3
"""Of the registered views, and at least DOUBTED_MIN: above it the whole set is refused. 24 photos every 15°: none to
one doubted; 12 every 30°: 4 of 11 to 7 of 12, and some of those that pass stand wrong too
(bench/photogrammetry/gate)."""
MAX_DOUBTED_SHARE_ALONE = 0.15
"""When the other mapper found nothing, or nothing of use."""
HOPELESS_SHARE = 0.5
"""A model with more doubted views than this has no say."""
DOUBTED_MIN = 2
MIN_KEPT_SHARE = 0.4
"""Of the registered views, how many must be left, and tied together."""
UNTIED = "a pattern repeats here, and no photo taken within 30° ties this one to the rest: take photos in between"
MIN_AGREEING_SHARE = 0.5
"""Of the views that both mappers placed, how many must agree."""
COMPARE_TOLERANCE = 0.005
"""Of the distance to the scene: within it a view supports the similarity between the two models."""


@dataclass(frozen=True)
class Settled:
    """`signs`: of all views that were registered when last looked at, also of those that were dropped then
    (`reasons`)."""

    repaired: Repaired
    signs: dict[int, Signs]
    reasons: dict[int, str]
    agreement: dict[int, Agreement]


class Unreliable(Exception):
    """No set of views can be believed. The message is the reason, one clause; `doubted`: views and why."""

    def __init__(self, reason: str, doubted: dict[int, str] | None = None):
        super().__init__(reason)
        self.doubted = doubted or {}


def compare(first: pycolmap.Reconstruction, second: pycolmap.Reconstruction, seed: int) -> dict[int, Agreement]:
    """Per view that both models have: how far apart they put it, in the first one's scale. Fewer than three:
    nothing."""
    common = sorted(set(first.reg_image_ids()) & set(second.reg_image_ids()))
    if len(common) < MIN_VIEWS:
        return {}
    distance = scene_distance(first)
    source = np.array([second.images[image_id].projection_center() for image_id in common])
    target = np.array([first.images[image_id].projection_center() for image_id in common])
    similarity, _ = robust_similarity(source, target, COMPARE_TOLERANCE * distance, seed)
    apart = np.linalg.norm(similarity.apply(source) - target, axis=1)
    return {
        image_id: Agreement(
            float(100 * gap / distance),
            rotation_angle_deg(
                first.images[image_id].cam_from_world().rotation.matrix()
                @ similarity.R
                @ second.images[image_id].cam_from_world().rotation.matrix().T
            ),
        )
        for image_id, gap in zip(common, apart, strict=True)
    }


def choose_and_settle(
    scene: MatchedScene,
    repaired: dict[str, Repaired],
    order: list[str],
    refine: Callable[[Repaired], Repaired],
    seed: int,
) -> tuple[str, bool, Settled]:
    """The first mapper of `order` whose model passes, whether the other one confirms it, and its settled views. The
    next one is asked only when most views of the one before are doubted: else two models that both look sound
    contradict each other. Raises the first one's Unreliable."""
    refused: Unreliable | None = None
    for mapper in order:
        second = next((other for name, other in repaired.items() if name != mapper), None)
        try:
            agreement, confirmed = ({}, False) if refused else confirm(scene, repaired[mapper], second, seed)
            return mapper, confirmed, settle(scene, refine(repaired[mapper]), agreement, confirmed, seed)
        except Unreliable as reason:
            refused = refused or reason
            if len(reason.doubted) <= HOPELESS_SHARE * repaired[mapper].model.num_reg_images():
                break
    raise refused or Unreliable("no two photos that show the same thing could be placed")


def confirm(
    scene: MatchedScene, first: Repaired, second: Repaired | None, seed: int
) -> tuple[dict[int, Agreement], bool]:
    """The agreement of the chosen model with the other mapper's, and whether the other confirms it. Where they
    disagree, one is wrong: when the other one's views are mostly doubtful, it says nothing; else Unreliable is
    raised."""
    agreement = compare(first.model, second.model, seed) if second else {}
    agreeing = sum(1 for found in agreement.values() if found.agrees)
    if agreeing >= max(MIN_VIEWS, MIN_AGREEING_SHARE * len(agreement)):
        return agreement, True
    if second and agreement:
        signs = signs_of(scene, second)
        doubted = sum(1 for view in signs.values() if doubt(view, None))
        if doubted <= HOPELESS_SHARE * len(signs):
            raise Unreliable(f"two ways to place the cameras agree on only {agreeing} of {len(agreement)} photos")
    return {}, False


def settle(
    scene: MatchedScene, repaired: Repaired, agreement: dict[int, Agreement], confirmed: bool, seed: int
) -> Settled:
    """Drops the views that are doubted, the worst first, and builds the model again, until all that are left pass.
    Raises Unreliable."""
    registered = repaired.model.num_reg_images()
    most = (MAX_DOUBTED_SHARE if confirmed else MAX_DOUBTED_SHARE_ALONE) * registered
    signs: dict[int, Signs] = {}
    reasons: dict[int, str] = {}
    loose = 0
    while True:
        current = signs_of(scene, repaired)
        signs.update(current)
        untied = untied_views(scene, repaired.model)
        if untied:
            tied = len(current) - len(untied)
            if tied < max(MIN_VIEWS, MIN_KEPT_SHARE * registered):
                reason = (
                    f"a pattern repeats, or shiny surfaces mirror something else in each photo, and only {tied} of "
                    f"{registered} photos hang together by near ones"
                )
                raise Unreliable(reason, dict.fromkeys(untied, UNTIED))
            reasons.update(dict.fromkeys(untied, UNTIED))
            loose += len(untied)
            repaired = without(scene, repaired.model, untied, seed)
            continue
        doubts = {image_id: doubt(view, agreement.get(image_id)) for image_id, view in current.items()}
        doubted = {image_id: reason for image_id, reason in doubts.items() if reason}
        failed = {**reasons, **doubted}
        if len(failed) - loose >= DOUBTED_MIN and len(failed) - loose > most:
            raise Unreliable(f"the cameras of {len(failed)} of {registered} placed photos can't be believed", failed)
        if not doubted:
            break
        dropped = _worst(doubted, current)
        reasons.update({image_id: doubted[image_id] for image_id in dropped})
        repaired = without(scene, repaired.model, dropped, seed)
    kept = repaired.model.num_reg_images()
    if kept < max(MIN_VIEWS, MIN_KEPT_SHARE * registered):
        raise Unreliable(f"only {kept} of {registered} placed photos are left whose cameras can be believed", reasons)
    return Settled(repaired, signs, reasons, agreement)


def without(scene: MatchedScene, model: pycolmap.Reconstruction, dropped: list[int], seed: int) -> Repaired:
    """The model built again without some views."""
    poses = {image_id: pose for image_id, pose in poses_in(model).items() if image_id not in dropped}
    return finish(scene, model_with(scene, poses, model.cameras.values()), seed)


def _worst(doubted: dict[int, str], signs: dict[int, Signs]) -> list[int]:
    """The worse third of the doubted views, at least one: a wrong view makes its neighbours look doubtful."""
    order = sorted(doubted, key=lambda image_id: (severity(signs[image_id]), image_id))
    return order[: max(1, len(order) // 3)]
