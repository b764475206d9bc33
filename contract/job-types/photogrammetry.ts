/** `photogrammetry`: photos or a video of one thing, taken from all around it, become a textured 3D model. */
import { z } from "zod";
import {
  MAX_FILENAME_BYTES,
  MAX_INPUTS,
  MAX_LODS,
  MAX_PHOTOGRAMMETRY_FACES,
  MAX_PHOTOS,
  MIN_PHOTOS,
  UPLOAD_HARD_MAX_BYTES,
} from "../limits.ts";
import { VIDEO_EXTENSIONS, VIDEO_TYPES } from "./animate.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { modelSchema, PICTURE_EXTENSIONS, PICTURE_TYPES } from "./picture.ts";

export const PHOTO_TYPES = [...PICTURE_TYPES, "image/heic"] as const;
export const PHOTO_EXTENSIONS = [...PICTURE_EXTENSIONS, ".heic", ".heif"] as const;
export const PHOTOGRAMMETRY_FORMATS = ["glb", "usdz", "obj", "stl", "ply", "colmap"] as const;
export type PhotogrammetryFormat = (typeof PHOTOGRAMMETRY_FORMATS)[number];
export const PHOTOGRAMMETRY_QUALITIES = ["preview", "standard", "high", "raw"] as const;

const fileNames = z.array(z.string().min(1).max(MAX_FILENAME_BYTES)).max(MAX_PHOTOS).default([]);

