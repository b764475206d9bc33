/**
 * What the manifests of the picture job types report, read with care: a report is open, and what is not there or not as
 * expected is left out. Shapes: contract and gpu-runner/jobs/<type>. Pure.
 */
import { z } from "zod";
import { numberedName } from "#contract/job-types/job-type.ts";
import type { Manifest } from "#contract/manifest.ts";

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const svgSchema = z.object({
  preset: optional(z.string()),
  paths: optional(z.number()),
  colors: optional(z.number()),
  bytes: optional(z.number()),
  ssim: optional(z.number()),
  deltaE: optional(z.number()),
});
export type SvgReport = z.infer<typeof svgSchema>;

/** What is reported of a traced picture. */
export const readSvgReport = (manifest: Manifest): SvgReport => svgSchema.parse(manifest.report);

const cutoutPictureSchema = z.object({
  filename: z.string(),
  width: optional(z.number()),
  height: optional(z.number()),
  coverage: optional(z.number()),
  warnings: z.array(z.string()).catch([]),
});
const cutoutSchema = z.object({
  model: optional(z.string()),
  licence: optional(z.string()),
  provider: optional(z.string()),
  count: optional(z.number()),
  pictures: z.array(cutoutPictureSchema).catch([]),
});
export type CutoutReport = z.infer<typeof cutoutSchema>;

/** What is reported of pictures whose background was removed. */
export const readCutoutReport = (manifest: Manifest): CutoutReport => cutoutSchema.parse(manifest.report);

/** One picture of a result to look at: names of artifacts. */
export interface CutoutPair {
  /** From 1. */
  readonly number: number;
  readonly before: string;
  readonly after: string;
  readonly filename: string | null;
  readonly warnings: readonly string[];
}

const BEFORE = "before-{n}.webp";
const AFTER = "after-{n}.webp";
/** A cut-out larger than this is looked at in the size of its preview. */
const MAX_SHOWN_BYTES = 24_000_000;

/** The pictures of a result that can be looked at before and after: one in full size, or the first of many in small. */
export function cutoutPairs(manifest: Manifest): CutoutPair[] {
  const { pictures } = readCutoutReport(manifest);
  const byName = new Map(manifest.artifacts.map((artifact) => [artifact.name, artifact]));
  const about = (number: number) => ({
    number,
    filename: pictures[number - 1]?.filename ?? null,
    warnings: pictures[number - 1]?.warnings ?? [],
  });
  const pairs = manifest.artifacts.flatMap(({ name }) => {
    const number = Number(/^after-(\d{4})\.webp$/.exec(name)?.[1]);
    const before = numberedName(BEFORE, number);
    return Number.isInteger(number) && byName.has(before)
      ? [{ ...about(number), before, after: numberedName(AFTER, number) }]
      : [];
  });
  if (pairs.length > 0) return pairs.toSorted((a, b) => a.number - b.number);
  const single = ["cutout.png", "cutout.webp", "mask.png"].map((name) => byName.get(name)).find((file) => file);
  if (!single || !byName.has("before.webp")) return [];
  const after = single.bytes > MAX_SHOWN_BYTES && byName.has("preview.webp") ? "preview.webp" : single.name;
  return [{ ...about(1), before: "before.webp", after }];
}

const animationFileSchema = z.object({
  name: z.string(),
  width: optional(z.number()),
  height: optional(z.number()),
  frames: optional(z.number()),
  durationS: optional(z.number()),
  bytes: optional(z.number()),
  quality: optional(z.number()),
});
const animationSchema = z.object({
  width: optional(z.number()),
  height: optional(z.number()),
  frames: optional(z.number()),
  durationS: optional(z.number()),
  fps: optional(z.number()),
  files: z.array(animationFileSchema).catch([]),
});
export type AnimationReport = z.infer<typeof animationSchema>;

/** What is reported of an animation. */
export const readAnimationReport = (manifest: Manifest): AnimationReport => animationSchema.parse(manifest.report);

/** A file that plays. */
export interface AnimationFile {
  readonly name: string;
  /** "WebP". */
  readonly format: string;
  readonly video: boolean;
  readonly bytes: number;
  /** Pixels; 0 when it is not told. Files of one animation may differ: one that must be small is scaled down. */
  readonly width: number;
  readonly height: number;
  readonly frames: number | null;
  readonly durationS: number | null;
  readonly quality: number | null;
}

const FORMATS: readonly (readonly [name: string, format: string])[] = [
  ["animation.webp", "WebP"],
  ["animation.apng", "APNG"],
  ["animation.gif", "GIF"],
  ["animation.webm", "WebM"],
];

/** The files of an animation, the one that every browser plays first. */
export function animationFiles(manifest: Manifest): AnimationFile[] {
  const { files, frames, durationS, width, height } = readAnimationReport(manifest);
  return FORMATS.flatMap(([name, format]) => {
    const artifact = manifest.artifacts.find((one) => one.name === name);
    if (!artifact) return [];
    const told = files.find((file) => file.name === name);
    return [
      {
        name,
        format,
        video: name.endsWith(".webm"),
        bytes: artifact.bytes,
        width: told?.width ?? width ?? 0,
        height: told?.height ?? height ?? 0,
        frames: told?.frames ?? frames ?? null,
        durationS: told?.durationS ?? durationS ?? null,
        quality: told?.quality ?? null,
      },
    ];
  });
}
