/**
 * What `logo-to-3d` and `text-to-3d` share: both turn flat coloured shapes into solids and write the same formats.
 * Lengths are millimetres, angles degrees. STL and PLY are written in millimetres, GLB in metres with +Y up.
 */
import { z } from "zod";
import type { OutputDefinition } from "./job-type.ts";

export const SOLID_FORMATS = ["glb", "usdz", "obj", "fbx", "stl", "ply"] as const;
export type SolidFormat = (typeof SOLID_FORMATS)[number];

/** `#rgb` or `#rrggbb`. */
export const colorSchema = z.string().regex(/^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, "is not a colour like #ff8800");

const WITH_BASE_PLATE = { basePlate: ["rounded", "outline"] };

/** Parameters of the solid itself, the same for every source of shapes. */
export const solidParams = {
  depthMm: z
    .number()
    .min(0.1)
    .max(500)
    .default(4)
    .meta({ title: "Depth", description: "Thickness of the shapes", unit: "mm" }),
  bevelMm: z.number().min(0).max(50).default(0).meta({
    title: "Bevel",
    description: "Rounds the front edge by this much; the back stays flat. Limited by the depth",
    unit: "mm",
  }),
  bevelSegments: z
    .number()
    .int()
    .min(1)
    .max(16)
    .default(3)
    .meta({ title: "Bevel segments", description: "1 is a chamfer, more is rounder", advanced: true }),
  basePlate: z.enum(["none", "rounded", "outline"]).default("none").meta({
    title: "Base plate",
    description: "A plate behind the shapes: a rounded rectangle, or their outline widened by the margin",
  }),
  basePlateDepthMm: z
    .number()
    .min(0.1)
    .max(500)
    .default(2)
    .meta({ title: "Base plate thickness", unit: "mm", onlyIf: WITH_BASE_PLATE }),
  basePlateMarginMm: z.number().min(0).max(500).default(4).meta({
    title: "Base plate margin",
    description: "How far the plate reaches beyond the shapes",
    unit: "mm",
    onlyIf: WITH_BASE_PLATE,
  }),
  basePlateColor: colorSchema
    .default("#d9d9d9")
    .meta({ title: "Base plate colour", format: "color", onlyIf: WITH_BASE_PLATE }),
  material: z.enum(["matte", "metal", "plastic"]).default("plastic").meta({ title: "Material" }),
  formats: z
    .array(z.enum(SOLID_FORMATS))
    .min(1)
    .max(SOLID_FORMATS.length)
    .default(["glb", "usdz", "stl"])
    .meta({ title: "Formats", description: "Files to write" }),
} as const;

/** Outputs of a solid: model files, a picture of it and the manifest. OBJ comes with its materials, as a zip. */
export const SOLID_OUTPUTS: readonly OutputDefinition[] = [
  { name: "model.glb", contentType: "model/gltf-binary", description: "GLB, metres, +Y up", main: true },
  { name: "model.usdz", contentType: "model/vnd.usdz+zip", description: "USDZ for iOS and visionOS", main: true },
  { name: "model-obj.zip", contentType: "application/zip", description: "OBJ and MTL, millimetres", main: true },
  { name: "model.fbx", contentType: "application/octet-stream", description: "FBX", main: true },
  { name: "model.stl", contentType: "model/stl", description: "STL, millimetres, one watertight solid", main: true },
  { name: "model.ply", contentType: "application/octet-stream", description: "PLY, millimetres", main: true },
  { name: "preview.webp", contentType: "image/webp", description: "Picture of the model" },
];

/** Stages that follow once the shapes are known. */
export const SOLID_STAGES = [
  { name: "build", title: "Building the solid", weight: 25 },
  { name: "export", title: "Writing the files", weight: 40 },
  { name: "preview", title: "Drawing the preview", weight: 20 },
  { name: "check", title: "Checking the files", weight: 5 },
] as const;