export const photogrammetryParamsSchema = z
  .object({
    quality: z
      .enum(PHOTOGRAMMETRY_QUALITIES)
      .default("standard")
      .meta({
        title: "Quality",
        choices: {
          preview: { title: "Preview", note: "Whether the photos are good enough: 30,000 triangles" },
          standard: { title: "Standard", note: "100,000 triangles, texture of 2,048 px" },
          high: { title: "High", note: "300,000 triangles, 4,096 px; takes about 4 times as long" },
          raw: { title: "Raw", note: "Every triangle that was found, 8,192 px" },
        },
      }),
    until: z
      .enum(["check", "cameras", "model"])
      .default("model")
      .meta({
        title: "How far",
        description: "Looking at the photos takes seconds and says which of them are no good",
        choices: {
          check: { title: "Only look at the photos" },
          cameras: { title: "To the cameras", note: "Where each photo was taken" },
          model: { title: "To the model" },
        },
      }),
    formats: z
      .array(z.enum(PHOTOGRAMMETRY_FORMATS))
      .min(1)
      .max(PHOTOGRAMMETRY_FORMATS.length)
      .default(["glb"])
      .meta({
        title: "Formats",
        choices: {
          glb: { title: "GLB", note: "Web, games, Blender" },
          usdz: { title: "USDZ", note: "iPhone and iPad" },
          obj: { title: "OBJ", note: "With its texture, as a zip" },
          stl: { title: "STL", note: "3D printing, without colour" },
          ply: { title: "PLY", note: "The dense cloud of points" },
          colmap: { title: "COLMAP", note: "Undistorted photos and cameras, as a zip" },
        },
      }),
    holes: z
      .enum(["open", "closed", "watertight"])
      .default("closed")
      .meta({
        title: "Holes",
        choices: {
          open: { title: "Open", note: "Nothing that no photo saw" },
          closed: { title: "Closed", note: "Small ones are filled" },
          watertight: { title: "Watertight", note: "For printing: a solid with a flat base" },
        },
      }),
    surface: z
      .enum(["poisson", "openmvs"])
      .default("poisson")
      .meta({
        title: "Surface by",
        choices: {
          poisson: { title: "Kiln" },
          openmvs: { title: "OpenMVS", note: "AGPL-3.0, only where the runner has it" },
        },
        advanced: true,
      }),
    mask: z
      .enum(["none", "subject"])
      .default("none")
      .meta({
        title: "Background",
        description: "Leave it in unless the subject was turned before it: the background helps to place the cameras",
        choices: {
          none: { title: "Leave it in" },
          subject: { title: "Only the subject", note: "Found in every photo; right for a turntable" },
        },
      }),
    model: modelSchema.meta({ ...modelSchema.meta(), onlyIf: { mask: ["subject"] } }),
    scale: z
      .enum(["none", "size", "marker", "gps"])
      .default("none")
      .meta({
        title: "Real size",
        choices: {
          none: { title: "Unknown", note: "The longest side becomes 1 m" },
          size: { title: "I know its longest side" },
          marker: { title: "A printed marker lies in the scene" },
          gps: { title: "The photos carry GPS", note: "Good for buildings, too coarse for small things" },
        },
      }),
    sizeMm: z
      .number()
      .min(1)
      .max(10_000_000)
      .optional()
      .meta({ title: "Longest side", unit: "mm", onlyIf: { scale: ["size"] }, whenAbsent: "Unknown" }),
    markerMm: z
      .number()
      .min(1)
      .max(10_000)
      .default(50)
      .meta({
        title: "Side of the marker",
        description: "The black square, measured on the paper. Any marker of the ArUco dictionary 4×4_50",
        unit: "mm",
        onlyIf: { scale: ["marker"] },
      }),
    frames: z.number().int().min(MIN_PHOTOS).max(MAX_PHOTOS).default(120).meta({
      title: "Frames of a video",
      description: "At most so many, the sharpest ones, wherever the camera has moved",
    }),
    strict: z.boolean().default(false).meta({
      title: "Strict",
      description: "Stop when a photo is no good, instead of leaving it out",
      advanced: true,
    }),
    keep: fileNames.meta({
      title: "Use these photos anyway",
      description: "File names",
      advanced: true,
    }),
    drop: fileNames.meta({ title: "Leave these photos out", description: "File names", advanced: true }),
    matching: z
      .enum(["auto", "exhaustive", "sequential"])
      .default("auto")
      .meta({
        title: "Matching",
        choices: {
          auto: { title: "By number of photos" },
          exhaustive: { title: "Every pair", note: "Photos in any order; slow above 100" },
          sequential: { title: "Neighbours", note: "Photos in the order they were taken" },
        },
        advanced: true,
      }),
    mapper: z
      .enum(["auto", "incremental", "global"])
      .default("auto")
      .meta({
        title: "Mapper",
        description: "Both are always run and compared; this says whose cameras are used",
        choices: {
          auto: { title: "The better one" },
          incremental: { title: "Incremental" },
          global: { title: "Global" },
        },
        advanced: true,
      }),
    faces: z
      .number()
      .int()
      .min(1_000)
      .max(MAX_PHOTOGRAMMETRY_FACES)
      .optional()
      .meta({ title: "Triangles", whenAbsent: "By quality", advanced: true }),
    texturePx: z
      .number()
      .int()
      .min(1_024)
      .max(8_192)
      .multipleOf(1_024)
      .optional()
      .meta({ title: "Texture", unit: "px", whenAbsent: "By quality", advanced: true }),
    lods: z.number().int().min(0).max(MAX_LODS).default(0).meta({
      title: "Levels of detail",
      description: "Further GLBs, each with a quarter of the triangles of the one before",
      advanced: true,
    }),
    regionOfInterest: z
      .string()
      .regex(/^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){5}$/, "must be six numbers: minX,minY,minZ,maxX,maxY,maxZ")
      .max(200)
      .optional()
      .meta({
        title: "Region of interest",
        description: "A box in the metres of an earlier result: minX,minY,minZ,maxX,maxY,maxZ",
        whenAbsent: "What most photos look at",
        advanced: true,
      }),
    turntable: z
      .boolean()
      .default(true)
      .meta({ title: "Turntable", description: "A short animation of the model", advanced: true }),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0)
      .meta({ title: "Seed", description: "The same one gives the same result", advanced: true }),
  })
  .strict();
