"""Runs COLMAP's two mappers side by side, each in a process that may die."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pycolmap

MAPPERS = ("incremental", "global")
POLL_S = 0.2
PYTHON_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the package `photogrammetry`."""


def run_mappers(
    database: Path,
    images: Path,
    work: Path,
    pixel: float,
    seed: int,
    limit_s: float,
    waiting: Callable[[], None],
) -> dict[str, list[pycolmap.Reconstruction]]:
    """Models of each mapper, the largest first; an empty list where a mapper died, found nothing or took over
    `limit_s`.

    One thread each: two mappers keep two cores busy, and the order of sums in bundle adjustment stays the same, so
    that the same seed gives the same poses. `waiting` is called a few times a second. `pixel` scales their tolerances
    (sparse.py).
    """
    database, images, work = database.resolve(), images.resolve(), work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    processes = {mapper: _start(mapper, database, images, work / mapper, pixel, seed) for mapper in MAPPERS}
    try:
        _wait(list(processes.values()), limit_s, waiting)
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
            process.wait()
    return {
        mapper: read_models(work / mapper) if process.returncode == 0 else [] for mapper, process in processes.items()
    }


def read_models(directory: Path) -> list[pycolmap.Reconstruction]:
    """The models a mapper wrote, most images first."""
    folders = sorted(folder for folder in directory.glob("*") if folder.is_dir()) if directory.is_dir() else []
    models = [pycolmap.Reconstruction(str(folder)) for folder in folders]
    return sorted(models, key=lambda model: (-model.num_reg_images(), -model.num_points3D()))


def _start(mapper: str, database: Path, images: Path, out: Path, pixel: float, seed: int) -> subprocess.Popen:
    out.mkdir(parents=True, exist_ok=True)
    copy = out.with_suffix(".db")  # both would wait for the lock of one file
    shutil.copyfile(database, copy)
    request = {
        "mapper": mapper,
        "database": str(copy),
        "images": str(images),
        "outDir": str(out),
        "pixel": pixel,
        "seed": seed,
        "threads": 1,
    }
    return subprocess.Popen(
        [sys.executable, "-B", "-m", "photogrammetry.poses.mapper_process", json.dumps(request)],
        cwd=PYTHON_ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=2,
    )


def _wait(processes: list[subprocess.Popen], limit_s: float, waiting: Callable[[], None]) -> None:
    end = time.monotonic() + limit_s
    while any(process.poll() is None for process in processes) and time.monotonic() < end:
        waiting()
        time.sleep(POLL_S)
