"""Imports Blender and lets f3d draw one triangle. Exit code 0 means that both work on this machine."""

import os
import tempfile

import bpy
import f3d

with tempfile.TemporaryDirectory() as folder:
    model = os.path.join(folder, "triangle.stl")
    with open(model, "w", encoding="ascii") as file:
        file.write("solid t\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid t\n")
    engine = f3d.Engine.create_egl()
    engine.scene.add(model)
    engine.window.size = 64, 64
    picture = engine.window.render_to_image()
    if len(bytes(picture.content)) < 64 * 64 * 3:
        raise SystemExit("f3d drew nothing")

print("blender", bpy.app.version_string)