export type PhotogrammetryParams = z.infer<typeof photogrammetryParamsSchema>;

export const photogrammetry: JobTypeDefinition = {
  name: "photogrammetry",
  version: 1,
  title: "Photogrammetry",
  description: "Turns photos or a video of one thing into a textured 3D model, and says how far to trust it.",
  pool: "cpu",
  params: photogrammetryParamsSchema,
  presets: [
    {
      name: "check",
      title: "Are the photos good?",
      description: "Looks at the photos and says which are no good, in seconds",
      params: { until: "check" },
    },
    {
      name: "turntable",
      title: "Turned before the camera",
      description: "Only the subject counts, the still background is left out",
      params: { mask: "subject" },
    },
    {
      name: "print",
      title: "For printing",
      description: "A watertight solid of high quality with a flat base",
      params: { quality: "high", holes: "watertight", formats: ["stl", "glb"] },
    },
    {
      name: "ar",
      title: "For AR",
      description: "GLB and USDZ, and lighter versions for phones",
      params: { formats: ["glb", "usdz"], lods: 2 },
    },
  ],
  inputs: {
    min: 1,
    max: MAX_INPUTS,
    label: "Photos of one thing from all around (or a zip of them), or a video",
    accept: [...PHOTO_TYPES, ...VIDEO_TYPES, "application/zip"],
    extensions: [...PHOTO_EXTENSIONS, ...VIDEO_EXTENSIONS, ".zip"],
    maxBytes: UPLOAD_HARD_MAX_BYTES,
    roles: [
      {
        name: "masks",
        label: "Masks: a zip of pictures named like the photos, white where the thing is",
        accept: ["application/zip"],
        extensions: [".zip"],
      },
    ],
  },
  stages: [
    { name: "read", title: "Reading the photos", weight: 3 },
    { name: "check", title: "Looking at the photos", weight: 2 },
    { name: "mask", title: "Finding the subject", weight: 5 },
    { name: "match", title: "Finding what the photos share", weight: 12 },
    { name: "align", title: "Placing the cameras", weight: 13 },
    { name: "depth", title: "Measuring depth", weight: 45 },
    { name: "mesh", title: "Building the surface", weight: 9 },
    { name: "texture", title: "Painting the surface", weight: 8 },
    { name: "export", title: "Writing the files", weight: 3 },
  ],
  outputs: [
    { name: "model.glb", contentType: "model/gltf-binary", description: "Textured model, metres, Y up", main: true },
    { name: "model-lod1.glb", contentType: "model/gltf-binary", description: "A quarter of the triangles" },
    { name: "model-lod2.glb", contentType: "model/gltf-binary", description: "A sixteenth of the triangles" },
    { name: "model-lod3.glb", contentType: "model/gltf-binary", description: "A sixty-fourth of the triangles" },
    {
      name: "model.usdz",
      contentType: "model/vnd.usdz+zip",
      description: "Textured model for iPhone and iPad",
      main: true,
    },
    { name: "model-obj.zip", contentType: "application/zip", description: "OBJ, MTL and texture", main: true },
    { name: "model.stl", contentType: "model/stl", description: "Millimetres, Z up", main: true },
    { name: "dense.ply", contentType: "application/octet-stream", description: "Dense cloud of coloured points" },
    { name: "colmap.zip", contentType: "application/zip", description: "Undistorted photos and COLMAP model" },
    {
      name: "cameras.json",
      contentType: "application/json",
      description: "Position, direction and lens of each photo",
    },
    { name: "photos.json", contentType: "application/json", description: "A verdict on each photo" },
    { name: "photos.webp", contentType: "image/webp", description: "Small pictures of all photos in one" },
    { name: "preview.webp", contentType: "image/webp", description: "The model, or the cameras, as a picture" },
    { name: "turntable.webp", contentType: "image/webp", description: "The model turning" },
    { name: "report.html", contentType: "text/html", description: "What was found, and how far to trust it" },
  ],
  timeoutS: 3_600,
};
