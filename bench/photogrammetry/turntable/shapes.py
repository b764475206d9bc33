"""Makes the geometry of a scene in Blender: `python shapes.py SCENE MARKER_MM OUT.npz` (MARKER_MM 0 = no marker).

OUT.npz holds `vertices (n,3) float32` in metres, z up; `faces (m,3) int32`; `parts (m,) uint8`, the index of each
face's part in `names`, "object" being 0; `marker (3,) float32`: the marker's middle, x y z. Runs where bpy is a
module.
"""

import math
import sys

import bpy
import numpy as np

METRES_PER_UNIT = 0.1
"""Shapes are modelled ten times as large as they are in the scene: Blender's sizes and noise are made for that."""
MARKER_PLACE = (1.15, -0.62)
"""On the ground beside the object, on the lit side in front; units."""
QUIET_ZONE = 1 + 2 / 6
"""The card is larger than the marker by one of its six cells on each side: readers need white around it."""


def modify(thing: bpy.types.Object, kind: str, **settings: object) -> None:
    modifier = thing.modifiers.new(kind.lower(), kind)
    for name, value in settings.items():
        setattr(modifier, name, value)


def displace(thing: bpy.types.Object, noise_scale: float, depth: int, strength: float) -> None:
    """Moves the surface by cloud noise, along its normals."""
    texture = bpy.data.textures.new("noise", "CLOUDS")
    texture.noise_scale, texture.noise_depth = noise_scale, depth
    modify(thing, "DISPLACE", texture=texture, strength=strength, mid_level=0.5)


def add_head() -> bpy.types.Object:
    """Suzanne with a rough skin: caves, thin ears, much texture."""
    bpy.ops.mesh.primitive_monkey_add(size=2, location=(0, 0, 0.93), rotation=(math.radians(-15), 0, 0))
    head = bpy.context.object
    modify(head, "SUBSURF", levels=4, render_levels=4)
    displace(head, noise_scale=0.25, depth=3, strength=0.10)
    return head


JUG_PROFILE = (
    *((0.0, 0.30), (0.42, 0.30), (0.50, 0.36), (0.66, 0.62), (0.72, 0.88), (0.66, 1.12), (0.46, 1.32), (0.40, 1.40)),
    *((0.40, 1.52), (0.52, 1.60), (0.52, 1.68), (0.20, 1.72), (0.12, 1.78), (0.17, 1.90), (0.10, 1.99), (0.0, 2.0)),
)
"""Radius and height of the jug's outline, from the foot to the knob of its lid; units."""


def add_jug() -> bpy.types.Object:
    """A lidded jug with a handle on a hexagonal plinth, of one piece: smooth walls, some edges."""
    mesh = bpy.data.meshes.new("jug")
    edges = [(i, i + 1) for i in range(len(JUG_PROFILE) - 1)]
    mesh.from_pydata([(radius, 0, height) for radius, height in JUG_PROFILE], edges, [])
    body = bpy.data.objects.new("jug", mesh)
    bpy.context.collection.objects.link(body)
    modify(
        body,
        "SCREW",
        steps=96,
        render_steps=96,
        use_merge_vertices=True,
        merge_threshold=1e-4,
        use_normal_calculate=True,
    )
    bpy.ops.mesh.primitive_torus_add(
        location=(0.66, 0, 1.0),
        rotation=(math.pi / 2, 0, 0),
        major_radius=0.36,
        minor_radius=0.08,
        major_segments=64,
        minor_segments=24,
    )
    handle = bpy.context.object
    bpy.ops.mesh.primitive_cylinder_add(vertices=6, radius=0.95, depth=0.4, location=(0, 0, 0.15), rotation=(0, 0, 0.2))
    plinth = bpy.context.object
    modify(plinth, "BEVEL", width=0.03, segments=2)
    for part in (body, handle, plinth):
        bpy.ops.object.select_all(action="DESELECT")
        part.select_set(True)
        bpy.context.view_layer.objects.active = part
        bpy.ops.object.convert(target="MESH")
    for part in (body, handle, plinth):
        part.select_set(True)
    bpy.ops.object.join()
    jug = bpy.context.object
    modify(jug, "REMESH", mode="VOXEL", voxel_size=0.014)
    modify(jug, "SMOOTH", factor=0.5, iterations=3)
    return jug


def add_ground(noise_scale: float, strength: float) -> bpy.types.Object:
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=280, y_subdivisions=280, size=7)
    ground = bpy.context.object
    displace(ground, noise_scale=noise_scale, depth=2, strength=strength)
    return ground


def add_card(marker_mm: float, ground: np.ndarray) -> tuple[bpy.types.Object, tuple[float, float, float]]:
    """The marker's card, lying on the highest point of the ground under it. Returns the middle of its upper face,
    units."""
    side = marker_mm / 1000 / METRES_PER_UNIT * QUIET_ZONE
    x, y = MARKER_PLACE
    under = (np.abs(ground[:, 0] - x) < side / 2) & (np.abs(ground[:, 1] - y) < side / 2)
    top = float(ground[under, 2].max()) + 0.004
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=40, y_subdivisions=40, size=side, location=(x, y, top))
    card = bpy.context.object
    modify(card, "SOLIDIFY", thickness=0.03, offset=-1)
    return card, (x, y, top)


def triangles(thing: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n,3) float32 in units of the scene and faces (m,3) int32 of an object, after its modifiers."""
    bpy.context.view_layer.update()
    evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    mesh.calc_loop_triangles()
    vertices = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", vertices)
    faces = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", faces)
    matrix = np.array(thing.matrix_world, np.float32)
    evaluated.to_mesh_clear()
    return vertices.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3], faces.reshape(-1, 3)


def main(scene: str, marker_mm: float, path: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if scene != "plain":
        things = {"object": triangles(add_head()), "ground": triangles(add_ground(noise_scale=0.6, strength=0.10))}
    else:
        things = {"object": triangles(add_jug()), "ground": triangles(add_ground(noise_scale=1.2, strength=0.03))}
    marker = (0.0, 0.0, 0.0)
    if marker_mm > 0:
        card, marker = add_card(marker_mm, things["ground"][0])
        things["card"] = triangles(card)
    offsets = np.cumsum([0] + [len(vertices) for vertices, _ in things.values()])
    np.savez(
        path,
        vertices=np.concatenate([vertices for vertices, _ in things.values()]) * np.float32(METRES_PER_UNIT),
        faces=np.concatenate([faces + offset for (_, faces), offset in zip(things.values(), offsets)]).astype(np.int32),
        parts=np.concatenate([np.full(len(faces), i, np.uint8) for i, (_, faces) in enumerate(things.values())]),
        names=np.array(list(things)),
        marker=np.array(marker, np.float32) * np.float32(METRES_PER_UNIT),
    )


main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
