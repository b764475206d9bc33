/**
 * The calls between a runner and the Worker, under `/runner/v1`, JSON over HTTPS with `Authorization: Bearer <runner key>`.
 *
 * Every call on a job carries `leaseId`, the fence: 128 bits, never used twice. The job's Durable Object checks
 * it in the same synchronous step as the write. A stale one is answered 409 `lease_lost`: the runner kills the job's
 * processes within 10 s, forgets the job and sends nothing more about it.
 *
 * Retry: any call may be repeated after a network error, a 429 or a 5xx, with backoff; every call is idempotent for
 * the same lease. `complete` twice is answered like the first time. 4xx other than 429 are final.
 */
import { z } from "zod";
import { jobErrorSchema, jobIdSchema, progressSchema } from "./job.ts";
import { MAX_ARTIFACT_BYTES, MAX_LOG_LINE_BYTES, MAX_LOG_LINES_PER_CALL } from "./limits.ts";
import { artifactNameSchema, manifestSchema, sha256Schema } from "./manifest.ts";

export const leaseIdSchema = z.string().regex(/^[0-9a-f]{32}$/, "is not a lease id");
export const poolNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "is not a pool name");
export const runnerIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "is not a runner id");

/**
 * `POST register`: at start, and then every `RUNNER_POLL_MS` as a sign of life. `ready` is false until the engines
 * are warm. Answers 426 when `apiVersion` is too old.
 */
export const registerRequestSchema = z.object({
  runnerId: runnerIdSchema,
  name: z.string().max(128),
  apiVersion: z.number().int(),
  version: z.string().max(64),
  pool: poolNameSchema,
  jobTypes: z.array(z.string().max(64)).max(100),
  slots: z.number().int().min(1).max(256),
  ready: z.boolean(),
  /** What works on this machine: engine name → version, as its `probe()` said. */
  engines: z.record(z.string(), z.string()),
  /** How children are confined, e.g. `uid`, `prlimit`, `landlock`, `none`. */
  sandbox: z.string().max(64),
});
export type RegisterRequest = z.infer<typeof registerRequestSchema>;
export const registerResponseSchema = z.object({ heartbeatMs: z.number(), pollMs: z.number() });

/**
 * `POST lease`: 200 with a lease, or 204 when the pool has nothing for these job types. Never blocks. `requestId` is new
 * for every lease a runner wants, and the same when it asks again because no answer came: it then gets the lease that it
 * was given, if it lives. Without one, a lost answer costs the time of a lease.
 */
export const leaseRequestSchema = z.object({
  runnerId: runnerIdSchema,
  requestId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,64}$/, "is not a request id")
    .optional(),
  pool: poolNameSchema,
  jobTypes: z.array(z.string().max(64)).max(100),
});
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

/** A runner's right to work on one attempt. `ttlMs` counts from the answer, so that clocks need not agree. */
export const leaseSchema = z.object({
  jobId: jobIdSchema,
  attempt: z.number().int().min(1),
  leaseId: leaseIdSchema,
  ttlMs: z.number().int(),
  heartbeatMs: z.number().int(),
  type: z.string(),
  typeVersion: z.number().int(),
  params: z.record(z.string(), z.unknown()),
  executionTimeoutS: z.number().int(),
  /** Inputs in the order they were given; `url` is a signed GET. */
  inputs: z.array(
    z.object({
      url: z.string(),
      filename: z.string(),
      bytes: z.number().int(),
      contentType: z.string(),
      role: z.string().nullable(),
    }),
  ),
});
export type Lease = z.infer<typeof leaseSchema>;

/** `POST jobs/{jobId}/extend`: the heartbeat. */
export const extendRequestSchema = z.object({ leaseId: leaseIdSchema });
/** `POST jobs/{jobId}/progress`: at most one a second; extends the lease as well. */
export const progressRequestSchema = z.object({ leaseId: leaseIdSchema, progress: progressSchema });
/**
 * `POST jobs/{jobId}/logs`: lines for the job's log, in order. `batch` is 1, 2, 3 … within the lease, so that a
 * repeated call adds nothing twice.
 */
