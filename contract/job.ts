/**
 * A job as the public sees it: states, progress, events. What a state means and which change is allowed is decided in
 * worker/domain; the picture of it is in the top README.
 */
import { z } from "zod";
import { JOB_STATES } from "./job-states.ts";
import { MAX_RETENTION_S, MIN_RETENTION_S } from "./limits.ts";
import { manifestSchema, sha256Schema } from "./manifest.ts";
import { problemCodeSchema } from "./problem.ts";

export { FINAL_STATES, JOB_STATES, type JobState } from "./job-states.ts";

export const jobStateSchema = z.enum(JOB_STATES);

/** `job_` and 128 random bits in Crockford base 32. Nobody can guess one. */
export const jobIdSchema = z
  .string()
  .regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/, "is not a job id")
  .meta({ description: "A job", example: "job_4s1k3wq8v6m9c0t2z5y7x1n3ab" });

/** Where a running job is. `percent` is of the whole job, null while it can't be known. */
export const progressSchema = z.object({
  stage: z.string().max(64),
  stageIndex: z.number().int().min(0).max(99),
  stageCount: z.number().int().min(1).max(100),
  percent: z.number().min(0).max(100).nullable(),
  etaS: z.number().min(0).nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

/** Why a job, or one attempt at it, failed: a code, and a sentence that tells the user what to do. */
export const jobErrorSchema = z.object({
  code: problemCodeSchema,
  message: z.string().max(2_000),
  /** With `dependency_failed`: the job that went wrong, which may be several steps before this one. */
  job: jobIdSchema.optional(),
});
export type JobError = z.infer<typeof jobErrorSchema>;

/** How a job is to be run. */
export const policySchema = z
  .object({
    /** Wall seconds one attempt may take; the default is the job type's. */
    executionTimeoutS: z.number().int().min(1).max(86_400).optional(),
    maxAttempts: z.number().int().min(1).max(10).optional(),
    /** 0 (last) to 9 (first); default 5. */
    priority: z.number().int().min(0).max(9).optional(),
    /** Seconds the job may stay queued before it expires. */
    ttlS: z
      .number()
      .int()
      .min(1)
      .max(7 * 86_400)
      .optional(),
    /** Epoch milliseconds before which no runner gets the job; at most 30 days ahead. `ttlS` counts from then. */
    notBefore: z.number().int().min(0).optional(),
    /** Seconds the files are kept after the job's end; default 24 h. More than that needs an API key. */
    retentionS: z.number().int().min(MIN_RETENTION_S).max(MAX_RETENTION_S).optional(),
    /** False runs the job though the result of an equal one is there. Default true. */
    cache: z.boolean().optional(),
  })
  .strict();
export type Policy = z.infer<typeof policySchema>;

/** An input as the job's owner sees it. */
export const jobInputSchema = z.object({
  /** The upload it comes from, or null: then it is a file of another job, or fetched from a URL. */
  upload: z.string().nullable(),
  /** The job whose file it is, or null for an upload. */
  job: jobIdSchema.nullable(),
  /** The file's name there; null while that job has not finished and none was asked for. */
  artifact: z.string().nullable(),
  /** The address it is fetched from by the job's runner. Absent for uploads and files of other jobs; `upload` and `job` are null then. */
  url: z.string().optional(),
  /** Of the file at `url`, hex: as was asked for, or as the first attempt found it. Later attempts must find the same. */
  sha256: sha256Schema.optional(),
  filename: z.string(),
  /** 0 while it waits for another job, and until it has been fetched. */
  bytes: z.number().int(),
  contentType: z.string(),
  /** One of the job type's `inputs.roles`, or null for a file that is worked on. */
  role: z.string().nullable(),
});
export type JobInput = z.infer<typeof jobInputSchema>;

/** One finished attempt. */
export const attemptRecordSchema = z.object({
  attempt: z.number().int(),
  runnerId: z.string(),
  startedAt: z.number(),
  endedAt: z.number(),
  outcome: z.enum(["succeeded", "failed", "lease_lost", "released", "canceled"]),
  error: jobErrorSchema.nullable(),
});
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** Where a queued job stands. An estimate: jobs of higher priority, and of other owners, may come in before it. */
export const queuePlaceSchema = z.object({
  /** 1 is next; null while the job waits for its time (`notBefore`) or is about to be leased. Counts to about 1,000. */
  position: z.number().int().min(1).nullable(),
  /** Seconds until it begins, and until it has ended, from how long such jobs took lately; null when nothing is known. */
  startsInS: z.number().nullable(),
  etaS: z.number().nullable(),
  /** Nothing is begun in its pool until an operator resumes it. */
  paused: z.boolean(),
});
export type QueuePlace = z.infer<typeof queuePlaceSchema>;

/** A job. Times are epoch milliseconds. */
export const jobSchema = z.object({
  id: jobIdSchema,
  type: z.string(),
  typeVersion: z.number().int(),
  state: jobStateSchema,
  params: z.record(z.string(), z.unknown()),
  inputs: z.array(jobInputSchema),
  pool: z.string(),
  /** The job this one is another version of (`POST …/rerun`), or null. */
  rerunOf: jobIdSchema.nullable(),
  /** The first of its versions: jobs with the same `asset` are versions of one thing. Its own id when it is no rerun. */
  asset: jobIdSchema,
  /** The preset it was submitted with, or null; `params` hold what that was then. Left out by earlier versions. */
  preset: z.string().nullable().optional(),
  /** The batch it was submitted in, or null. */
  batch: z.string().nullable(),
  /** The result was there already: an equal job (same files by content and name, params, version of the type) had been done. */
  cached: z.boolean(),
  /** Its files are kept until it is unpinned. */
  pinned: z.boolean(),
  attempt: z.number().int(),
  maxAttempts: z.number().int(),
  progress: progressSchema.nullable(),
  error: jobErrorSchema.nullable(),
  attempts: z.array(attemptRecordSchema),
  manifest: manifestSchema.nullable(),
  /** Last event's number. */
  seq: z.number().int(),
  createdAt: z.number(),
  /** `GET /v1/jobs/{id}` only: the job's place in line while it is queued, else null. */
  queue: queuePlaceSchema.nullable().optional(),
  /** Not leased before this time (the policy's, or a retry's backoff). */
  notBefore: z.number().nullable(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  /** When the files go. Set once the job is final; null while it is pinned. */
  expiresAt: z.number().nullable(),
  purgedAt: z.number().nullable(),
});
export type Job = z.infer<typeof jobSchema>;

/** One stored event. `seq` starts at 1 and has no gaps; it is the SSE `id:`. */
export const jobEventSchema = z.discriminatedUnion("kind", [
  z.object({
    seq: z.number().int(),
    at: z.number(),
    kind: z.literal("status"),
    data: z.object({
      state: jobStateSchema,
      attempt: z.number().int(),
      error: jobErrorSchema.nullable(),
      notBefore: z.number().nullable(),
    }),
  }),
  z.object({ seq: z.number().int(), at: z.number(), kind: z.literal("progress"), data: progressSchema }),
  z.object({
    seq: z.number().int(),
    at: z.number(),
    kind: z.literal("log"),
    data: z.object({ line: z.string(), attempt: z.number().int() }),
  }),
  z.object({
    seq: z.number().int(),
    at: z.number(),
    kind: z.literal("artifact"),
    data: z.object({ name: z.string(), bytes: z.number().int(), contentType: z.string() }),
  }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;
