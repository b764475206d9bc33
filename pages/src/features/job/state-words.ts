/** A job's state in a word or two, wherever it is shown. */
import type { JobState } from "#contract/job.ts";

export const STATE_WORDS: Readonly<Record<JobState, string>> = {
  waiting: "Waiting",
  queued: "Queued",
  running: "Running",
  canceling: "Canceling",
  succeeded: "Ready",
  failed: "Failed",
  canceled: "Canceled",
  expired: "Not started",
};
