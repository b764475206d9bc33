"""The groups that photos fall into when nothing joins them all: two things, or two sides of one without photos between."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MIN_PHOTOS = 3
NAMED_PHOTOS = 3


@dataclass(frozen=True)
class Group:
    """`photos`: ids, sorted; `used`: whether the result is made of this group."""

    photos: list[int]
    used: bool

    def to_json(self) -> dict[str, Any]:
        """As `poses.json` has it."""
        return {"photos": self.photos, "used": self.used}


def find_groups(used: set[int], models: Iterable[set[int]]) -> list[Group]:
    """The group in use first, then the others, the largest first. `used`: ids of the photos that the result's model
    placed; `models`: ids of the photos in each model of either mapper. A model is a group of its own when most of its
    photos, and at least MIN_PHOTOS, are in no larger one."""
    groups, taken = [Group(sorted(used), used=True)], set(used)
    for model in sorted(models, key=lambda ids: (-len(ids), sorted(ids))):
        rest = model - taken
        if len(rest) >= MIN_PHOTOS and 2 * len(rest) > len(model):
            groups.append(Group(sorted(rest), used=False))
            taken |= rest
    return groups


def groups_warning(groups: list[Group], files: dict[int, str]) -> list[str]:
    """What a user should know of several groups; nothing of one. `files`: name by photo id."""
    if len(groups) < 2:
        return []
    first, *others = groups
    left = "; ".join(_named(group, files) for group in others)
    return [
        f"The photos fall into {len(groups)} groups that share too little with each other. Used: {_named(first, files)}. "
        f"Not used: {left}. If they show one thing, take photos that join them; if not, run each group by itself."
    ]


def _named(group: Group, files: dict[int, str]) -> str:
    names = ", ".join(files[image_id] for image_id in group.photos[:NAMED_PHOTOS])
    more = " …" if len(group.photos) > NAMED_PHOTOS else ""
    return f"{len(group.photos)} photos ({names}{more})"
