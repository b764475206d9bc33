/** The batches of this browser. The list of jobs does not tell which belong together, so this browser keeps it. */
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

/** Jobs and batches, newest first; a batch stands where the first of its jobs would. */
export function groupJobs(jobs: readonly RecentJob[], batches: readonly KnownBatch[]): RecentEntry[] {
  const batchOf = new Map(batches.flatMap((batch) => batch.jobs.map((id) => [id, batch] as const)));
  const members = Map.groupBy(jobs, ({ id }) => batchOf.get(id));
  const told = new Set<KnownBatch>();
  return jobs.flatMap((job): RecentEntry[] => {
    const batch = batchOf.get(job.id);
    if (!batch) return [{ job }];
    if (told.has(batch)) return [];
    told.add(batch);
    return [{ batch, jobs: members.get(batch) ?? [] }];
  });
}
