"""Blender child: reads a mesh file, writes model files. One request per process (protocol: gpu-runner/README.md).

Runs as `python blender_solid.py` where bpy is a module, or in an installed Blender as
`blender -b --factory-startup --disable-autoexec --python-exit-code 3 -P blender_solid.py`.
Blender exits 0 after most errors, so every error becomes an error message here and every file is looked at.
"""

import contextlib
import ctypes
import json
import os
import sys
import traceback

# Blender prints to stdout, which carries our messages: keep a private copy of it and send all the rest to stderr.
MESSAGES = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

import bpy  # noqa: E402
import numpy as np  # noqa: E402

MILLIMETRE = 0.001
# The logo lies flat in the mesh file, z is its depth; upright in Blender (z up) it faces the viewer at -y.
UPRIGHT = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], dtype=np.float32)
MATERIALS = {
    "matte": {"Roughness": 0.85, "Metallic": 0.0},
    "plastic": {"Roughness": 0.32, "Metallic": 0.0},
    "metal": {"Roughness": 0.28, "Metallic": 1.0},
}


def send(message):
    MESSAGES.write(json.dumps(message) + "\n")
    MESSAGES.flush()


def read_mesh_file(path):
    data = np.fromfile(path, dtype=np.uint8)
    length = int(data[:4].view("<u4")[0])
    header = json.loads(data[4 : 4 + length].tobytes())
    return header, data[4 + length :]


def array(data, at, count, kind):
    return data[at : at + 4 * count].view(kind)


