"""Writes a data set: `python -m turntable.write_dataset OPTIONS.json GEOMETRY.npz LIGHT.npz DIR`.

OPTIONS.json is what turntable.ts resolved: scene, views, width, every, arcDeg, video, markerMm, seed. One line of
progress for each picture. `truth.json` comes last. Everything random has a seed of its own for each photo: `every`
leaves photos out and changes none of the others.
"""

import json
import subprocess
import sys
from pathlib import Path

from photogrammetry import libraries  # noqa: F401, I001 - before Open3D
import numpy as np
from PIL import Image

from .geometry import Geometry
from .lens import Lens
from .looks import LOOKS, MARKER_ID, albedos, exposures
from .orbit import Pose, held_out_poses, photo_poses, video_poses
from .photo_file import develop, write_photo
from .raycast import SAMPLES, Renderer

VIDEO_FPS = 12
FRAMES_PER_VIEW = 3
CONVENTIONS = (
    "Metres, z up. xCam = R (xWorld - C), axes x right, y down, z forward. Pixel centres at +0.5. Distortion: (x, y)"
    " at z = 1 is seen at (x, y) (1 + k1 r^2 + k2 r^4). heldOut: without distortion, noise and drift of the exposure."
)


def main(options_path: str, geometry_path: str, light_path: str, directory: str) -> None:
    options, folder = json.loads(Path(options_path).read_text()), Path(directory)
    geometry, look = Geometry.read(Path(geometry_path)), LOOKS[options["scene"]]
    lens, plain_lens = look.lens(options["width"]), Lens(**{**vars(look.lens(options["width"])), "k1": 0.0, "k2": 0.0})
    surfaces = albedos(options["scene"], geometry, lens, SAMPLES, options["markerMm"], options["seed"])
    with np.load(light_path) as light:
        renderer = Renderer(geometry, (light["sun"], light["sky"]), surfaces, look.shine)
    geometry.write_ply(folder / "object.ply", ("object",))
    geometry.write_ply(folder / "scene.ply", geometry.names)

    views = _write_photos(folder / "photos", options, lens, renderer)
    held_out = _write_held_out(folder / "held-out", options, plain_lens, renderer)
    video = _write_video(folder / "orbit.mp4", options, lens, renderer) if options["video"] else None
    lower, upper = geometry.object_bounds()
    centres = np.array([view["C"] for view in views])
    truth = {
        **options,
        "conventions": CONVENTIONS,
        "camera": lens.to_json(),
        "heldOutCamera": plain_lens.to_json(),
        "views": views,
        "heldOut": held_out,
        "video": video,
        "marker": _marker(options, geometry),
        "objectBounds": [lower.tolist(), upper.tolist()],
        "objectDiagonal": float(np.linalg.norm(upper - lower)),
        "meanCameraDistance": float(np.linalg.norm(centres - (lower + upper) / 2, axis=1).mean()),
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))


def _write_photos(folder: Path, options: dict, lens: Lens, renderer: Renderer) -> list[dict]:
    folder.mkdir()
    look, seed = LOOKS[options["scene"]], options["seed"]
    poses = photo_poses(options["views"], options["arcDeg"], np.random.default_rng([seed, 3]))
    evs, views = exposures(look, len(poses), seed), []
    for index in range(0, len(poses), options["every"]):
        path = folder / f"v{index:03d}.jpg"
        light = renderer.render(lens, poses[index]) * look.exposure
        picture = develop(light, evs[index], look.noise, np.random.default_rng([seed, 4, index]))
        write_photo(path, picture, look, index)
        views.append({**_view(f"photos/{path.name}", poses[index]), "exposureEv": float(evs[index])})
        print(f"photo {len(views)} of {-(-len(poses) // options['every'])}", flush=True)
    return views


def _write_held_out(folder: Path, options: dict, lens: Lens, renderer: Renderer) -> list[dict]:
    folder.mkdir()
    views = []
    for index, pose in enumerate(held_out_poses(options["arcDeg"])):
        path = folder / f"t{index}.png"
        light = renderer.render(lens, pose) * LOOKS[options["scene"]].exposure
        Image.fromarray(develop(light, 0.0, 0.0, None)).save(path)
        views.append(_view(f"held-out/{path.name}", pose))
    return views


def _write_video(path: Path, options: dict, lens: Lens, renderer: Renderer) -> dict:
    """H.264, with ffmpeg. Steps between frames are a third of those between photos."""
    look, poses = LOOKS[options["scene"]], video_poses(options["views"] * FRAMES_PER_VIEW, options["arcDeg"])
    size = f"{lens.width}x{lens.height}"
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(VIDEO_FPS), "-i", "-"]
    encode = ["-c:v", "libx264", "-threads", "1", "-crf", "17", "-pix_fmt", "yuv420p", str(path)]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *source, *encode]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        for index, pose in enumerate(poses):
            rng = np.random.default_rng([options["seed"], 5, index])
            frame = develop(renderer.render(lens, pose) * look.exposure, 0.0, look.noise, rng)
            ffmpeg.stdin.write(frame.tobytes())
            print(f"frame {index + 1} of {len(poses)}", flush=True)
        ffmpeg.stdin.close()
    if ffmpeg.returncode != 0:
        raise SystemExit("ffmpeg failed")
    return {"file": path.name, "fps": VIDEO_FPS, "frames": [_view(None, pose) for pose in poses]}


def _view(file: str | None, pose: Pose) -> dict:
    return {**({"file": file} if file else {}), "R": pose[0].tolist(), "C": pose[1].tolist()}


def _marker(options: dict, geometry: Geometry) -> dict | None:
    if options["markerMm"] == 0:
        return None
    return {"dictionary": "4x4_50", "id": MARKER_ID, "sideMm": options["markerMm"], "middle": geometry.marker.tolist()}


main(*sys.argv[1:])
