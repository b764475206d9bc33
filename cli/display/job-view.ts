/** Shows a job as it goes: upload, stages, downloads on one progress line; at the end a list of files. */
import type { JobEvent, QueuePlace } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { DownloadProgress, RunJobObserver } from "../jobs/run-job.ts";
import type { SavedFile } from "../jobs/save-artifact.ts";
import type { UploadObserver } from "../jobs/upload-inputs.ts";
import { formatBytes } from "./bytes.ts";
import { cellsOf, padded, printable } from "./cells.ts";
import { inWords, verdictsOf } from "./photo-report.ts";
import type { ProgressLine } from "./progress-line.ts";
import { Speed } from "./speed.ts";
import { duration } from "./table.ts";

/** An observer that draws on `line`; stage titles come from the job type. */
export function showProgress(line: ProgressLine, type: JobTypeInfo): RunJobObserver {
  const titles = new Map(type.stages.map(({ name, title }) => [name, title]));
  return {
    onUpload: uploadView(line),
    onCreated: () => line.update("Waiting for a runner", null),
    onQueue: (place) => line.update(queueWords(place), null),
    onEvent: (event) => showEvent(line, titles, event),
    onDownload: downloadView(line),
  };
}

/** Sent bytes of all files, and above them a row for each that is on its way. */
export function uploadView(line: ProgressLine): UploadObserver {
  const speed = new Speed();
  return ({ what, sentBytes, totalBytes, underway }) => {
    const rows = underway.map((file) => ({ label: file.name, fraction: file.sentBytes / file.totalBytes }));
    line.update(`Uploading ${what}`, sentBytes / totalBytes, rows, speed.words(sentBytes, totalBytes));
  };
}

/** Received bytes of all files of a job. */
export function downloadView(line: ProgressLine): (progress: DownloadProgress) => void {
  const speed = new Speed();
  return ({ name, receivedBytes, totalBytes }) => {
    const fraction = totalBytes === 0 ? null : Math.min(1, receivedBytes / totalBytes);
    line.update(`Downloading ${name}`, fraction, [], speed.words(receivedBytes, totalBytes));
  };
}

/** Where a job stands in line, and when it will begin and end as far as that is known. */
export function queueWords({ position, startsInS, etaS, paused }: QueuePlace): string {
  if (paused) return "Waiting: an operator has paused this queue";
  if (position === null) return "Waiting for a runner";
  const place = position === 1 ? "Next in line" : `Place ${position} in line`;
  const starts = startsInS === null || startsInS < 1 ? "" : `, starts in about ${duration(startsInS)}`;
  const done = etaS === null ? "" : `, done in about ${duration(etaS)}`;
  return `${place}${starts}${done}`;
}

function showEvent(line: ProgressLine, titles: ReadonlyMap<string, string>, event: JobEvent): void {
  if (event.kind === "progress") {
    const { stage, percent } = event.data;
    line.update(titles.get(stage) ?? stage, percent === null ? null : percent / 100);
  } else if (event.kind === "status" && event.data.state === "queued" && event.data.error) {
    line.update(`Attempt ${event.data.attempt} failed, trying again: ${event.data.error.message}`, null);
  } else if (event.kind === "status" && event.data.state === "canceling") {
    line.update("Stopping", null);
  }
}

/** A longer list of a report is counted. */
const MAX_SHOWN_ITEMS = 8;

/** All that is printed of a result: files, facts, and the verdicts where they are what was asked for. */
export async function resultText(manifest: Manifest, files: readonly SavedFile[]): Promise<string> {
  return fileList(files) + reportLines(inWords(manifest.report)) + (await verdictsOf(manifest, files));
}

/** One line per file, sizes aligned. */
export function fileList(files: readonly SavedFile[]): string {
  const width = Math.max(...files.map(({ name }) => cellsOf(name)));
  return files
    .map(({ name, bytes, path }) => `${padded(name, width)}  ${formatBytes(bytes).padStart(9)}  ${printable(path)}\n`)
    .join("");
}

/** Units that end the names of facts: `durationS`. */
const UNITS: Readonly<Record<string, string>> = { S: "s", M: "m", Mm: "mm", Mm3: "mm³", Px: "px", Percent: "%" };

/**
 * The facts a job type reports of its result, one a line. Lists are counted, files with a reason named below their count; what
 * lies deeper is in manifest.json.
 */
export function reportLines(report: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(report).flatMap(([name, value]) => {
    const [, stem = name, unit = ""] = /^(.*[a-z])(S|M|Mm3?|Px|Percent)$/.exec(name) ?? [];
    const text = factText(name, value);
    return text === null ? [] : [[toWords(stem), unit ? `${text} ${UNITS[unit]}` : text] as const];
  });
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join("");
}

/** Under a list of files that were left out: each with its reason. Nothing for any other list. */
function reasonLines(list: readonly unknown[]): string {
  const lines = list.flatMap((item) => {
    const { file, reason } = (item ?? {}) as { file?: unknown; reason?: unknown };
    return typeof file === "string" && typeof reason === "string" ? [`  ${file}: ${reason}`] : [];
  });
  const more = lines.length - MAX_SHOWN_ITEMS;
  const shown = [...lines.slice(0, MAX_SHOWN_ITEMS), ...(more > 0 ? [`  and ${more} more, see manifest.json`] : [])];
  return shown.map((line) => `\n${line}`).join("");
}

function factText(name: string, value: unknown): string | null {
  if (typeof value === "number") return name === "bytes" ? formatBytes(value) : String(Math.round(value * 1e4) / 1e4);
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  if (!Array.isArray(value) || value.length === 0) return null;
  const isFlat = value.every((item) => typeof item !== "object");
  if (!isFlat || value.length > MAX_SHOWN_ITEMS) return `${value.length}${reasonLines(value)}`;
  return value.map((item) => factText("", item)).join(", ");
}

/** `deltaE` → "delta E", `bodyTriangles` → "body triangles", `ssim` → "SSIM". */
function toWords(name: string): string {
  if (name === "ssim") return "SSIM";
  return name.replace(/[A-Z][a-z]*/g, (word) => ` ${word.length > 1 ? word.toLowerCase() : word}`);
}
