/** `animate`: a video, or a row of pictures, becomes an animation with transparency. */
import { z } from "zod";
import { MAX_INPUTS, MAX_VIDEO_S, UPLOAD_HARD_MAX_BYTES } from "../limits.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { modelSchema, PICTURE_EXTENSIONS, PICTURE_TYPES } from "./picture.ts";
import { colorSchema } from "./solid.ts";

export const ANIMATION_FORMATS = ["webp", "apng", "gif", "webm"] as const;
export type AnimationFormat = (typeof ANIMATION_FORMATS)[number];
export const VIDEO_TYPES = ["video/mp4", "video/quicktime", "video/webm", "video/x-matroska"] as const;
export const VIDEO_EXTENSIONS = [".mp4", ".mov", ".m4v", ".webm", ".mkv"] as const;

const WITH_CUTOUT = { removeBackground: [true] };

export const animateParamsSchema = z
  .object({
    formats: z
      .array(z.enum(ANIMATION_FORMATS))
      .min(1)
      .max(ANIMATION_FORMATS.length)
      .default(["webp"])
      .meta({
        title: "Formats",
        choices: {
          webp: { title: "WebP", note: "Small, every browser" },
          apng: { title: "APNG", note: "Without loss" },
          gif: { title: "GIF", note: "Everywhere, 256 colours, hard edges" },
          webm: { title: "WebM", note: "VP9 video with alpha, smallest" },
        },
      }),
    removeBackground: z.boolean().default(false).meta({ title: "Remove background", description: "On every frame" }),
    model: modelSchema.meta({ ...modelSchema.meta(), onlyIf: WITH_CUTOUT }),
    smoothing: z.number().min(0).max(100).default(50).meta({
      title: "Steady edges",
      description: "Evens the mask out over neighbouring frames, so that edges don't flicker",
      unit: "%",
      onlyIf: WITH_CUTOUT,
    }),
    backgroundColor: colorSchema
      .optional()
      .meta({ title: "Background colour", format: "color", whenAbsent: "Transparent" }),
    maxSidePx: z
      .number()
      .int()
      .min(16)
      .max(4_096)
      .default(720)
      .meta({ title: "Longest side", description: "Larger videos are scaled down", unit: "px" }),
    crop: z
      .enum(["none", "1:1", "4:5", "3:4", "4:3", "16:9", "9:16", "subject"])
      .default("none")
      .meta({
        title: "Crop",
        description: "To a shape, from the middle, or to what is left when the background is removed",
        choices: { none: { title: "None" }, subject: { title: "Subject", note: "Needs the background removed" } },
      }),
    fps: z
      .number()
      .min(1)
      .max(60)
      .optional()
      .meta({ title: "Frames per second", unit: "fps", whenAbsent: "As in the video; 12 for pictures" }),
    startS: z
      .number()
      .min(0)
      .max(MAX_VIDEO_S)
      .default(0)
      .meta({ title: "Start", description: "What comes before is left out", unit: "s" }),
    endS: z
      .number()
      .min(0.01)
      .max(MAX_VIDEO_S)
      .optional()
      .meta({ title: "End", description: "What comes after is left out", unit: "s", whenAbsent: "The end" }),
    speed: z
      .number()
      .min(0.1)
      .max(10)
      .default(1)
      .meta({ title: "Speed", description: "2 is twice as fast", unit: "×" }),
    direction: z
      .enum(["forward", "reverse", "boomerang"])
      .default("forward")
      .meta({ title: "Direction", description: "Boomerang plays it to and fro" }),
    loops: z
      .number()
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .meta({ title: "Times played", description: "0 plays for ever" }),
    compression: z
      .enum(["lossy", "mixed", "lossless"])
      .default("lossy")
      .meta({
        title: "WebP compression",
        choices: {
          lossy: { title: "Lossy" },
          mixed: { title: "Mixed, frame by frame" },
          lossless: { title: "Lossless" },
        },
        onlyIf: { formats: ["webp"] },
      }),
    quality: z
      .number()
      .min(0)
      .max(100)
      .default(75)
      .meta({ title: "Quality", description: "More is larger and closer to the original", unit: "%" }),
    maxBytes: z.number().int().min(10_000).max(500_000_000).optional().meta({
      title: "Largest size",
      description: "Quality is searched, then size lowered, until each file fits",
      unit: "bytes",
      whenAbsent: "No limit",
    }),
    poster: z.boolean().default(false).meta({ title: "Poster", description: "The first frame as a picture" }),
    spriteSheet: z
      .boolean()
      .default(false)
      .meta({ title: "Sprite sheet", description: "All frames in one PNG, with their places and times as JSON" }),
  })
  .strict();
export type AnimateParams = z.infer<typeof animateParamsSchema>;

export const animate: JobTypeDefinition = {
  name: "animate",
  version: 1,
  title: "Animate",
  description: "Turns a video or a row of pictures into a small animation, with a transparent background if you like.",
  pool: "cpu",
  params: animateParamsSchema,
  presets: [
    {
      name: "sticker",
      title: "Sticker",
      description: "The subject alone, 512 px, at most 500 kB",
      params: { removeBackground: true, crop: "subject", maxSidePx: 512, fps: 15, maxBytes: 500_000 },
    },
    {
      name: "product-loop",
      title: "Product loop",
      description: "The subject alone, to and fro without end, as WebM and WebP",
      params: { removeBackground: true, direction: "boomerang", formats: ["webm", "webp"] },
    },
    {
      name: "gif",
      title: "GIF for messages",
      description: "480 px, 12 frames a second, at most 5 MB",
      params: { formats: ["gif"], maxSidePx: 480, fps: 12, maxBytes: 5_000_000 },
    },
  ],
  inputs: {
    min: 1,
    max: MAX_INPUTS,
    label: "A video, or pictures in order (or a zip of them)",
    accept: [...VIDEO_TYPES, ...PICTURE_TYPES, "application/zip"],
    extensions: [...VIDEO_EXTENSIONS, ...PICTURE_EXTENSIONS, ".zip"],
    maxBytes: UPLOAD_HARD_MAX_BYTES,
  },
  stages: [
    { name: "read", title: "Reading the video", weight: 5 },
    { name: "cut-out", title: "Cutting out", weight: 50 },
    { name: "encode", title: "Encoding", weight: 40 },
    { name: "check", title: "Checking the files", weight: 5 },
  ],
  outputs: [
    { name: "animation.webp", contentType: "image/webp", description: "Animated WebP", main: true },
    { name: "animation.apng", contentType: "image/apng", description: "Animated PNG", main: true },
    { name: "animation.gif", contentType: "image/gif", description: "GIF", main: true },
    { name: "animation.webm", contentType: "video/webm", description: "WebM, VP9 with alpha", main: true },
    { name: "poster.png", contentType: "image/png", description: "The first frame" },
    { name: "sprite-sheet.png", contentType: "image/png", description: "All frames in one picture" },
    { name: "sprite-sheet.json", contentType: "application/json", description: "Place and time of each frame" },
    { name: "preview.webp", contentType: "image/webp", description: "The first frame, at most 1600 px" },
  ],
  timeoutS: 3_600,
};
