"""Preview child: draws one GLB with f3d, offscreen. One request per process (protocol: gpu-runner/README.md).

A request has `glbPath` and `pngPath`, the picture; it is seen from the front unless there is an `orbit` of `azimuthDeg` and
`elevationDeg` (0 and 0: from +Z; 90: from +X). With `turntable` (`rawPath`, `frames`, `width`, `height`) that many views
around the model from there on are written as well, as RGB rows, one frame below the other.

Takes the folder for f3d's image-based light as its argument. f3d computes that light once (about 10 s); the folder keeps
it for every later process.
"""

import json
import os
import shutil
import sys
import tempfile
import traceback

MESSAGES = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

import f3d  # noqa: E402
import numpy as np  # noqa: E402
from model_orbit import directions_around, fit_orbit, read_positions  # noqa: E402

# Half as large again as the picture will be: f3d's own supersampling costs more and leaves dark rims.
WIDTH, HEIGHT = 1200, 900
WARM_SIZE = 80, 60
OPTIONS = {
    "scene.up_direction": [0.0, 1.0, 0.0],
    "render.hdri.ambient": True,
    "render.effect.antialiasing.mode": "fxaa",
    "render.background.color": [0.95, 0.95, 0.96],
    # At this brightness a plastic front shows the colour it was given.
    "render.light.intensity": 1.45,
}
# From the front, a little from the right and above, so that the depth shows.
DIRECTION = (0.42, 0.27, 1.0)
VIEW_ANGLE = 24
# Share of the picture that the model fills.
ZOOM = 0.9
# The same for an orbit, which fits the model itself and not the ball around it.
ORBIT_FILL = 0.88


def send(message):
    MESSAGES.write(json.dumps(message) + "\n")
    MESSAGES.flush()


def make_engine():
    engine = f3d.Engine.create_egl()
    engine.options.update(OPTIONS)
    engine.window.size = WIDTH, HEIGHT
    return engine


def draw(engine, path):
    engine.scene.clear()
    engine.scene.add(path)
    camera = engine.window.camera
    camera.view_up = (0, 1, 0)
    camera.view_angle = VIEW_ANGLE
    camera.position = tuple(f + d for f, d in zip(camera.focal_point, DIRECTION))
    camera.reset_to_bounds(ZOOM)
    return engine.window.render_to_image()


def draw_orbit(engine, path, azimuth_deg, elevation_deg, frames):
    """Yields `frames` views around the model, all from one distance, at the window's size then."""
    engine.scene.clear()
    engine.scene.add(path)
    camera = engine.window.camera
    camera.view_angle = VIEW_ANGLE
    directions = directions_around(azimuth_deg, elevation_deg, frames)
    focal, distance = fit_orbit(read_positions(path), directions, VIEW_ANGLE, WIDTH / HEIGHT, ORBIT_FILL)
    camera.focal_point = tuple(focal)
    for direction in directions:
        camera.position = tuple(focal + distance * direction)
        # Moving it turns what it holds up.
        camera.view_up = (0, 1, 0)
        yield engine.window.render_to_image()


def draw_request(engine, request):
    """Writes the files that a request asks for."""
    if "orbit" not in request:
        draw(engine, request["glbPath"]).save(request["pngPath"])
        return
    view = request["glbPath"], request["orbit"]["azimuthDeg"], request["orbit"]["elevationDeg"]
    next(draw_orbit(engine, *view, 1)).save(request["pngPath"])
    if "turntable" in request:
        write_turntable(engine, view, **request["turntable"])


def write_turntable(engine, view, *, rawPath, frames, width, height):
    engine.window.size = width, height
    with open(rawPath, "wb") as file:
        for index, image in enumerate(draw_orbit(engine, *view, frames), start=1):
            rows = np.frombuffer(image.content, np.uint8).reshape(height, width, image.channel_count)
            # f3d's rows go up.
            file.write(rows[::-1, :, :3].tobytes())
            send({"kind": "progress", "fraction": index / frames})


def warm(light_folder):
    """An engine that has drawn: shaders are compiled, the light is loaded."""
    mesh = f3d.Mesh([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 0, 1] * 3, [], [3], [0, 1, 2])
    complete = os.path.join(light_folder, "lut.vti")
    if os.path.exists(complete):
        return warmed_engine(light_folder, mesh)
    # Made in a folder of its own and moved when complete, because others may be making it as well.
    own = tempfile.mkdtemp(prefix="f3d-light-")
    engine = warmed_engine(own, mesh)
    try:
        staging = tempfile.mkdtemp(prefix=".f3d-light-", dir=os.path.dirname(light_folder))
        shutil.copytree(own, staging, dirs_exist_ok=True)
        os.chmod(staging, 0o755)
        os.rename(staging, light_folder)
    except OSError as error:
        # Not ours to write, or another was first: this process has its light anyway.
        print(f"the light is not kept in {light_folder}: {error}", file=sys.stderr)
    return engine


def warmed_engine(light_folder, mesh):
    engine = make_engine()
    engine.cache_path = light_folder
    # What warms is the shaders and the light, and a stamp needs them as much as a picture does.
    engine.window.size = WARM_SIZE
    draw(engine, mesh)
    engine.window.size = WIDTH, HEIGHT
    return engine


def main():
    try:
        f3d.Log.set_verbose_level(f3d.Log.WARN)
        engine = warm(os.path.abspath(sys.argv[1]))
        send({"kind": "ready", "version": f3d.__version__})
        line = sys.stdin.readline()
        if not line.strip():
            return 0
        request = json.loads(line)
        draw_request(engine, request)
        send({"kind": "result", "version": f3d.__version__})
        return 0
    except BaseException as error:  # noqa: BLE001 - the runner must hear of every failure
        traceback.print_exc()
        send({"kind": "error", "code": "engine_failed", "message": f"The preview could not be drawn: {error}", "retryable": True})
        return 1


code = main()
sys.stderr.flush()
os._exit(code)
