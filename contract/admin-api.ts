/**
 * The operator's calls under `/admin/v1`, JSON with `Authorization: Bearer <ADMIN_KEY>`. On a server without that secret
 * there is nothing here (404).
 */
import { z } from "zod";
import { MAX_ORPHANS_PER_CALL, MAX_REINDEX_OBJECTS } from "./limits.ts";
import { noNul } from "./plain-text.ts";

/**
 * `PATCH pools/{pool}`: what is left out stays. A paused pool takes jobs and offers none; what is at work goes on. Kept
 * until it is set otherwise.
 */
export const poolSettingsSchema = z
  .object({ paused: z.boolean().optional(), maxInFlightPerOwner: z.number().int().min(1).max(100_000).optional() })
  .strict();
/** `GET pools/{pool}`, and the answer of PATCH. `asleep`: waiting for their time. `inFlight`: offered or at work. */
export const poolStatusSchema = z.object({
  paused: z.boolean(),
  maxInFlightPerOwner: z.number().int(),
  ready: z.number().int(),
  asleep: z.number().int(),
  inFlight: z.number().int(),
  doorbells: z.number().int(),
});
export type PoolStatus = z.infer<typeof poolStatusSchema>;

/**
 * `GET cache`: results of finished jobs that equal jobs may take (`entries`, those whose time is over not yet forgotten
 * among them), and how many new jobs found one. A call that had to be repeated may count twice.
 */
export const cacheStatusSchema = z.object({
  entries: z.number().int(),
  hits: z.number().int(),
  misses: z.number().int(),
});
export type CacheStatus = z.infer<typeof cacheStatusSchema>;

const storedSchema = z.object({ keys: z.number().int(), bytes: z.number() });
/**
 * `GET storage/audit?cursor=&limit=`: one page of the audit of R2. The pages' counts add up to the whole; the last one's `cursor`
 * is null.
 */
export const storageAuditPageSchema = z.object({
  /** Files that were looked at; `other`: their keys are none of Kiln's. */
  kinds: z.object({ upload: storedSchema, artifact: storedSchema, checkpoint: storedSchema, other: storedSchema }),
  /** Files that no record names. `uploadedAt`: epoch ms. */
  orphans: z.array(z.object({ key: z.string(), bytes: z.number(), uploadedAt: z.number() })),
  /** Jobs that were asked, and how many files they name. */
  jobs: z.number().int(),
  namedFiles: z.number().int(),
  /** Files that a job names and R2 lacks. */
  missing: z.array(z.object({ jobId: z.string(), key: z.string() })),
  cursor: z.string().nullable(),
});
export type StorageAuditPage = z.infer<typeof storageAuditPageSchema>;

const fileKeySchema = z
  .string()
  .min(1)
  .max(1_024)
  .regex(...noNul);

/** `POST storage/orphans/delete`: those that no record names now and that are older than `ORPHAN_MIN_AGE_MS` go. */
export const deleteOrphansRequestSchema = z
  .object({ keys: z.array(fileKeySchema).min(1).max(MAX_ORPHANS_PER_CALL) })
  .strict();
export const deletedOrphansSchema = z.object({ deleted: z.array(z.string()), kept: z.array(z.string()) });
export type DeletedOrphans = z.infer<typeof deletedOrphansSchema>;

/** `POST reindex`: the jobs, or batches, in these Durable Objects (hex ids, as the platform lists them) write their rows of D1 again. */
export const reindexRequestSchema = z
  .object({
    kind: z.enum(["jobs", "batches"]).default("jobs"),
    objects: z
      .array(z.string().regex(/^[0-9a-f]{64}$/, "is not an object's id"))
      .min(1)
      .max(MAX_REINDEX_OBJECTS),
  })
  .strict();
/** `pending`: those that could not write their row now and repeat it by themselves. `empty`: objects that hold nothing. */
export const reindexResultSchema = z.object({
  listed: z.number().int(),
  pending: z.number().int(),
  empty: z.number().int(),
});
export type ReindexResult = z.infer<typeof reindexResultSchema>;

/** `POST sweep`: one run of what the clock runs every few minutes. */
export const sweepReportSchema = z.object({
  /** Jobs that had not told of themselves for longer than they should, and were asked. */
  jobsAsked: z.number().int(),
  /** Rows of D1 without a job, some of which had just been asked and whose time was over; they are deleted. */
  rowsOfNoJob: z.number().int(),
  /** The same of batches. */
  batchesAsked: z.number().int(),
  rowsOfNoBatch: z.number().int(),
  filesSeen: z.number().int(),
  /** Files that no record names; they are deleted. */
  filesDeleted: z.number().int(),
  /** Whether the last file was reached: the next run begins anew. */
  isAround: z.boolean(),
  /** Parts that failed and that a later run does. */
  failed: z.number().int(),
});
export type SweepReport = z.infer<typeof sweepReportSchema>;
