"""model.usdz: for Quick Look on iPhone and iPad (https://openusd.org/release/spec_usdz.html)."""

import tempfile
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, Vt

from .model import Model, Picture
from .zip_files import write_aligned

_SCENE_NAME = "model.usdc"


def write_usdz(path: Path, model: Model, picture: Picture) -> None:
    """Writes a zip with the scene first and its texture after it, both uncompressed and aligned.

    The surface is lit, unlike the GLB's: UsdPreviewSurface has no unlit form (an emissive one glows in AR), and Quick Look
    lights a model evenly, from the room it is put into.
    """
    with tempfile.TemporaryDirectory() as folder:
        scene_path = Path(folder, _SCENE_NAME)
        _write_scene(scene_path, model, picture.file_name)
        write_aligned(path, [(_SCENE_NAME, scene_path.read_bytes()), (f"textures/{picture.file_name}", picture.content)])


def _write_scene(path: Path, model: Model, texture_name: str) -> None:
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, "/model")
    stage.SetDefaultPrim(root.GetPrim())
    Usd.ModelAPI(root).SetKind("component")
    mesh = _define_mesh(stage, model)
    material = _define_material(stage, f"textures/{texture_name}")
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)
    stage.GetRootLayer().Save()


def _define_mesh(stage: Usd.Stage, model: Model) -> UsdGeom.Mesh:
    mesh = UsdGeom.Mesh.Define(stage, "/model/mesh")
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(model.vertices))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(model.faces), 3, dtype=np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(model.faces.astype(np.int32).reshape(-1)))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(model.normals))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(model.double_sided)
    corners = (model.vertices.min(axis=0), model.vertices.max(axis=0))
    mesh.CreateExtentAttr([Gf.Vec3f(*map(float, corner)) for corner in corners])
    coordinates = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar(
        "st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex
    )
    # USD's v goes up.
    coordinates.Set(Vt.Vec2fArray.FromNumpy(np.column_stack([model.uv[:, 0], 1 - model.uv[:, 1]]).astype(np.float32)))
    return mesh


def _define_material(stage: Usd.Stage, texture_path: str) -> UsdShade.Material:
    material = UsdShade.Material.Define(stage, "/model/photos")
    reader = _define_shader(stage, "/model/photos/coordinates", "UsdPrimvarReader_float2")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
    coordinates = reader.CreateOutput("result", Sdf.ValueTypeNames.Float2)
    texture = _define_shader(stage, "/model/photos/texture", "UsdUVTexture")
    texture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath(texture_path))
    texture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(coordinates)
    texture.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set("sRGB")
    for wrap in ("wrapS", "wrapT"):
        texture.CreateInput(wrap, Sdf.ValueTypeNames.Token).Set("clamp")
    surface = _define_shader(stage, "/model/photos/surface", "UsdPreviewSurface")
    surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).ConnectToSource(
        texture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3)
    )
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(1.0)
    surface.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(0.0)
    material.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", Sdf.ValueTypeNames.Token))
    return material


def _define_shader(stage: Usd.Stage, path: str, kind: str) -> UsdShade.Shader:
    shader = UsdShade.Shader.Define(stage, path)
    shader.CreateIdAttr(kind)
    return shader
