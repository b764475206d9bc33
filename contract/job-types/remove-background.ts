/** `remove-background`: the subject of one picture, or of many, cut out. */
import { z } from "zod";
import { MAX_INPUTS, UPLOAD_HARD_MAX_BYTES } from "../limits.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { modelSchema, PICTURE_EXTENSIONS, PICTURE_TYPES } from "./picture.ts";
import { colorSchema } from "./solid.ts";

const WITH_MATTING = { alphaMatting: [true] };
const WITH_CUTOUT = { result: ["cutout", "both"] };

/** Of so many pictures of one job a small before and after is kept, for looking at; all are in the zip. */
export const MAX_CUTOUT_PREVIEWS = 24;

export const removeBackgroundParamsSchema = z
  .object({
    model: modelSchema,
    result: z
      .enum(["cutout", "mask", "both"])
      .default("cutout")
      .meta({
        title: "Result",
        choices: {
          cutout: { title: "Cut-out" },
          mask: { title: "Mask only", note: "White is the subject" },
          both: { title: "Cut-out and mask" },
        },
      }),
    format: z
      .enum(["png", "webp"])
      .default("png")
      .meta({ title: "Format", description: "Both without loss; WebP is smaller" }),
    edges: z
      .enum(["clean", "smooth", "hard", "as-is"])
      .default("clean")
      .meta({
        title: "Edges",
        description: "How the rim of the subject is treated",
        choices: {
          clean: { title: "Clean", note: "As the model sees them, without the old background's colour in the rim" },
          smooth: { title: "Smooth", note: "Ragged masks are rounded off, faint parts left out or filled" },
          hard: { title: "Hard", note: "As smooth, but no half-transparent pixels" },
          "as-is": { title: "As the model sees them" },
        },
      }),
    alphaMatting: z.boolean().default(false).meta({
      title: "Alpha matting",
      description: "Finer hair and fur; takes several times as long",
    }),
    mattingForeground: z
      .number()
      .int()
      .min(1)
      .max(255)
      .default(240)
      .meta({ title: "Matting: sure foreground above", advanced: true, onlyIf: WITH_MATTING }),
    mattingBackground: z
      .number()
      .int()
      .min(0)
      .max(254)
      .default(10)
      .meta({ title: "Matting: sure background below", advanced: true, onlyIf: WITH_MATTING }),
    mattingErodePx: z
      .number()
      .int()
      .min(0)
      .max(50)
      .default(10)
      .meta({ title: "Matting: unsure rim", unit: "px", advanced: true, onlyIf: WITH_MATTING }),
    backgroundColor: colorSchema.optional().meta({
      title: "Background colour",
      description: "Put behind the subject; a background picture covers it",
      format: "color",
      whenAbsent: "Transparent",
      onlyIf: WITH_CUTOUT,
    }),
    crop: z.boolean().default(false).meta({ title: "Crop to the subject" }),
    paddingPercent: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .meta({
        title: "Padding",
        description: "Room around the cropped subject, of its longer side",
        unit: "%",
        onlyIf: { crop: [true] },
      }),
    shadow: z
      .enum(["none", "drop", "ground"])
      .default("none")
      .meta({
        title: "Shadow",
        choices: {
          none: { title: "None" },
          drop: { title: "Behind", note: "A soft shadow below and behind" },
          ground: { title: "On the ground", note: "A flat shadow under the subject" },
        },
        onlyIf: WITH_CUTOUT,
      }),
    maxSidePx: z.number().int().min(16).max(16_384).optional().meta({
      title: "Longest side",
      description: "Larger results are scaled down",
      unit: "px",
      whenAbsent: "As it is",
    }),
  })
  .strict();
export type RemoveBackgroundParams = z.infer<typeof removeBackgroundParamsSchema>;

export const removeBackground: JobTypeDefinition = {
  name: "remove-background",
  version: 1,
  title: "Remove background",
  description: "Cuts the subject out of one picture or of many, with soft edges and straight alpha.",
  pool: "cpu",
  params: removeBackgroundParamsSchema,
  presets: [
    {
      name: "product-shot",
      title: "Product shot",
      description: "Cropped, on white, with a shadow on the ground",
      params: { crop: true, paddingPercent: 10, backgroundColor: "#ffffff", shadow: "ground", maxSidePx: 2_000 },
    },
    {
      name: "portrait",
      title: "Portrait",
      description: "Fine hair, nothing cropped; takes longer",
      params: { alphaMatting: true, edges: "clean" },
    },
    {
      name: "sticker",
      title: "Sticker",
      description: "512 px with a firm edge, as WebP",
      params: { edges: "smooth", crop: true, paddingPercent: 4, maxSidePx: 512, format: "webp" },
    },
    {
      name: "mask",
      title: "Mask only",
      description: "For a program that cuts out itself",
      params: { result: "mask" },
    },
  ],
  inputs: {
    min: 1,
    max: MAX_INPUTS,
    label: "Pictures, or a zip of them",
    accept: [...PICTURE_TYPES, "application/zip"],
    extensions: [...PICTURE_EXTENSIONS, ".zip"],
    maxBytes: UPLOAD_HARD_MAX_BYTES,
    roles: [
      {
        name: "background",
        label: "Background picture (optional)",
        accept: PICTURE_TYPES,
        extensions: PICTURE_EXTENSIONS,
      },
    ],
  },
  stages: [
    { name: "read", title: "Reading the pictures", weight: 5 },
    { name: "cut-out", title: "Cutting out", weight: 90 },
    { name: "collect", title: "Collecting the results", weight: 5 },
  ],
  outputs: [
    { name: "cutout.png", contentType: "image/png", description: "The cut-out, as PNG", main: true },
    { name: "cutout.webp", contentType: "image/webp", description: "The cut-out, as lossless WebP", main: true },
    { name: "mask.png", contentType: "image/png", description: "The mask, 8-bit grey, white is the subject" },
    {
      name: "cutouts.zip",
      contentType: "application/zip",
      description: "All cut-outs, under their pictures' names",
      main: true,
    },
    { name: "masks.zip", contentType: "application/zip", description: "All masks, under their pictures' names" },
    { name: "before.webp", contentType: "image/webp", description: "The picture as it came, at most 1600 px" },
    { name: "before-{n}.webp", contentType: "image/webp", description: "Picture n as it came, small" },
    { name: "after-{n}.webp", contentType: "image/webp", description: "Cut-out n, small" },
    {
      name: "preview.webp",
      contentType: "image/webp",
      description: "The cut-out, or a sheet of them, at most 1600 px",
    },
  ],
  timeoutS: 3_600,
};
