/** `image-to-svg`: a picture becomes a small, faithful SVG. */
import { z } from "zod";
import { MAX_UPLOAD_BYTES } from "../limits.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { modelSchema, PICTURE_EXTENSIONS, PICTURE_TYPES } from "./picture.ts";
import { colorSchema } from "./solid.ts";

export const SVG_PRESETS = ["auto", "logo", "poster", "photo", "pixel-art", "line-art"] as const;
export type SvgPreset = (typeof SVG_PRESETS)[number];

const BY_PRESET = "By preset";
const IN_COLOR = { monochrome: [false] };
const IN_MONOCHROME = { monochrome: [true] };

export const imageToSvgParamsSchema = z
  .object({
    preset: z
      .enum(SVG_PRESETS)
      .default("auto")
      .meta({
        title: "Preset",
        description: "Auto looks at the picture, tries a few settings and keeps the smallest faithful SVG",
        choices: {
          auto: { title: "Auto" },
          logo: { title: "Logo", note: "Flat colours, clean curves" },
          poster: { title: "Poster", note: "Few colours, bold shapes" },
          photo: { title: "Photo", note: "Many colours, much detail" },
          "pixel-art": { title: "Pixel art", note: "Every pixel a square" },
          "line-art": { title: "Line art", note: "Dark lines on a plain ground" },
        },
      }),
    fidelity: z
      .number()
      .min(0.5)
      .max(0.999)
      .optional()
      .meta({
        title: "Fidelity",
        description: "Structural similarity (SSIM) that auto must reach; 1 is the same picture",
        whenAbsent: "By picture",
        onlyIf: { preset: ["auto"] },
      }),
    colors: z
      .number()
      .int()
      .min(1)
      .max(256)
      .optional()
      .meta({ title: "Colours", description: "At most this many", whenAbsent: BY_PRESET, onlyIf: IN_COLOR }),
    palette: z.array(colorSchema).max(64).default([]).meta({
      title: "Palette",
      description: "Use these colours and no others",
      format: "color",
      onlyIf: IN_COLOR,
    }),
    detail: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .meta({ title: "Detail", description: "More keeps finer differences", unit: "%", whenAbsent: BY_PRESET }),
    curves: z
      .enum(["spline", "polygon", "pixel"])
      .optional()
      .meta({ title: "Curve fitting", whenAbsent: BY_PRESET, advanced: true }),
    cornerDeg: z.number().min(0).max(180).optional().meta({
      title: "Corners",
      description: "Turns sharper than this stay corners; lower keeps more of them",
      unit: "°",
      whenAbsent: BY_PRESET,
      advanced: true,
    }),
    specklePx: z.number().int().min(0).max(128).optional().meta({
      title: "Speckles",
      description: "Patches smaller than this square are left out",
      unit: "px",
      whenAbsent: BY_PRESET,
      advanced: true,
    }),
    maxBytes: z.number().int().min(1_000).max(50_000_000).optional().meta({
      title: "Largest size",
      description: "Detail is lowered until the SVG fits",
      unit: "bytes",
      whenAbsent: "No limit",
    }),
    removeBackground: z
      .boolean()
      .default(false)
      .meta({ title: "Remove background first", description: "Only the subject is traced" }),
    model: modelSchema.meta({ ...modelSchema.meta(), onlyIf: { removeBackground: [true] }, advanced: true }),
    monochrome: z
      .boolean()
      .default(false)
      .meta({ title: "Monochrome", description: "One colour on nothing, traced by potrace" }),
    threshold: z.number().min(0).max(100).optional().meta({
      title: "Threshold",
      description: "What is darker than this becomes the drawing",
      unit: "%",
      whenAbsent: "By picture (Otsu)",
      onlyIf: IN_MONOCHROME,
    }),
    invert: z
      .boolean()
      .default(false)
      .meta({ title: "Invert", description: "The light parts become the drawing", onlyIf: IN_MONOCHROME }),
    color: colorSchema
      .default("#000000")
      .meta({ title: "Colour of the drawing", format: "color", onlyIf: IN_MONOCHROME }),
    formats: z
      .array(z.enum(["svg", "pdf", "png"]))
      .min(1)
      .max(3)
      .default(["svg"])
      .meta({ title: "Formats", description: "SVG is always written" }),
  })
  .strict();
export type ImageToSvgParams = z.infer<typeof imageToSvgParamsSchema>;

export const imageToSvg: JobTypeDefinition = {
  name: "image-to-svg",
  version: 1,
  title: "Image to SVG",
  description: "Turns a picture into a small SVG that stays sharp at every size.",
  pool: "cpu",
  params: imageToSvgParamsSchema,
  presets: [
    {
      name: "web",
      title: "For the web",
      description: "As faithful as 50 kB allow",
      params: { preset: "auto", maxBytes: 50_000 },
    },
    {
      name: "print",
      title: "For print",
      description: "Flat colours and clean curves, as SVG and PDF",
      params: { preset: "logo", formats: ["svg", "pdf"] },
    },
    {
      name: "cutter",
      title: "For a cutter or plotter",
      description: "One colour without speckles, as SVG and PDF",
      params: { monochrome: true, specklePx: 6, formats: ["svg", "pdf"] },
    },
  ],
  inputs: {
    min: 1,
    max: 1,
    label: "Picture",
    accept: PICTURE_TYPES,
    extensions: PICTURE_EXTENSIONS,
    maxBytes: MAX_UPLOAD_BYTES,
  },
  stages: [
    { name: "read", title: "Reading the picture", weight: 10 },
    { name: "trace", title: "Tracing", weight: 70 },
    { name: "measure", title: "Comparing with the picture", weight: 10 },
    { name: "export", title: "Writing the files", weight: 10 },
  ],
  outputs: [
    { name: "image.svg", contentType: "image/svg+xml", description: "SVG, minified, with a viewBox", main: true },
    { name: "image.pdf", contentType: "application/pdf", description: "PDF", main: true },
    { name: "image.png", contentType: "image/png", description: "The SVG drawn at the picture's size", main: true },
    { name: "before.webp", contentType: "image/webp", description: "The picture that was traced, at most 1600 px" },
    { name: "preview.webp", contentType: "image/webp", description: "The SVG, at most 1600 px" },
  ],
  timeoutS: 600,
};
