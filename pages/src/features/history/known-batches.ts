/** What the batches of this browser are called. Which jobs belong together the list of jobs tells. */
import { z } from "zod";
import { batchIdSchema } from "#contract/batch.ts";
import { jobIdSchema } from "#contract/job.ts";
import type { RecentJob } from "./merge-jobs.ts";

const KEY = "kiln.batches";
const MAX_BATCHES = 10;
const batchSchema = z.object({
  id: batchIdSchema,
  type: z.string(),
  title: z.string(),
  createdAt: z.number(),
  jobs: z.array(jobIdSchema),
});
export type KnownBatch = z.infer<typeof batchSchema>;

type Store = Pick<Storage, "getItem" | "setItem">;

/** Newest first. A damaged entry counts as none. */
export function readBatches(store: Store | null): KnownBatch[] {
  try {
    return z
      .array(batchSchema)
      .catch([])
      .parse(JSON.parse(store?.getItem(KEY) ?? "[]"));
  } catch {
    return [];
  }
}

/** Keeps a batch; the oldest are forgotten, and their jobs are listed one by one. */
export function keepBatch(store: Store | null, batch: KnownBatch): void {
  const others = readBatches(store).filter(({ id }) => id !== batch.id);
  store?.setItem(KEY, JSON.stringify([batch, ...others].slice(0, MAX_BATCHES)));
}

/** A place in the list of results: one job, or a batch with those of its jobs that have been listed so far. */
export type RecentEntry =
  | { readonly job: RecentJob }
  | { readonly batch: KnownBatch; readonly jobs: readonly RecentJob[] };

/**
 * Jobs and batches, newest first; a batch stands where the first of its jobs would. One that was made elsewhere, with the
 * same key, has no title here, and as many jobs as are listed; of one alone only the job is shown.
 */
export function groupJobs(jobs: readonly RecentJob[], batches: readonly KnownBatch[]): RecentEntry[] {
  const known = new Map(batches.map((batch) => [batch.id, batch]));
  const members = Map.groupBy(jobs, ({ batch }) => batch);
  const told = new Set<string>();
  return jobs.flatMap((job): RecentEntry[] => {
    const { batch: id, type } = job;
    const listed = members.get(id) ?? [];
    const batch = id === null ? undefined : known.get(id);
    if (id === null || (!batch && listed.length < 2)) return [{ job }];
    if (told.has(id)) return [];
    told.add(id);
    const { createdAt } = listed.at(-1) as RecentJob;
    const unnamed = { id, type, title: "A batch", createdAt, jobs: listed.map((one) => one.id) };
    return [{ batch: batch ?? unnamed, jobs: listed }];
  });
}
