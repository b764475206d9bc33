/** One job as facts, a line each. */
import type { Job } from "#contract/job.ts";
import type { JobState } from "#contract/job-states.ts";
import { sameInput } from "#contract/public-api.ts";
import { formatBytes } from "./bytes.ts";
import { printable } from "./cells.ts";
import { queueWords } from "./job-view.ts";
import { type Color, duration, facts, fromNow, type Paint } from "./table.ts";

/** How a state is painted. */
export function stateColor(state: JobState): Color {
  if (state === "succeeded") return "green";
  if (state === "failed" || state === "expired") return "red";
  return state === "canceled" || state === "canceling" ? "yellow" : "cyan";
}

/** What there is to say of a job; `now` in epoch milliseconds. */
export function jobFacts(job: Job, paint: Paint, now: number): string {
  const { progress, error, manifest, queue } = job;
  const took = job.startedAt !== null && job.finishedAt !== null ? (job.finishedAt - job.startedAt) / 1000 : null;
  const stage = progress
    ? `${progress.stage}${progress.percent === null ? "" : `, ${Math.floor(progress.percent)} %`}`
    : null;
  const files = manifest?.artifacts.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`).join(", ");
  return facts(
    [
      ["job", job.id],
      ["type", job.type],
      ["state", paint(stateColor(job.state), job.state) + (job.cached ? " (made before)" : "")],
      ["progress", job.state === "running" ? stage : null],
      ["line", job.state === "queued" && queue ? queueWords(queue) : null],
      ["error", error ? printable(`${error.message} (${error.code})`) : null],
      ["params", JSON.stringify(job.params)],
      ["inputs", job.inputs.length === 0 ? null : job.inputs.map(inputWords).join(", ")],
      ["attempt", job.attempt > 1 ? `${job.attempt} of ${job.maxAttempts}` : null],
      ["made", fromNow(job.createdAt, now)],
      ["took", took === null ? null : duration(took)],
      ["files", files || null],
      ["kept", job.purgedAt === null ? keptWords(job, now) : `files gone ${fromNow(job.purgedAt, now)}`],
      ["batch", job.batch],
    ],
    paint,
  );
}

function inputWords(input: Job["inputs"][number]): string {
  const { filename, bytes } = input;
  return filename === "" ? JSON.stringify(sameInput(input)) : `${printable(filename)} (${formatBytes(bytes)})`;
}

function keptWords({ pinned, expiresAt }: Job, now: number): string | null {
  if (pinned) return "until it is unpinned";
  return expiresAt === null ? null : `files go ${fromNow(expiresAt, now)}`;
}
