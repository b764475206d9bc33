"""colmap.zip: the cameras as COLMAP models, with the undistorted photos, for other reconstruction programs."""

import zipfile
from pathlib import Path

from ..scene import Scene
from .zip_files import add_bytes, add_file

_FOLDERS = ("undistorted/images", "undistorted/masks", "undistorted/sparse", "poses")
_PACKED = {".jpg", ".png"}
"""What compression would not make smaller."""

_README = b"""COLMAP's binary models (https://colmap.github.io/format.html), in the units of the poses, not in metres.

undistorted/sparse   pinhole cameras, fitting the photos in undistorted/images: for dense reconstruction and splatting
poses                the same cameras with the lenses' distortion, fitting the uploaded photos when those are made
                     as large as the model says. cameras.json tells which photo is which, and where it is in metres.
"""


def write_colmap_zip(path: Path, scene: Scene) -> None:
    """Writes what there is of the folders above; undistorted photos are missing when only cameras were wanted."""
    with zipfile.ZipFile(path, "w") as archive:
        add_bytes(archive, "README.txt", _README, compress=True)
        for folder in _FOLDERS:
            for file in sorted(scene.directory.joinpath(folder).rglob("*")):
                if file.is_file():
                    name = file.relative_to(scene.directory).as_posix()
                    add_file(archive, name, file, compress=file.suffix not in _PACKED)
