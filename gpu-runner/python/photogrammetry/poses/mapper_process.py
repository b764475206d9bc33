"""A mapper in a process of its own, since COLMAP can end the process it runs in. One JSON object as the only
argument: `mapper` ("incremental" or "global"), `database`, `images`, `outDir`, `pixel` (scales tolerances), `seed`,
`threads`. Each model that was found is written to a folder of `outDir` named by its number.
"""

import json
import sys
from pathlib import Path

import pycolmap

MIN_MODEL_SIZE = 3
"""COLMAP's default of 10 would throw small sets away."""


def incremental_options(pixel: float, seed: int, threads: int) -> pycolmap.IncrementalPipelineOptions:
    options = pycolmap.IncrementalPipelineOptions()
    options.random_seed = options.mapper.random_seed = options.triangulation.random_seed = seed
    options.num_threads = options.mapper.num_threads = threads
    options.min_model_size = MIN_MODEL_SIZE
    options.extract_colors = False
    options.mapper.init_max_error *= pixel
    options.mapper.abs_pose_max_error *= pixel
    options.mapper.filter_max_reproj_error *= pixel
    options.triangulation.merge_max_reproj_error *= pixel
    options.triangulation.complete_max_reproj_error *= pixel
    # Rough is enough, at half the time: the model is built anew from its poses (sparse.py).
    options.ba_global_frames_ratio = options.ba_global_points_ratio = 1.4
    options.ba_global_max_refinements, options.ba_local_max_refinements = 2, 1
    # Poses from the epipolar geometry alone, without a point in common: the gate would have to drop them again.
    options.structure_less_registration_fallback = False
    return options


def global_options(seed: int, threads: int) -> pycolmap.GlobalPipelineOptions:
    options = pycolmap.GlobalPipelineOptions()
    options.random_seed = options.mapper.random_seed = seed
    options.mapper.rotation_averaging.random_seed = options.mapper.global_positioning.random_seed = seed
    options.mapper.retriangulation.random_seed = seed
    options.num_threads = options.mapper.num_threads = threads
    options.min_model_size = MIN_MODEL_SIZE
    options.mapper.skip_retriangulation = True
    options.mapper.global_positioning.use_gpu = options.mapper.bundle_adjustment.ceres.use_gpu = False
    return options


def main(request: dict) -> None:
    pycolmap.logging.minloglevel = pycolmap.logging.Level.ERROR.value
    pycolmap.set_random_seed(request["seed"])
    out = Path(request["outDir"])
    out.mkdir(parents=True, exist_ok=True)
    arguments = (request["database"], request["images"], str(out))
    if request["mapper"] == "incremental":
        options = incremental_options(request["pixel"], request["seed"], request["threads"])
        pycolmap.incremental_mapping(*arguments, options)
    else:
        pycolmap.global_mapping(*arguments, global_options(request["seed"], request["threads"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
