/**
 * The operator's calls under `/admin/v1`, JSON with `Authorization: Bearer <ADMIN_KEY>`. On a server without that secret
 * there is nothing here (404).
 */
import { z } from "zod";
import { epochMs } from "./epoch-ms.ts";
import { MAX_ORPHANS_PER_CALL, MAX_REINDEX_OBJECTS } from "./limits.ts";
import { nextCursorSchema } from "./page.ts";
import { noNul } from "./plain-text.ts";

/** `PATCH pools/{pool}`. Kept until it is set otherwise. */
export const poolSettingsSchema = z
  .object({
    paused: z
      .boolean()
      .optional()
      .describe("A paused pool takes jobs and begins none; what is at work goes on. Left out: as it was."),
    maxInFlightPerOwner: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe("How many jobs of one owner may be at work at a time. Left out: as it was."),
  })
  .strict();
/** `GET pools/{pool}`, and the answer of PATCH. */
export const poolStatusSchema = z
  .object({
    paused: z.boolean().describe("Whether it begins no jobs."),
    maxInFlightPerOwner: z.number().int().describe("How many jobs of one owner may be at work at a time."),
    ready: z.number().int().describe("Jobs that could begin now."),
    asleep: z.number().int().describe("Jobs that wait for their time (`notBefore`)."),
    inFlight: z.number().int().describe("Jobs that are offered to a runner or at work."),
    doorbells: z.number().int().describe("Runners that are connected, to be told of jobs at once."),
  })
  .describe("How a pool is set, and what is in it.");
export type PoolStatus = z.infer<typeof poolStatusSchema>;

/** `GET cache`. */
export const cacheStatusSchema = z
  .object({
    entries: z
      .number()
      .int()
      .describe(
        "Results that equal jobs may take; those whose time is over and that are not forgotten yet count as well.",
      ),
    hits: z.number().int().describe("New jobs that found a result. A call that had to be repeated may count twice."),
    misses: z.number().int().describe("New jobs that found none."),
  })
  .describe("What the cache of results holds, and how often it helped.");
export type CacheStatus = z.infer<typeof cacheStatusSchema>;

const stored = (what: string) =>
  z
    .object({
      keys: z.number().int().describe("How many files."),
      bytes: z.number().describe("Their size together, in bytes."),
    })
    .describe(what);
/** `GET storage/audit?cursor=&limit=`. */
export const storageAuditPageSchema = z
  .object({
    kinds: z
      .object({
        upload: stored("Files that were uploaded."),
        artifact: stored("Files that jobs have made."),
        checkpoint: stored("Files that jobs keep for their next attempt."),
        other: stored("Files whose keys are none of Kiln's."),
      })
      .describe("The files that this page looked at."),
    orphans: z
      .array(
        z.object({
          key: z.string().describe("Its key in the storage."),
          bytes: z.number().describe("Its size in bytes."),
          uploadedAt: epochMs("When it was written"),
        }),
      )
      .describe("Files that no record names. What is younger than an hour may just be being written."),
    jobs: z.number().int().describe("Jobs that this page asked."),
    namedFiles: z.number().int().describe("Files that these jobs name."),
    missing: z
      .array(
        z.object({
          jobId: z.string().describe("The job that names it."),
          key: z.string().describe("The key where it ought to be."),
        }),
      )
      .describe("Files that a job names and the storage lacks."),
    cursor: nextCursorSchema,
  })
  .describe("A page of the audit. The pages' counts add up to the whole.");
export type StorageAuditPage = z.infer<typeof storageAuditPageSchema>;

const fileKeySchema = z
  .string()
  .min(1)
  .max(1_024)
  .regex(...noNul);

/** `POST storage/orphans/delete`: those that no record names now and that are older than `ORPHAN_MIN_AGE_MS` go. */
export const deleteOrphansRequestSchema = z
  .object({ keys: z.array(fileKeySchema).min(1).max(MAX_ORPHANS_PER_CALL).describe("Keys of `orphans` of the audit.") })
  .strict();
export const deletedOrphansSchema = z.object({
  deleted: z.array(z.string()).describe("Keys that are gone."),
  kept: z.array(z.string()).describe("Keys that a record names now, or that are younger than an hour."),
});
export type DeletedOrphans = z.infer<typeof deletedOrphansSchema>;

/** `POST reindex`. */
export const reindexRequestSchema = z
  .object({
    kind: z.enum(["jobs", "batches"]).default("jobs").describe("What the objects hold."),
    objects: z
      .array(z.string().regex(/^[0-9a-f]{64}$/, "is not an object's id"))
      .min(1)
      .max(MAX_REINDEX_OBJECTS)
      .describe("Ids of Durable Objects in hex, as the platform lists them."),
  })
  .strict();
export const reindexResultSchema = z.object({
  listed: z.number().int().describe("How many have written their row."),
  pending: z.number().int().describe("How many could not, and repeat it by themselves."),
  empty: z.number().int().describe("How many hold nothing."),
});
export type ReindexResult = z.infer<typeof reindexResultSchema>;

/** `POST sweep`. */
export const sweepReportSchema = z
  .object({
    jobsAsked: z
      .number()
      .int()
      .describe("Jobs that had not told of themselves for longer than they should, and were asked."),
    rowsOfNoJob: z.number().int().describe("Rows of the list without a job; they are deleted."),
    batchesAsked: z.number().int().describe("Batches that were asked for the same reason."),
    rowsOfNoBatch: z.number().int().describe("Rows of the list without a batch; they are deleted."),
    filesSeen: z.number().int().describe("Files that were looked at."),
    filesDeleted: z.number().int().describe("Files that no record names; they are deleted."),
    isAround: z.boolean().describe("Whether the last file was reached: the next run begins anew."),
    failed: z.number().int().describe("Parts of the work that failed, and that a later run does."),
  })
  .describe("What a run of the sweep has done.");
export type SweepReport = z.infer<typeof sweepReportSchema>;
