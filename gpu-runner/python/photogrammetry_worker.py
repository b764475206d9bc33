"""Photogrammetry child: serves request after request until stdin ends (protocol: gpu-runner/README.md). `kind` names the step
(photogrammetry/README.md). With `--warm-up` it compiles what numba compiles, says that it is ready and ends.

A step's module is imported when its first request comes: Open3D, numba and COLMAP together take a second and 300 MB. COLMAP
can end the whole process (a C++ exception): a step therefore leaves all it has done in files.
"""

import importlib
import json
import os
import sys
import traceback

# Libraries print to stdout, which carries our messages: keep a private copy of it and send all the rest to stderr.
MESSAGES = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

from photogrammetry import libraries  # noqa: E402, F401
from photogrammetry.child import Call  # noqa: E402
from photogrammetry.failure import Failure  # noqa: E402

# Request → module and function. Each takes a Call and returns the JSON object that is the answer.
STEPS = {
    "read-photos": ("photos.read", "read_photos"),
    "take-masks": ("photos.masks", "take_masks"),
    "check-photos": ("photos.check", "check_photos"),
    "match": ("poses.match", "match"),
    "align": ("poses.align", "align"),
    "undistort": ("poses.undistort", "undistort"),
    "plan-depth": ("depth.plan", "plan_depth"),
    "depth": ("depth.estimate", "estimate_depth"),
    "depth-cuda": ("depth.cuda", "estimate_depth_cuda"),
    "fuse": ("depth.fuse", "fuse"),
    "mesh": ("surface.mesh", "make_mesh"),
    "texture": ("texture.texture", "make_texture"),
    "export": ("export.export", "export_model"),
    "pack": ("archive", "pack"),
    "unpack": ("archive", "unpack"),
}


def answer(request: dict) -> dict:
    module, function = STEPS[request["kind"]]
    try:
        step = getattr(importlib.import_module(f"photogrammetry.{module}"), function)
        return {"kind": "result", **step(Call(MESSAGES, request))}
    except Failure as failure:
        return {"kind": "error", "code": failure.code, "message": str(failure), "retryable": failure.retryable}
    except MemoryError:
        message = "There is not enough memory. Use a lower quality or fewer photos."
        return {"kind": "error", "code": "resource_limit", "message": message, "retryable": False}
    except Exception:  # noqa: BLE001 - the runner must hear of every failure
        traceback.print_exc()
        message = f"The step {request['kind']} failed. The log has the reason."
        return {"kind": "error", "code": "engine_failed", "message": message, "retryable": True}


def main(arguments: list[str]) -> int:
    if arguments == ["--warm-up"]:
        importlib.import_module("photogrammetry.warm_up").warm_up()
    Call(MESSAGES, {}).send({"kind": "ready", "version": sys.version.split()[0]})
    for line in [] if arguments else sys.stdin:
        if not line.strip():
            break
        Call(MESSAGES, {}).send(answer(json.loads(line)))
    return 0


code = main(sys.argv[1:])
sys.stderr.flush()
# Without waiting for what libraries do at exit: all files are written.
os._exit(code)
