"""What set-up runs once: imports every library and has numba compile every kernel, so that no job waits for it."""

import importlib

# Modules with numba kernels; each has `compile_kernels()`, which calls every kernel once with tiny arrays of the right
# types.
KERNELS = ("depth.kernels.confirm", "depth.kernels.patchmatch", "depth.kernels.voxels", "texture.kernels")


def warm_up() -> None:
    for library in ("cv2", "open3d", "pillow_heif", "pxr.Usd", "pycolmap", "trimesh"):
        importlib.import_module(library)
    for module in KERNELS:
        importlib.import_module(f"photogrammetry.{module}").compile_kernels()
