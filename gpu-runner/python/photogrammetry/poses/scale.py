"""Metres per scene unit, from a printed marker or from the photos' GPS: `scale.json`, or a warning that says what to
do."""

import pycolmap

from ..child import Call
from ..scene import Scene
from .gps import scale_from_gps
from .marker import scale_from_markers


def find_scale(call: Call, scene: Scene, photos: list[dict], model: pycolmap.Reconstruction) -> list[str]:
    """Writes `scale.json` when the request wants a scale and it is found. Returns warnings. A model without its scale
    is worth more than none: what is missing is a warning, not a failure."""
    scene.directory.joinpath("scale.json").unlink(missing_ok=True)
    wanted = call.request["scale"]
    if wanted == "marker":
        found = scale_from_markers(model, scene.directory / "photos", call.request["markerMm"] / 1000)
    elif wanted == "gps":
        found = scale_from_gps(model, photos, call.request["seed"])
    else:
        return []
    if isinstance(found, str):
        return [found]
    scale = {"metresPerUnit": found.metres_per_unit, "source": wanted, "errorPercent": found.error_percent}
    scene.write_json("scale.json", scale)
    call.log(f"scale from {wanted}: one unit is {found.metres_per_unit:.6g} m, ±{found.error_percent:.2g} %")
    return [found.warning] if found.warning else []
