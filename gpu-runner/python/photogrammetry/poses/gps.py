"""The scale from the photos' GPS: a robust similarity from the cameras to metres."""

import numpy as np
import pycolmap

from .marker import Scale
from .similarity import robust_similarity

MIN_PHOTOS = 4
GPS_ERROR_M = 5.0
"""Typical error of a phone under open sky (68 %); GPS.gov names 4.9 m."""
MIN_SPREAD_FACTOR = 3.0
"""The cameras must lie farther apart than this many errors, or the scale is noise."""
EARTH_RADIUS_M, EARTH_FLATTENING = 6_378_137.0, 1 / 298.257223563
"""WGS 84."""


def scale_from_gps(model: pycolmap.Reconstruction, photos: list[dict], seed: int) -> Scale | str:
    """The scale, or a sentence that says why there is none. `errorPercent` from the residuals of the photos that
    agree."""
    known = [
        (photo["id"], photo["exif"]["gps"])
        for photo in photos
        if photo["exif"].get("gps") and photo["id"] in set(model.reg_image_ids())
    ]
    if len(known) < MIN_PHOTOS:
        return f"{len(known)} placed photos carry GPS: at least {MIN_PHOTOS} are needed for the model's real size."
    positions = [[gps["latitude"], gps["longitude"], gps.get("altitudeM") or 0.0] for _, gps in known]
    metres = enu_metres(np.array(positions))
    centers = np.array([model.images[image_id].projection_center() for image_id, _ in known])
    spread = float(np.linalg.norm(metres - metres.mean(axis=0), axis=1).max())
    if spread < MIN_SPREAD_FACTOR * GPS_ERROR_M:
        return (
            f"The photos lie within {spread:.0f} m of each other: GPS is exact to about {GPS_ERROR_M:.0f} m, too "
            "coarse to tell the size from. Use a known length or a marker instead."
        )
    similarity, agrees = robust_similarity(centers, metres, 2 * GPS_ERROR_M, seed)
    if agrees.sum() < MIN_PHOTOS:
        return "The GPS positions of the photos don't fit their cameras, so that the model has no real size."
    residuals = similarity.apply(centers[agrees]) - metres[agrees]
    around = metres[agrees] - metres[agrees].mean(axis=0)
    error = 100 * float(np.sqrt(np.sum(residuals**2) / (3 * agrees.sum() - 7) / np.sum(around**2)))
    return Scale(similarity.scale, max(error, 0.01))


def enu_metres(positions: np.ndarray) -> np.ndarray:
    """East, north, up of `(n, 3)` latitude, longitude (degrees), altitude (metres), about their mean. Local plane of
    the WGS 84 ellipsoid: within a few kilometres exact to millimetres, far below GPS."""
    latitude, longitude = np.radians(positions[:, 0]), np.radians(positions[:, 1])
    middle = latitude.mean()
    squared = EARTH_FLATTENING * (2 - EARTH_FLATTENING)
    denominator = 1 - squared * np.sin(middle) ** 2
    meridian = EARTH_RADIUS_M * (1 - squared) / denominator**1.5
    parallel = EARTH_RADIUS_M / np.sqrt(denominator) * np.cos(middle)
    east = parallel * ((longitude - longitude[0] + np.pi) % (2 * np.pi) - np.pi)
    north = meridian * (latitude - latitude[0])
    metres = np.column_stack([east, north, positions[:, 2]])
    return metres - metres.mean(axis=0)
