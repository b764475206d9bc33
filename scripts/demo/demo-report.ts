/** What the demo prints at the end: files with sizes, seconds per stage. */

import type { Manifest } from "#contract/manifest.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes } from "../../cli/display/bytes.ts";
import type { SavedFile } from "../../cli/jobs/save-artifact.ts";

/** Rows of cells as lines, the last column aligned to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === columns - 1 ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join("  ");
  return rows.map((row) => `  ${line(row)}\n`).join("");
}

/** The report. `secondsBefore` are the steps around the job, in order; the job's own stages come from the manifest. */
export function demoReport(
  type: JobTypeInfo,
  manifest: Manifest,
  files: readonly SavedFile[],
  seconds: { readonly start: number; readonly job: number; readonly total: number },
): string {
  const titles = new Map(type.stages.map(({ name, title }) => [name, title]));
  const inStages = manifest.timings.reduce((sum, timing) => sum + timing.seconds, 0);
  const row = (name: string, value: number): string[] => [name, `${value.toFixed(2)} s`];
  return (
    `\nFiles\n${table(files.map(({ path, bytes }) => [path, formatBytes(bytes)]))}` +
    `\nSeconds\n${table([
      row("Starting Kiln", seconds.start),
      ...manifest.timings.map((timing) => row(titles.get(timing.stage) ?? timing.stage, timing.seconds)),
      row("Upload, queue, transfer, download", Math.max(0, seconds.job - inStages)),
      row("Total", seconds.total),
    ])}`
  );
}
