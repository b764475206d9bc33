/** As much of a job as its result is shown by: strangers who have a link to it are not told more. */
import type { Job } from "#contract/job.ts";

export type ShownJob = Pick<Job, "type" | "params" | "inputs" | "manifest" | "purgedAt">;