export const logsRequestSchema = z.object({
  leaseId: leaseIdSchema,
  batch: z.number().int().min(1),
  lines: z.array(z.string().max(MAX_LOG_LINE_BYTES)).min(1).max(MAX_LOG_LINES_PER_CALL),
});
/** Answer of extend, progress and logs. `cancel`: stop the job now, then `release` with `reason: "canceled"`. */
export const leaseStatusSchema = z.object({ ttlMs: z.number().int(), cancel: z.boolean() });
export type LeaseStatus = z.infer<typeof leaseStatusSchema>;

/**
 * `POST jobs/{jobId}/artifacts`: asks where an output goes. `PUT` exactly `bytes` bytes to the signed `url`. An object
 * is written once: a second PUT of the same name under the same lease answers 200 and changes nothing.
 */
export const artifactRequestSchema = z.object({
  leaseId: leaseIdSchema,
  name: artifactNameSchema,
  bytes: z.number().int().min(0).max(MAX_ARTIFACT_BYTES),
  sha256: sha256Schema,
  contentType: z.string().max(128),
});
export type ArtifactRequest = z.infer<typeof artifactRequestSchema>;
export const artifactTargetSchema = z.object({ url: z.string() });

/**
 * Checkpoints: named blobs under the job that a later attempt can read, so that a lost runner costs no finished work.
 * Nothing but the job's own runners sees them; they go with the job's files.
 *
 * `POST jobs/{jobId}/checkpoints` asks where one goes. `PUT` exactly `bytes` bytes to the signed `url`; its answer means
 * that the checkpoint is there. Writing a name again replaces it: until the new one is there, the old one is read.
 */
export const checkpointRequestSchema = z.object({
  leaseId: leaseIdSchema,
  name: artifactNameSchema,
  bytes: z.number().int().min(1).max(MAX_ARTIFACT_BYTES),
  sha256: sha256Schema,
});
export const checkpointTargetSchema = z.object({ url: z.string() });

/** `POST jobs/{jobId}/checkpoints/list`: all that are there, by name; `url` is a signed GET. */
export const checkpointListRequestSchema = z.object({ leaseId: leaseIdSchema });
export const checkpointSchema = z.object({
  name: artifactNameSchema,
  bytes: z.number().int(),
  sha256: sha256Schema,
  url: z.string(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;
export const checkpointListSchema = z.object({ checkpoints: z.array(checkpointSchema) });

/** `POST jobs/{jobId}/complete`: commits the manifest and ends the job. 409 `artifact_missing` when R2 lacks a file. */
export const completeRequestSchema = z.object({ leaseId: leaseIdSchema, manifest: manifestSchema });

/** `POST jobs/{jobId}/fail`: this attempt failed. Not retried when `retryable` is false (bad input). */
export const failRequestSchema = z.object({ leaseId: leaseIdSchema, error: jobErrorSchema, retryable: z.boolean() });

/**
 * `POST jobs/{jobId}/release`: gives the job back. `shutdown` puts it back into the queue and does not count the
 * attempt; `canceled` confirms a cancel once the last process is gone.
 */
export const releaseRequestSchema = z.object({ leaseId: leaseIdSchema, reason: z.enum(["shutdown", "canceled"]) });

/** Answer of complete, fail and release: the state the job is in now. */
export const settledSchema = z.object({ state: z.string() });

/**
 * `GET pools/{pool}/doorbell?runnerId=…` upgrades to a WebSocket. The Worker sends these as JSON text; the runner
 * sends nothing but `ping`, answered `pong` without waking the pool. A doorbell is a hint, never a promise: the
 * runner leases and extends as ever.
 */
export const doorbellSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("work") }),
  z.object({ kind: z.literal("cancel"), jobId: jobIdSchema }),
]);
export type Doorbell = z.infer<typeof doorbellSchema>;
