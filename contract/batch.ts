/** Batches: up to 1,000 jobs submitted in one call, which may be inputs of each other, and what becomes of the whole. */
import { z } from "zod";
import { jobErrorSchema, jobIdSchema, jobStateSchema, policySchema } from "./job.ts";
import { MAX_BATCH_JOBS, MAX_INPUTS } from "./limits.ts";
import { artifactNameSchema } from "./manifest.ts";
import { presetInSubmission } from "./preset.ts";
import { requestedInputSchema } from "./public-api.ts";

/** `bat_` and 128 random bits. */
export const batchIdSchema = z
  .string()
  .regex(/^bat_[0-9a-hjkmnp-tv-z]{26}$/, "is not a batch id")
  .meta({ description: "A batch", example: "bat_9z8y7x6w5v4t3s2r1q0p9n8m7k" });

/** A name for a job within its batch; also the name of its folder in the archive. */
export const batchKeySchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "may hold letters, digits, dots, dashes and underscores only");

/** An input: an upload, a file of a job that exists, or a file of another job of the same batch, named by its key. */
export const batchInputSchema = z.union([
  ...requestedInputSchema.options,
  z
    .object({ key: batchKeySchema, artifact: artifactNameSchema.optional(), role: z.string().max(64).optional() })
    .strict(),
]);
export type BatchInput = z.infer<typeof batchInputSchema>;

/** One job of a batch: what `POST /v1/jobs` takes, and a key if others name it. */
export const batchJobRequestSchema = z
  .object({
    key: batchKeySchema.optional(),
    type: z.string().max(64),
    preset: presetInSubmission,
    params: z.record(z.string(), z.unknown()).default({}),
    inputs: z.array(batchInputSchema).max(MAX_INPUTS).default([]),
    policy: policySchema.default({}),
  })
  .strict();

/**
 * `POST /v1/batches`. Jobs may name each other in any order, but not in a circle. All is checked before anything is made:
 * one wrong job refuses the batch. 202 comes before the jobs are there; each is by and by, under the id the list shows.
 */
export const createBatchRequestSchema = z
  .object({ jobs: z.array(batchJobRequestSchema).min(1).max(MAX_BATCH_JOBS) })
  .strict();
export type CreateBatchRequest = z.input<typeof createBatchRequestSchema>;

/** How many of the jobs are in each state. A job that is still to be made counts as `waiting`. */
export const batchCountsSchema = z.record(jobStateSchema, z.number().int());
export type BatchCounts = z.infer<typeof batchCountsSchema>;

/** `finished`: all jobs have ended. A batch goes back to `working` when one of them is tried again by hand. */
export const batchStateSchema = z.enum(["working", "finished"]);

/** One job of a batch, as far as the batch has heard of it. */
export const batchJobSchema = z.object({
  /** Its place in the request, from 1. */
  number: z.number().int(),
  key: z.string().nullable(),
  id: jobIdSchema,
  type: z.string(),
  state: jobStateSchema,
  percent: z.number(),
  error: jobErrorSchema.nullable(),
});
export type BatchJob = z.infer<typeof batchJobSchema>;

/** A batch. Times are epoch milliseconds. */
export const batchSchema = z.object({
  id: batchIdSchema,
  state: batchStateSchema,
  /** How many jobs it has. */
  size: z.number().int(),
  counts: batchCountsSchema,
  /** Of the whole: each job counts the same, one that has ended as 100. */
  percent: z.number(),
  /** The first ten, by number, that failed or expired. */
  failures: z.array(batchJobSchema),
  /** Last event's number. */
  seq: z.number().int(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
  cancelRequestedAt: z.number().nullable(),
  /** When the last of its files goes, and the batch with it; null while a job is not over, and while one is pinned. */
  expiresAt: z.number().nullable(),
});
export type Batch = z.infer<typeof batchSchema>;

/** `GET /v1/batches`: newest first; `cursor` is opaque, null on the last page. */
export const batchListSchema = z.object({
  batches: z.array(
    batchSchema
      .pick({
        id: true,
        state: true,
        size: true,
        createdAt: true,
        finishedAt: true,
        cancelRequestedAt: true,
        expiresAt: true,
      })
      .extend({
        /** How its jobs ended; null while it works: the batch itself tells how it stands. */
        counts: batchCountsSchema.nullable(),
      }),
  ),
  cursor: z.string().nullable(),
});
export type BatchList = z.infer<typeof batchListSchema>;

/** `GET /v1/batches/{id}/jobs`: by number, only of one state when asked; `cursor` is opaque, null on the last page. */
export const batchJobListSchema = z.object({ jobs: z.array(batchJobSchema), cursor: z.string().nullable() });
export type BatchJobList = z.infer<typeof batchJobListSchema>;

const wholeSchema = { state: batchStateSchema, counts: batchCountsSchema, percent: z.number() };
/**
 * One stored event of a batch: `job` when a job came into another state or about a quarter further, `status` when the batch
 * came into another state. Both tell how the whole stands then. `seq` starts at 1 and has no gaps; it is the SSE `id:`.
 */
export const batchEventSchema = z.discriminatedUnion("kind", [
  z.object({ seq: z.number().int(), at: z.number(), kind: z.literal("status"), data: z.object(wholeSchema) }),
  z.object({
    seq: z.number().int(),
    at: z.number(),
    kind: z.literal("job"),
    data: z.object({ ...wholeSchema, job: batchJobSchema }),
  }),
]);
export type BatchEvent = z.infer<typeof batchEventSchema>;