def srgb_to_linear(value):
    """IEC 61966-2-1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def make_material(name, color, look):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    rgba = [srgb_to_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5)] + [1.0]
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = rgba
    for socket, value in MATERIALS[look].items():
        shader.inputs[socket].default_value = value
    # What viewers without nodes read (OBJ, FBX).
    material.use_backface_culling = True  # the solids are closed: their inside is never seen
    material.diffuse_color = rgba
    material.roughness = MATERIALS[look]["Roughness"]
    material.metallic = MATERIALS[look]["Metallic"]
    return material


def make_object(entry, data, place, collection):
    """One mesh object; `place` maps positions and normals (n×3 float32) to where they should be."""
    triangles = array(data, entry["trianglesAt"], 3 * entry["triangles"], "<u4")
    positions, rotate = place(array(data, entry["positionsAt"], 3 * entry["vertices"], "<f4").reshape(-1, 3))
    mesh = bpy.data.meshes.new(entry["name"])
    mesh.vertices.add(entry["vertices"])
    mesh.vertices.foreach_set("co", positions.ravel())
    mesh.loops.add(len(triangles))
    mesh.loops.foreach_set("vertex_index", triangles.astype(np.int32))
    mesh.polygons.add(entry["triangles"])
    mesh.polygons.foreach_set("loop_start", np.arange(0, len(triangles), 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    if entry["normalsAt"] is not None:
        normals = array(data, entry["normalsAt"], 9 * entry["triangles"], "<f4").reshape(-1, 3)
        mesh.polygons.foreach_set("use_smooth", np.ones(entry["triangles"], dtype=bool))
        mesh.normals_split_custom_set(rotate(normals))
    thing = bpy.data.objects.new(entry["name"], mesh)
    collection.objects.link(thing)
    return thing


def upright(scale):
    """Standing on the ground, centred from left to right and front to back."""

    def place(positions):
        turned = (positions @ UPRIGHT.T) * np.float32(scale)
        return turned, lambda normals: normals @ UPRIGHT.T

    return place


def flat(positions):
    return positions, lambda normals: normals


def make_collection(name):
    collection = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(collection)
    return collection


def clear():
    bpy.ops.wm.read_factory_settings(use_empty=True)


def export_glb(path):
    bpy.ops.export_scene.gltf(
        filepath=path, export_format="GLB", collection="upright", export_yup=True, export_apply=False, export_texcoords=False,
        export_tangents=False, export_animations=False, export_skins=False, export_morph=False, export_cameras=False,
        export_lights=False, export_materials="EXPORT", export_extras=False, export_normals=True,
    )


def export_usdz(path):
    bpy.ops.wm.usd_export(
        filepath=path, collection="upright", convert_orientation=True, export_global_forward_selection="NEGATIVE_Z",
        export_global_up_selection="Y", convert_scene_units="METERS", export_animation=False, export_uvmaps=False,
        export_lights=False, export_cameras=False, convert_world_material=False, export_custom_properties=False,
        author_blender_name=False, root_prim_path="/model",
    )


def export_obj(path):
    bpy.ops.wm.obj_export(
        filepath=path, collection="upright", global_scale=1 / MILLIMETRE, forward_axis="NEGATIVE_Z", up_axis="Y",
        export_uv=False, export_normals=True, export_materials=True, export_pbr_extensions=True, path_mode="STRIP",
    )


def export_fbx(path):
    bpy.ops.export_scene.fbx(
        filepath=path, collection="upright", object_types={"MESH"}, axis_forward="-Z", axis_up="Y", bake_anim=False,
        apply_unit_scale=True, apply_scale_options="FBX_SCALE_UNITS", bake_space_transform=True, mesh_smooth_type="OFF",
        add_leaf_bones=False, path_mode="STRIP",
    )


def export_stl(path):
    bpy.ops.wm.stl_export(filepath=path, collection="flat", global_scale=1.0, forward_axis="Y", up_axis="Z", apply_modifiers=False)


def export_ply(path):
    bpy.ops.wm.ply_export(
        filepath=path, collection="flat", global_scale=1.0, forward_axis="Y", up_axis="Z", apply_modifiers=False,
        export_uv=False, export_normals=False, export_colors="NONE", export_attributes=False,
    )


EXPORTERS = {"glb": export_glb, "stl": export_stl, "ply": export_ply, "obj": export_obj, "usdz": export_usdz, "fbx": export_fbx}


def build_scene(mesh_path, look):
    header, data = read_mesh_file(mesh_path)
    coloured = make_collection("upright")
    materials = {}
    low = min(array(data, e["positionsAt"], 3 * e["vertices"], "<f4").reshape(-1, 3)[:, 1].min() for e in header["parts"])
    deep = max(array(data, e["positionsAt"], 3 * e["vertices"], "<f4").reshape(-1, 3)[:, 2].max() for e in header["parts"])
    origin = np.array([0, low, deep / 2], dtype=np.float32)
    place = upright(MILLIMETRE)
    for entry in header["parts"]:
        thing = make_object(entry, data, lambda positions: place(positions - origin), coloured)
        if entry["color"] not in materials:
            materials[entry["color"]] = make_material(entry["name"], entry["color"], look)
        thing.data.materials.append(materials[entry["color"]])
    make_object(header["body"], data, flat, make_collection("flat"))


def serve(request):
    clear()
    build_scene(request["meshPath"], request["material"])
    # In this order, so that the picture can be drawn from the GLB while the others are written.
    wanted = [name for name in EXPORTERS if name in request["files"]]
    for done, name in enumerate(wanted):
        path = request["files"][name]
        EXPORTERS[name](path)
        if not os.path.isfile(path) or os.path.getsize(path) == 0:
            raise RuntimeError(f"Blender wrote no {name.upper()} file")
        send({"kind": "event", "name": "written", "format": name})
        send({"kind": "progress", "fraction": (done + 1) / len(wanted)})


def warm():
    """Imports what the exporters import on first use, by exporting a cube."""
    import tempfile

    clear()
    cube = {"name": "warm", "vertices": 3, "triangles": 1, "positionsAt": 0, "trianglesAt": 36, "normalsAt": 48}
    data = np.concatenate([np.array([0, 0, 0, 1, 0, 0, 0, 1, 0], "<f4").view(np.uint8), np.array([0, 1, 2], "<u4").view(np.uint8), np.tile(np.array([0, 0, 1], "<f4"), 3).view(np.uint8)])
    thing = make_object(cube, data, upright(1), make_collection("upright"))
    thing.data.materials.append(make_material("warm", "#808080", "plastic"))
    make_object({**cube, "normalsAt": None}, data, flat, make_collection("flat"))
    with tempfile.TemporaryDirectory() as folder:
        for name, export in EXPORTERS.items():
            export(os.path.join(folder, f"warm.{name}"))


@contextlib.contextmanager
def quiet():
    """Swallows what Blender prints: neither warm-up chatter nor the paths in it belong in a job's log."""
    shown = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        yield
    finally:
        # Both Python and Blender's C code buffer; what is left in there would come out later.
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)
        os.dup2(shown, 1)
        os.close(shown)


def main():
    try:
        with quiet():
            warm()
        send({"kind": "ready", "version": bpy.app.version_string})
        line = sys.stdin.readline()
        if not line.strip():
            return 0
        serve(json.loads(line))
        send({"kind": "result", "version": bpy.app.version_string})
        return 0
    except BaseException as error:  # noqa: BLE001 - nothing may end as Blender's silent exit 0
        traceback.print_exc()
        send({"kind": "error", "code": "engine_failed", "message": f"Blender could not write the files: {error}", "retryable": True})
        return 1


code = main()
sys.stderr.flush()
# Skips Blender's own shutdown, which takes time and has crashed after good work.
os._exit(code)
