/** What is printed of a job that worked on photos of one thing: how many have a camera, which were left out, the verdicts. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Manifest } from "#contract/manifest.ts";
import type { SavedFile } from "../jobs/save-artifact.ts";

/** Shape: gpu-runner/python/photogrammetry/README.md. What is not as expected is left out; no verdict is never a good one. */
const photosSchema = z.object({
  photos: z
    .array(
      z
        .object({
          file: z.string(),
          verdict: z.enum(["good", "warn", "bad"]).catch("warn"),
          reasons: z.array(z.object({ message: z.string() })).catch([]),
          use: z.boolean().optional().catch(undefined),
        })
        .nullable()
        .catch(null),
    )
    .catch([]),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() }).nullable().catch(null)).catch([]),
});

const WORDS = { good: "good", warn: "doubtful", bad: "no good" } as const;
const HEAD = ["photo", "verdict", "used", "why"] as const;

/** The report with the facts that belong together in one: `registered: "23 of 24"`; a size of unknown scale is no size. */
export function inWords(report: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { photos, registered, sizeM, scaleSource, ...rest } = report;
  const placed =
    typeof photos === "number" && typeof registered === "number"
      ? { registered: `${registered} of ${photos}` }
      : { ...(photos === undefined ? {} : { photos }), ...(registered === undefined ? {} : { registered }) };
  if (sizeM === undefined) return { ...placed, ...rest };
  const size = scaleSource ? { sizeM, scaleSource } : { size: "unknown, the longest side is taken for 1 m" };
  return { ...placed, ...rest, ...size };
}

/** The table of all verdicts, one photo a line; empty when the text is not what `photos.json` should be. */
export function verdictTable(text: string): string {
  const parsed = photosSchema.safeParse(parseJson(text));
  if (!parsed.success) return "";
  const photos = parsed.data.photos.flatMap((photo) => (photo ? [photo] : []));
  const skipped = parsed.data.skipped.flatMap((one) => (one ? [one] : []));
  const isUsed = (photo: (typeof photos)[number]): boolean => photo.use ?? photo.verdict !== "bad";
  const rows = [
    HEAD,
    ...photos.map((photo) => {
      const why = photo.reasons.map(({ message }) => message).join(" ");
      return [photo.file, WORDS[photo.verdict], isUsed(photo) ? "yes" : "no", why];
    }),
    ...skipped.map(({ file, reason }) => [file, "not read", "no", reason]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
  const used = photos.filter(isUsed).length;
  return `\n${lines.map((line) => `${line.trimEnd()}\n`).join("")}\n${used} of ${photos.length} photos are used.\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The verdicts on the photos, where looking at them is all that was asked for; else nothing. */
export async function verdictsOf(manifest: Manifest, files: readonly SavedFile[]): Promise<string> {
  const file = files.find(({ name }) => name === "photos.json");
  if (manifest.params.until !== "check" || !file) return "";
  return verdictTable(await readFile(file.path, "utf8"));
}
