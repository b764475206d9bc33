/** A batch as the page shows it, built from the batch, its jobs and its events. Pure: one reducer, no clock, no network. */
import type { Batch, BatchCounts, BatchEvent, BatchJob } from "#contract/batch.ts";
import type { JobState } from "#contract/job.ts";
import { STATE_WORDS } from "../job/state-words.ts";

export interface BatchView {
  readonly batch: Batch;
  /** In the order of the request. */
  readonly jobs: readonly BatchJob[];
}

/** The view after one event. Events that were seen are ignored, so that a replay changes nothing. */
export function reduceBatch(view: BatchView, { seq, at, kind, data }: BatchEvent): BatchView {
  if (seq <= view.batch.seq) return view;
  const { state, counts, percent } = data;
  const finishedAt = state === "finished" ? (view.batch.finishedAt ?? at) : null;
  const batch = { ...view.batch, seq, state, counts, percent, finishedAt };
  if (kind === "status") return { ...view, batch };
  return { batch, jobs: view.jobs.map((job) => (job.number === data.job.number ? data.job : job)) };
}

/** In the order in which a job goes through them; states that no job is in are left out. */
const TOLD: readonly JobState[] = [
  "succeeded",
  "running",
  "canceling",
  "queued",
  "waiting",
  "failed",
  "expired",
  "canceled",
];

/** "7 ready", "2 running", "1 failed". */
export const countTexts = (counts: BatchCounts): string[] =>
  TOLD.flatMap((state) => (counts[state] > 0 ? [`${counts[state]} ${STATE_WORDS[state].toLowerCase()}`] : []));

/** The batch in a few words: "3 of 12 ready", "All 12 are ready", "11 of 12 are ready", "Canceled". */
export function batchHeadline({ state, size, counts, cancelRequestedAt }: Batch): string {
  const ready = counts.succeeded;
  if (state === "working") return cancelRequestedAt === null ? `${ready} of ${size} ready` : "Stopping the work";
  if (ready === size) return `All ${size} are ready`;
  if (ready > 0) return `${ready} of ${size} are ready`;
  return counts.canceled === size ? "Canceled" : "None is ready";
}

/** Jobs that ended without a result and may be tried again. */
export const failedJobs = (jobs: readonly BatchJob[]): BatchJob[] =>
  jobs.filter(({ state }) => state === "failed" || state === "expired");
