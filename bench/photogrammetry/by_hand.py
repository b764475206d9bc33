"""The opponent: photos → GLB as a user would script it with the same libraries and the same functions for depth,
surface and texture: one process from features to file; no verdicts on the photos, one mapper and no doubt about it,
no preview, no report, no checkpoints.

`python by_hand.py DIR QUALITY PROCESSES PHOTO…` writes DIR/model.glb, and what evaluate/ reads of a scene folder. With
more than one of PROCESSES the depth maps are shared by so many. Prints seconds.
"""

import json
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "gpu-runner" / "python"))

from photogrammetry import libraries  # noqa: E402, F401, I001 - before numba and Open3D
import pycolmap  # noqa: E402
from photogrammetry.child import SilentCall  # noqa: E402
from photogrammetry.depth.estimate import estimate_depth  # noqa: E402
from photogrammetry.depth.fuse import fuse  # noqa: E402
from photogrammetry.depth.plan import plan_depth  # noqa: E402
from photogrammetry.export.frame import Frame  # noqa: E402
from photogrammetry.export.glb import write_glb  # noqa: E402
from photogrammetry.export.model import read_model, read_texture  # noqa: E402
from photogrammetry.poses.features import extraction_options  # noqa: E402
from photogrammetry.presets import PRESETS  # noqa: E402
from photogrammetry.scene import Scene  # noqa: E402
from photogrammetry.surface.mesh import make_mesh  # noqa: E402
from photogrammetry.texture.texture import make_texture  # noqa: E402
from PIL import Image  # noqa: E402


def main(directory: str, quality: str, processes: int, photos: list[str]) -> None:
    scene, started = Scene(directory), time.monotonic()
    request = {"sceneDir": directory, "quality": quality, "seed": 0, "holes": "closed", "lods": 0}

    def done(stage: str) -> None:
        print(f"{stage}: {time.monotonic() - started:.1f} s", flush=True)

    copy_photos(scene, photos)
    find_cameras(scene)
    done("cameras")
    undistort(scene, quality)
    views = plan_depth(SilentCall(request))["photos"]
    calls = [SilentCall({**request, "photo": view}) for view in views]
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            list(pool.map(estimate_depth, calls))
    else:
        for call in calls:
            estimate_depth(call)
    fuse(SilentCall(request))
    done("depth")
    make_mesh(SilentCall(request))
    done("mesh")
    make_texture(SilentCall(request))
    done("texture")
    model = read_model(scene, Frame.of_scene(scene))
    write_glb(scene.path("model.glb"), model, read_texture(scene, "jpeg"), "by hand")
    done("model.glb")


def copy_photos(scene: Scene, photos: list[str]) -> None:
    entries = []
    for number, photo in enumerate(photos, start=1):
        image = f"{number:06d}.jpg"
        shutil.copyfile(photo, scene.path("photos", image))
        with Image.open(photo) as opened:
            width, height = opened.size
        name = Path(photo).name
        entries.append({"id": number, "file": name, "image": image, "width": width, "height": height, "use": True})
    scene.path("photos.json").write_text(json.dumps({"photos": entries, "skipped": []}))


def find_cameras(scene: Scene) -> None:
    """The largest model of the incremental mapper, in poses/."""
    database, images = scene.path("sfm", "database.db"), scene.path("photos")
    pycolmap.extract_features(
        database, images, camera_mode=pycolmap.CameraMode.SINGLE, extraction_options=extraction_options(scene.photos())
    )
    pycolmap.match_exhaustive(database)
    models = pycolmap.incremental_mapping(database, images, scene.folder("sfm", "models"))
    max(models.values(), key=lambda model: model.num_reg_images()).write(scene.folder("poses"))


def undistort(scene: Scene, quality: str) -> None:
    options = pycolmap.UndistortCameraOptions(max_image_size=PRESETS[quality].photo_side)
    pycolmap.undistort_images(
        scene.path("undistorted"), scene.path("poses"), scene.path("photos"), undistort_options=options
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
