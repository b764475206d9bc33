"""Request `mesh`: points → triangles, which way is up, and how large they are."""

import numpy as np

from ..child import Call
from ..depth.backdrop import read_backdrop
from ..failure import Failure
from ..presets import PRESETS
from ..scene import Scene
from .belief import true_part
from .frame import Frame, Up, find_up, frame_of
from .points import POINTS_MIN, OrientedPoints, read_points, require_points, thin, without_outliers
from .poisson import cell_size, poisson_surface
from .region import Region, TurnedBox, looked_at, parse_box
from .solid import is_solid, solid_of
from .triangles import (
    Mesh,
    clean,
    components,
    decimate,
    face_areas,
    keep_vertices,
    open_edges,
    read_ply,
    vertex_normals,
    without_small_parts,
)
from .views import View, read_views

SMALL_PART = 0.02
"""Parts with less than this share of the largest part's area are dropped."""
LOD_SHARE = 4
"""Each level of detail has so many times fewer triangles than the one before."""
FACES_MIN = 200
COARSER = 2
"""Octree levels less for the surface that only tells the frame in which a region of interest is given: 0.5 % of the size
off, in a tenth of the time."""


def make_mesh(call: Call) -> dict:
    """Reads `points.npz`, `fused/` and the views; writes `mesh.npz`, `frame.json` and `mesh.json`."""
    request = call.request
    scene, preset = Scene(request["sceneDir"]), PRESETS[request["quality"]]
    views, points = read_views(scene), read_points(scene)
    made = read_ply(request["surfacePath"]) if request.get("surfacePath") else None
    builder = _Builder(call, scene, views, request["holes"], made)
    all_of_it, wanted = looked_at(points.positions, views), request.get("regionOfInterest")
    up, surface = builder.build(points, all_of_it, preset.poisson_depth - (COARSER if wanted else 0))
    if wanted:
        frame = frame_of(surface.vertices, up, views, request.get("sizeMm"), _scale(scene))
        box = TurnedBox(parse_box(wanted), frame.matrix)
        _, surface = builder.build(points, box, preset.poisson_depth)
    call.progress(0.75)
    faces = request.get("faces") or preset.faces
    levels = _levels(surface, up, preset.poisson_depth, faces, request["holes"], request["lods"])
    frame = frame_of(levels[0].vertices, up, views, request.get("sizeMm"), _scale(scene))
    figures = _figures(levels[0], frame)
    np.savez(scene.path("mesh.npz"), **_arrays(levels))
    scene.write_json("frame.json", frame.to_json())
    scene.write_json("mesh.json", figures | {"lodTriangles": [len(level.faces) for level in levels[1:]]})
    size = " × ".join(f"{side:.3g}" for side in figures["sizeM"])
    call.log(f"{figures['triangles']} triangles, {size} m; up is known from the {frame.up}")
    return {
        "triangles": figures["triangles"],
        "watertight": figures["watertight"],
        "sizeM": figures["sizeM"],
        "scaleSource": frame.scale_source,
        "warnings": _warnings(figures, frame, request["holes"]),
    }


class _Builder:
    """Builds the surface of a part of the scene."""

    def __init__(self, call: Call, scene: Scene, views: list[View], holes: str, made: Mesh | None):
        self._call, self._scene, self._views, self._holes = call, scene, views, holes
        self._made = made
        """A surface that another program made; None: Poisson's, through the points."""

    def build(self, points: OrientedPoints, region: Region | TurnedBox, depth: int) -> tuple[Up, Mesh]:
        """Which way is up, and the surface that is to be believed, before decimation; `depth` is that of the octree."""
        points = self._prepare(points, region, depth)
        self._call.progress(0.2)
        surface = self._made or poisson_surface(points, depth)
        self._call.progress(0.6)
        surface = keep_vertices(surface, region.inside(surface.vertices))
        surface = true_part(surface, points, self._views, self._depth_map, guess=self._holes != "open")
        if not len(surface.faces):
            raise Failure("cameras_unreliable", "The points make no surface. Take more photos, closer together.")
        surface = clean(without_small_parts(surface, SMALL_PART))
        self._call.log(f"{len(points)} points, surface of {len(surface.faces)} triangles")
        return find_up(points.positions, self._views, self._call.request["seed"]), surface

    def _prepare(self, points: OrientedPoints, region: Region | TurnedBox, depth: int) -> OrientedPoints:
        if isinstance(region, Region):  # its box first: to ask for the attention of millions of points takes long
            low, high = region.box
            points = points.at(np.all((points.positions >= low) & (points.positions <= high), axis=1))
        else:
            points = points.at(region.inside(points.positions))
            if len(points) < POINTS_MIN:
                message = "There is nothing in the region of interest. Its numbers are metres of the model."
                raise Failure("input_invalid", message)
        points = thin(points, cell_size(points.positions, depth))
        points = without_outliers(points.at(region.inside(points.positions)))
        require_points(points)
        return points

    def _depth_map(self, view: View) -> np.ndarray | None:
        name = f"fused/{view.photo:06d}.npz"
        if not self._scene.has(name):
            return None
        with np.load(self._scene.path(name)) as file:
            depth = file["depth"]
        behind = read_backdrop(self._scene, view.photo)
        # Nothing stands before sky, however far one looks.
        return depth if behind is None else np.where(behind, np.float32(np.inf), depth)


def _scale(scene: Scene) -> dict | None:
    return scene.read_json("scale.json") if scene.has("scale.json") else None


def _levels(surface: Mesh, up: Up, depth: int, faces: int | None, holes: str, lods: int) -> list[Mesh]:
    """The model and its levels of detail."""
    if holes == "watertight":
        model = solid_of(surface, up.direction, depth, faces)
    else:
        model = decimate(surface, faces) if faces else surface
    levels = [model]
    for _ in range(lods):
        fewer = max(len(levels[-1].faces) // LOD_SHARE, FACES_MIN)
        levels.append(decimate(levels[-1], fewer))
    return levels


def _arrays(levels: list[Mesh]) -> dict[str, np.ndarray]:
    arrays = {}
    for number, level in enumerate(levels):
        prefix = f"lod{number}_" if number else ""
        arrays[f"{prefix}vertices"] = level.vertices
        arrays[f"{prefix}faces"] = level.faces.astype(np.uint32)
        arrays[f"{prefix}normals"] = vertex_normals(level)
    return arrays


def _figures(mesh: Mesh, frame: Frame) -> dict:
    matrix = frame.matrix
    moved = mesh.vertices.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return {
        "triangles": len(mesh.faces),
        "vertices": len(mesh.vertices),
        "watertight": open_edges(mesh) == 0 and is_solid(mesh),
        "components": int(components(mesh)[0]),
        "openEdges": open_edges(mesh),
        "areaM2": float(face_areas(mesh).sum()) * frame.metres_per_unit**2,
        "sizeM": [float(side) for side in np.ptp(moved, axis=0)],
    }


def _warnings(figures: dict, frame: Frame, holes: str) -> list[str]:
    warnings = []
    if frame.up == "cameras":
        warnings.append("No ground was found: the model stands as the photos were held.")
    if holes == "watertight" and not figures["watertight"]:
        warnings.append("The model is not watertight.")
    return warnings
