/** Batches: up to 1,000 jobs submitted in one call, which may be inputs of each other, and what becomes of the whole. */
import { z } from "zod";
import { epochMs, epochMsOrNull } from "./epoch-ms.ts";
import { jobErrorSchema, jobIdSchema, jobStateSchema, jobsByStateSchema } from "./job.ts";
import { MAX_BATCH_JOBS, MAX_INPUTS } from "./limits.ts";
import { nextCursorSchema } from "./page.ts";
import { presetInSubmission } from "./preset.ts";
import {
  inputRoleSchema,
  requestedArtifactSchema,
  requestedInputSchema,
  requestedParamsSchema,
  requestedPolicySchema,
  requestedTypeSchema,
} from "./public-api.ts";

/** `bat_` and 128 random bits. */
export const batchIdSchema = z
  .string()
  .regex(/^bat_[0-9a-hjkmnp-tv-z]{26}$/, "is not a batch id")
  .meta({ description: "The id of a batch.", example: "bat_9z8y7x6w5v4t3s2r1q0p9n8m7k" });

export const batchKeySchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "may hold letters, digits, dots, dashes and underscores only")
  .describe(
    "Your name for a job within its batch, by which others can name it; also its folder's name in the archive.",
  );

/** An input: what a job's may be, or a file of another job of the same batch, named by its key. */
export const batchInputSchema = z.union([
  ...requestedInputSchema.options,
  z
    .object({
      key: batchKeySchema.describe("The `key` of another job of this batch, which is waited for."),
      artifact: requestedArtifactSchema,
      role: inputRoleSchema,
    })
    .strict()
    .describe("A file of another job of the same batch."),
]);
export type BatchInput = z.infer<typeof batchInputSchema>;

/** One job of a batch: what `POST /v1/jobs` takes, and a key if others name it. */
export const batchJobRequestSchema = z
  .object({
    key: batchKeySchema.optional(),
    type: requestedTypeSchema,
    preset: presetInSubmission,
    params: requestedParamsSchema,
    inputs: z.array(batchInputSchema).max(MAX_INPUTS).default([]).describe("Its input files."),
    policy: requestedPolicySchema,
  })
  .strict();

/**
 * `POST /v1/batches`. All is checked before anything is made: one wrong job refuses the batch. 202 comes before the jobs are
 * there; each is by and by, under the id the list shows.
 */
export const createBatchRequestSchema = z
  .object({
    jobs: z
      .array(batchJobRequestSchema)
      .min(1)
      .max(MAX_BATCH_JOBS)
      .describe("The jobs. They may name each other in any order, but not in a circle."),
  })
  .strict();
export type CreateBatchRequest = z.input<typeof createBatchRequestSchema>;

export const batchCountsSchema = jobsByStateSchema.describe(
  "How many of the jobs are in each state. One that is still to be made counts as `waiting`.",
);
export type BatchCounts = z.infer<typeof batchCountsSchema>;

export const batchStateSchema = z
  .enum(["working", "finished"])
  .describe("`finished`: all jobs have ended. A batch is `working` again when one of them is retried by hand.");

const percentSchema = z
  .number()
  .describe("How much of the whole is done, 0 to 100. Each job counts the same, one that has ended as 100.");

export const batchJobSchema = z
  .object({
    number: z.number().int().describe("Its place in the request, from 1."),
    key: z.string().nullable().describe("The key it was given; null if none."),
    id: jobIdSchema,
    type: z.string().describe("The name of its type."),
    state: jobStateSchema,
    percent: z.number().describe("How much of it is done, 0 to 100; 100 once it has ended, however."),
    error: jobErrorSchema.nullable().describe("Why it failed; else null."),
  })
  .describe("A job of a batch, as far as the batch has heard of it. `GET /v1/jobs/{id}` gives the whole.");
export type BatchJob = z.infer<typeof batchJobSchema>;

export const batchSchema = z
  .object({
    id: batchIdSchema,
    state: batchStateSchema,
    size: z.number().int().describe("How many jobs it has."),
    counts: batchCountsSchema,
    percent: percentSchema,
    failures: z.array(batchJobSchema).describe("The first ten, by number, that failed or expired."),
    seq: z
      .number()
      .int()
      .describe("The number of its last event: `after` of `GET /v1/batches/{id}/events` for what comes next."),
    createdAt: epochMs("When it was submitted"),
    finishedAt: epochMsOrNull("When the last of its jobs ended", "null while it works"),
    cancelRequestedAt: epochMsOrNull("When it was cancelled", "null if it was not"),
    expiresAt: epochMsOrNull(
      "When the last of its files goes, and the batch with it",
      "null while a job is not over, and while one is pinned",
    ),
  })
  .describe("Jobs that were submitted in one call, and how the whole stands.");
export type Batch = z.infer<typeof batchSchema>;

/** `GET /v1/batches`. */
export const batchListSchema = z
  .object({
    batches: z
      .array(
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
            counts: batchCountsSchema
              .nullable()
              .describe("How its jobs ended; null while it works: `GET /v1/batches/{id}` tells how it stands."),
          }),
      )
      .describe("The newest first."),
    cursor: nextCursorSchema,
  })
  .describe("A page of batches.");
export type BatchList = z.infer<typeof batchListSchema>;

/** `GET /v1/batches/{id}/jobs`: only of one state when asked. */
export const batchJobListSchema = z
  .object({ jobs: z.array(batchJobSchema).describe("By their number."), cursor: nextCursorSchema })
  .describe("A page of a batch's jobs.");
export type BatchJobList = z.infer<typeof batchJobListSchema>;

const numbered = {
  seq: z
    .number()
    .int()
    .describe("Its number among the batch's events, from 1 without gaps; also the `id:` of the stream."),
  at: epochMs("When it happened"),
};
const whole = { state: batchStateSchema, counts: batchCountsSchema, percent: percentSchema };
export const batchEventSchema = z
  .discriminatedUnion("kind", [
    z
      .object({
        ...numbered,
        kind: z.literal("status").describe("The batch came into another state."),
        data: z.object(whole).describe("How the whole stands from then on."),
      })
      .describe("A change of the batch."),
    z
      .object({
        ...numbered,
        kind: z.literal("job").describe("A job came into another state, or about a quarter further."),
        data: z
          .object({ ...whole, job: batchJobSchema.describe("The job, as it stands from then on.") })
          .describe("That job, and how the whole stands then."),
      })
      .describe("A change of one of its jobs."),
  ])
  .describe("What happened to a batch. Events are stored, and can be read again from any number on.");
export type BatchEvent = z.infer<typeof batchEventSchema>;
