/** The list of jobs as it is read page by page and read again. Pure. */
import type { JobList } from "#contract/public-api.ts";

export type RecentJob = JobList["jobs"][number];

/** Two lists as one, newest first; where both know a job, the first list is believed. */
export function mergeJobs(believed: readonly RecentJob[], others: readonly RecentJob[]): RecentJob[] {
  const byId = new Map([...others, ...believed].map((job) => [job.id, job]));
  return [...byId.values()].toSorted((a, b) => b.createdAt - a.createdAt);
}
