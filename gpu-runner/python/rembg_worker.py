"""rembg child: finds the subject of pictures. Serves request after request until stdin ends (protocol: gpu-runner/README.md).

Requests: `mask-frames`, `cut-out`, `fetch-model`, `rest`. The model asked for last stays loaded. Environment: U2NET_HOME is the
models folder, KILN_DEVICE is auto, cpu or cuda, KILN_MODELS_URL a mirror, OMP_NUM_THREADS the processors to use.
"""

import ctypes
import gc
import json
import os
import sys
import traceback

# Libraries print to stdout, which carries our messages: keep a private copy of it and send all the rest to stderr.
MESSAGES = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

import numpy as np  # noqa: E402
import rembg_library as rembg  # noqa: E402
from PIL import Image  # noqa: E402

import cutout  # noqa: E402
import model_files  # noqa: E402

DEVICE = os.environ.get("KILN_DEVICE") or "auto"
MIRROR = os.environ.get("KILN_MODELS_URL") or ""
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
PROVIDERS = {CUDA: "CUDA", CPU: "CPU"}
ARENA_MAX_MODEL_BYTES = 200_000_000
VERSION = f"rembg {rembg.VERSION}, onnxruntime {rembg.ONNXRUNTIME_VERSION}"

# Sizes were checked by the runner.
Image.MAX_IMAGE_PIXELS = None


class Failure(Exception):
    def __init__(self, code, message, retryable=False):
        super().__init__(message)
        self.code, self.retryable = code, retryable


def send(message):
    MESSAGES.write(json.dumps(message) + "\n")
    MESSAGES.flush()


def log(line):
    send({"kind": "log", "line": line})


class Models:
    """At most one model is in memory: the large ones take gigabytes."""

    def __init__(self):
        self.name, self.session = None, None

    def load(self, name):
        if name == self.name:
            return self.session
        self.name, self.session = None, None
        path = rembg.sessions[name].resolve_existing(f"{name}.onnx")
        if path is None:
            raise Failure("model_unavailable", f"The model {name} is not in the models folder.", retryable=True)
        model_files.check_file(name, path)
        self.session = rembg.new_session(name, sess_opts=session_options(os.path.getsize(path)), providers=providers())
        self.name = name
        return self.session

    def rest(self):
        """Gives the model's memory back to the system; the next request loads it again."""
        self.name, self.session = None, None
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)

    @property
    def provider(self):
        active = self.session.inner_session.get_providers()[0]
        if DEVICE == "cuda" and active != CUDA:
            raise Failure("engine_missing", "KILN_DEVICE is cuda, but onnxruntime can't use a GPU here.")
        return PROVIDERS.get(active, active)


def session_options(model_bytes):
    options = rembg.onnxruntime.SessionOptions()
    # Keeping its work memory makes a small model a third faster; a large one would keep gigabytes.
    options.enable_cpu_mem_arena = model_bytes <= ARENA_MAX_MODEL_BYTES
    # Threads that wait by spinning take processors from the steps before and after.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def providers():
    if DEVICE == "cpu" or CUDA not in rembg.onnxruntime.get_available_providers():
        return [CPU]
    rembg.onnxruntime.preload_dlls()
    return [CUDA, CPU]


MODELS = Models()


def read_picture(path, width, height, index=0):
    size = width * height * 3
    with open(path, "rb") as file:
        file.seek(index * size)
        data = file.read(size)
    if len(data) != size:
        raise ValueError(f"{path} is shorter than picture {index} of {width} x {height}")
    return Image.frombytes("RGB", (width, height), data)


def mask_frames(request):
    session = MODELS.load(request["model"])
    width, height, count = request["width"], request["height"], request["count"]
    with open(request["masksPath"], "wb") as masks:
        for index in range(count):
            image = read_picture(request["framesPath"], width, height, index)
            masks.write(cutout.make_sure(cutout.predict(session, image)).tobytes())
            send({"kind": "progress", "fraction": (index + 1) / count})
    return {}


def cut_out(request):
    session = MODELS.load(request["model"])
    image = read_picture(request["rgbPath"], request["width"], request["height"])
    mask = cutout.refine_mask(cutout.predict(session, image), request["edges"])
    notes, colours = [], None
    if request["matting"]:
        try:
            mask, colours, smaller = cutout.matte(image, mask, request["matting"])
            if smaller:
                notes.append("matting-smaller")
        except ValueError as error:
            log(f"alpha matting: {error}")
            notes.append("matting-failed")
            colours = cutout.foreground(image, mask)
    elif request["edges"] in ("smooth", "clean"):
        colours = cutout.foreground(image, mask)
    with open(request["maskPath"], "wb") as file:
        file.write(mask.tobytes())
    if colours is not None:
        with open(request["foregroundPath"], "wb") as file:
            file.write(np.ascontiguousarray(colours).data)
    return {"hasForeground": colours is not None, "notes": notes}


def fetch_model(request):
    return {"checksum": model_files.fetch(request["model"], request["path"], MIRROR, log)}


HANDLERS = {"mask-frames": mask_frames, "cut-out": cut_out}


def serve(request):
    if request["kind"] == "fetch-model":
        return fetch_model(request)
    if request["kind"] == "rest":
        MODELS.rest()
        return {}
    result = HANDLERS[request["kind"]](request)
    return {**result, "version": VERSION, "provider": MODELS.provider}


def failure_message(error):
    if isinstance(error, Failure):
        return {"code": error.code, "message": str(error), "retryable": error.retryable}
    if isinstance(error, model_files.ModelError):
        return {"code": "model_unavailable", "message": str(error), "retryable": True}
    traceback.print_exc()
    return {"code": "engine_failed", "message": f"rembg failed: {error}", "retryable": True}


def main():
    send({"kind": "ready", "version": VERSION})
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            send({"kind": "result", **serve(json.loads(line))})
        except Exception as error:  # noqa: BLE001 - the runner must hear of every failure
            send({"kind": "error", **failure_message(error)})


main()
