/**
 * What is reported of a model made of photos, read with care: a report is open, and what is not there or not as expected is
 * left out. Shape: gpu-runner/jobs/photogrammetry. Pure.
 */
import { z } from "zod";
import type { Manifest } from "#contract/manifest.ts";
import { formatNumber } from "../../formatting.ts";
import type { LeftOut, PhotoSet } from "../photos/photo-set.ts";

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const scanSchema = z.object({
  photos: optional(z.number()),
  registered: optional(z.number()),
  dropped: z.array(z.object({ file: z.string(), reason: z.string() }).nullable().catch(null)).catch([]),
  reprojectionErrorPx: optional(z.number()),
  meanTrackLength: optional(z.number()),
  triangles: optional(z.number()),
  sizeM: optional(z.array(z.number()).length(3)),
  scaleSource: z.string().nullable().optional().catch(undefined),
});

export interface ScanReport extends Omit<z.infer<typeof scanSchema>, "dropped"> {
  readonly dropped: readonly LeftOut[];
}

/** What is reported of a model made of photos. */
export function readScanReport(manifest: Manifest): ScanReport {
  const report = scanSchema.parse(manifest.report);
  return { ...report, dropped: report.dropped.flatMap((one) => (one ? [one] : [])) };
}

/** Short facts in the order they are shown. */
export function scanFacts(manifest: Manifest): string[] {
  const { photos, registered, triangles, sizeM, scaleSource, reprojectionErrorPx, meanTrackLength } =
    readScanReport(manifest);
  return [
    ...(registered === undefined ? [] : [placed(registered, photos)]),
    ...(triangles === undefined ? [] : [`${triangles.toLocaleString("en")} triangles`]),
    ...(sizeM === undefined ? [] : [sizeText(sizeM, scaleSource ?? null)]),
    ...(reprojectionErrorPx === undefined ? [] : [`Reprojection error ${reprojectionErrorPx.toFixed(2)} px`]),
    ...(meanTrackLength === undefined ? [] : [`Each point seen in ${meanTrackLength.toFixed(1)} photos`]),
  ];
}

const placed = (registered: number, photos: number | undefined): string =>
  photos === undefined ? `${registered} photos placed` : `${registered} of ${photos} photos placed`;

const SCALE_WORDS: Readonly<Record<string, string>> = {
  size: "by the side you gave",
  marker: "by the marker",
  gps: "by GPS",
};

/** Width, height and depth in the unit that suits them; or that the size is not known. */
function sizeText(sizeM: readonly number[], scaleSource: string | null): string {
  if (scaleSource === null) return "Real size unknown";
  const largest = Math.max(...sizeM);
  const [factor, unit] = largest < 0.1 ? [1_000, "mm"] : largest < 1 ? [100, "cm"] : [1, "m"];
  const sides = sizeM.map((side) => formatNumber(Number((side * factor).toPrecision(3)))).join(" × ");
  const how = SCALE_WORDS[scaleSource];
  return `${sides} ${unit}${how ? ` ${how}` : ""}`;
}

/** A photo that was left out, with the place of its small picture where that is known. */
export interface LeftOutPhoto extends LeftOut {
  readonly thumbnail: PhotoSet["photos"][number]["thumbnail"];
}

/** What was left out, with pictures; of several photos of one name each takes one. */
export function withPictures(dropped: readonly LeftOut[], set: PhotoSet | null): LeftOutPhoto[] {
  const boxes = Map.groupBy(set?.photos ?? [], ({ file }) => file);
  return dropped.map(({ file, reason }) => ({ file, reason, thumbnail: boxes.get(file)?.shift()?.thumbnail ?? null }));
}
