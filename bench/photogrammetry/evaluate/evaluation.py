"""All figures of one reconstruction."""

from pathlib import Path

from .cameras import compare_cameras
from .reconstruction import read_reconstruction
from .surface import compare_surface
from .truth import Truth
from .views import compare_views

PARTS = ("cameras", "surface", "views")


def evaluate(result: Path, dataset: Path, parts: list[str], pictures: Path | None = None) -> dict:
    """The figures of `parts`; a part is missing when the result has nothing for it, or no cameras to align it by."""
    truth, found = Truth(dataset), read_reconstruction(result)
    figures, similarity = compare_cameras(found.cameras, truth)
    answer: dict = {"cameras": figures} if "cameras" in parts else {}
    if similarity is None:
        return answer
    if "surface" in parts and found.surface is not None:
        vertices, faces = found.surface
        used = [truth.pose(camera.file, camera.time_s) for camera in found.cameras]
        answer["surface"] = compare_surface(similarity.apply(vertices), faces, truth, used)
    if "views" in parts and found.textured is not None:
        textured = found.textured.moved(similarity)
        answer["views"] = compare_views(textured, truth, pictures)
    return answer
