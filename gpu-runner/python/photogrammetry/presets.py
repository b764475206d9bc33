"""Every number that a quality means. Poses don't depend on it: a job with another quality goes on from the same poses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """Sizes are the longest side in pixels."""

    photo_side: int
    """Photos are kept, undistorted and painted from at this size."""
    depth_side: int
    """Size of the depth maps."""
    depth_sources: int
    """Neighbours that a depth map is measured against."""
    depth_rounds: tuple[int, int, int]
    """Rounds of PatchMatch at the smallest size, at those between, and at full size."""
    max_points: int
    """The cloud is thinned to no more than this: 8 million take 1.2 GB while they are gathered."""
    poisson_depth: int
    """Octree depth of the Poisson reconstruction: 2**depth cells along the longest side."""
    faces: int | None
    """Triangles of the model; None = all that were found."""
    texture_px: int


PRESETS = {
    "preview": Preset(
        photo_side=1024,
        depth_side=320,
        depth_sources=6,
        depth_rounds=(6, 4, 2),
        max_points=2_000_000,
        poisson_depth=8,
        faces=30_000,
        texture_px=1024,
    ),
    "standard": Preset(
        photo_side=1600,
        depth_side=640,
        depth_sources=6,
        depth_rounds=(6, 4, 2),
        max_points=4_000_000,
        poisson_depth=9,
        faces=100_000,
        texture_px=2048,
    ),
    "high": Preset(
        photo_side=3200,
        depth_side=1280,
        depth_sources=6,
        depth_rounds=(6, 4, 2),
        max_points=6_000_000,
        poisson_depth=10,
        faces=300_000,
        texture_px=4096,
    ),
    "raw": Preset(
        photo_side=8192,
        depth_side=1600,
        depth_sources=6,
        depth_rounds=(6, 4, 2),
        max_points=8_000_000,
        poisson_depth=11,
        faces=None,
        texture_px=8192,
    ),
}

FEATURE_SIDE = 1600
"""Features are looked for in photos of this size, whatever the quality."""
FEATURES = 4096
"""Most features of a photo. More of them, or a first octave of -1, cost three times as much and registered no more photos
(measured on the sets of the bench)."""
EXHAUSTIVE_MAX_PHOTOS = 30
"""Up to so many photos every pair is matched."""
