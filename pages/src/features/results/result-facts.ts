/** What the manifest tells of a result, in words. Pure. A manifest's `report` is open: what is not there is left out. */
import { z } from "zod";
import type { Job } from "#contract/job.ts";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes, formatDuration, formatNumber } from "../../formatting.ts";
import { optionLabel } from "../parameters/form-model.ts";
import { animationFiles, readAnimationReport, readCutoutReport, readSvgReport } from "./picture-report.ts";
import { scanFacts } from "./scan-report.ts";

const reportSchema = z.object({
  sizeMm: z.array(z.number()).length(3).optional().catch(undefined),
  triangles: z.number().optional().catch(undefined),
  colors: z
    .union([z.number(), z.array(z.unknown()).transform((list) => list.length)])
    .optional()
    .catch(undefined),
});

/** Short facts in the order they are shown, e.g. "80 × 79.2 × 4 mm", "5 colours", "12,480 triangles". */
export function resultFacts(job: Pick<Job, "type" | "inputs">, manifest: Manifest): string[] {
  switch (job.type) {
    case "image-to-svg":
      return svgFacts(job, manifest);
    case "remove-background":
      return cutoutFacts(manifest);
    case "animate":
      return animationFacts(manifest);
    case "photogrammetry":
      return scanFacts(manifest);
    default:
      return solidFacts(manifest);
  }
}

const plural = (count: number, word: string): string =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

function solidFacts(manifest: Manifest): string[] {
  const { sizeMm, triangles, colors } = reportSchema.parse(manifest.report);
  return [
    ...(sizeMm ? [`${sizeMm.map(formatNumber).join(" × ")} mm`] : []),
    ...(colors ? [plural(colors, "colour")] : []),
    ...(triangles ? [plural(triangles, "triangle")] : []),
  ];
}

function svgFacts({ inputs }: Pick<Job, "inputs">, manifest: Manifest): string[] {
  const { preset, paths, colors, bytes, ssim, deltaE } = readSvgReport(manifest);
  const [input] = inputs;
  return [
    ...(bytes === undefined ? [] : [`${formatBytes(bytes)}${input ? comparedWith(input.bytes, bytes) : ""}`]),
    ...(paths === undefined ? [] : [plural(paths, "path")]),
    ...(colors === undefined ? [] : [plural(colors, "colour")]),
    // Structural similarity, 1 is the same; mean colour difference, below 1 is not seen.
    ...(ssim === undefined ? [] : [`SSIM ${ssim.toFixed(3)}`]),
    ...(deltaE === undefined ? [] : [`ΔE ${deltaE.toFixed(1)}`]),
    ...(preset === undefined ? [] : [`Preset ${optionLabel(preset).toLowerCase()}`]),
  ];
}

/** " (93 % smaller)", " (2.1 times the picture)"; nothing where it is about the same. */
function comparedWith(before: number, after: number): string {
  const share = after / before;
  if (!Number.isFinite(share)) return "";
  if (share > 1.05) return ` (${share < 10 ? share.toFixed(1) : Math.round(share)} times the picture)`;
  // Never "100 % smaller".
  return share < 0.95 ? ` (${Math.min(99, Math.round((1 - share) * 100))} % smaller)` : "";
}

function cutoutFacts(manifest: Manifest): string[] {
  const { count, model, licence, provider, pictures } = readCutoutReport(manifest);
  const [only] = pictures;
  return [
    ...(count !== undefined && count > 1 ? [plural(count, "picture")] : []),
    ...(pictures.length === 1 && only?.width && only.height ? [`${only.width} × ${only.height} px`] : []),
    ...(model ? [`Model ${model}${licence ? ` (${licence})` : ""}`] : []),
    ...(provider ? [`On ${provider.replace(/ExecutionProvider$/, "").toUpperCase()}`] : []),
  ];
}

function animationFacts(manifest: Manifest): string[] {
  const { frames, durationS, fps } = readAnimationReport(manifest);
  const sizes = new Set(
    animationFiles(manifest).flatMap(({ width, height }) => (width && height ? [`${width} × ${height} px`] : [])),
  );
  return [
    ...sizes,
    ...(frames === undefined ? [] : [plural(frames, "frame")]),
    ...(durationS === undefined ? [] : [formatDuration(durationS)]),
    ...(fps === undefined ? [] : [`${formatNumber(fps)} fps`]),
  ];
}

export interface Download {
  readonly name: string;
  readonly bytes: number | null;
  /** Short name of the format, e.g. "GLB". */
  readonly badge: string;
  readonly description: string;
  /** What was asked for, as opposed to a picture or a record of it. */
  readonly main: boolean;
}

/** The manifest is no artifact of its own: the server writes it on request. */
const MANIFEST = { name: "manifest.json", description: "How it was made, with checksums" };

/** Small pictures that this site shows; nobody asked for them. */
const LOOKED_AT = /^(?:before|before-\d{4}|after-\d{4}|photos)\.webp$/;
/** Pictures and records of a result, as opposed to the result. */
const BESIDE = new Set(["preview.webp", "turntable.webp", "report.html", "cameras.json", "photos.json"]);

/** The files of a result: what was asked for in the job type's order, then its picture and the manifest. */
export function downloadsOf(manifest: Manifest, type: JobTypeInfo | undefined): Download[] {
  const outputs = type?.outputs ?? [];
  const rank = (name: string) => outputs.findIndex((output) => output.name === name);
  const files = manifest.artifacts
    .filter(({ name }) => name !== MANIFEST.name && !LOOKED_AT.test(name))
    .toSorted((a, b) => rank(a.name) - rank(b.name))
    .map((artifact) => ({
      name: artifact.name,
      bytes: artifact.bytes,
      badge: badgeOf(artifact),
      description: outputs[rank(artifact.name)]?.description ?? artifact.contentType,
      main: !BESIDE.has(artifact.name),
    }));
  const record = { ...MANIFEST, bytes: null, badge: "JSON", main: false };
  return [...files.filter(({ main }) => main), ...files.filter(({ main }) => !main), record];
}

/** "model-obj.zip" → "OBJ": what is in an archive matters more than that it is one. */
function badgeOf({ name }: Artifact): string {
  const inner = /-([a-z0-9]+)\.zip$/.exec(name)?.[1];
  return (inner ?? name.split(".").at(-1) ?? name).toUpperCase();
}
