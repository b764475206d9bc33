/**
 * The calls between a runner and the Worker, under `/runner/v1`, JSON over HTTPS with `Authorization: Bearer <runner key>`.
 *
 * Every call on a job carries `leaseId`, the fence: 128 bits, never used twice. The job's Durable Object checks
 * it in the same synchronous step as the write. A stale one is answered 409 `lease_lost`: the runner kills the job's
 * processes within 10 s, forgets the job and sends nothing more about it.
 *
 * Retry: any call may be repeated after a network error, a 429 or a 5xx, with backoff; every call is idempotent for
 * the same lease. `complete` twice is answered like the first time. 4xx other than 429 are final.
 *
 * Versions: `RUNNER_API_VERSION` in limits.ts. A Worker works with runners of its own version and of the one before, and the
 * reverse: both sides ignore fields they don't know, and what came with a version is optional here and says so. A runner
 * that is older than `RUNNER_API_MIN_VERSION` is refused at `register`; a runner ends when the Worker is older than
 * `WORKER_API_MIN_VERSION`. Version 2 brought parts and assistance.
 */
import { z } from "zod";
import { jobErrorSchema, jobIdSchema, progressSchema } from "./job.ts";
import {
  MAX_ARTIFACT_BYTES,
  MAX_INPUTS,
  MAX_LOG_LINE_BYTES,
  MAX_LOG_LINES_PER_CALL,
  MAX_PARTS,
  MAX_PARTS_PER_CLAIM,
} from "./limits.ts";
import { artifactNameSchema, manifestSchema, sha256Schema } from "./manifest.ts";

export const leaseIdSchema = z.string().regex(/^[0-9a-f]{32}$/, "is not a lease id");
export const poolNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "is not a pool name")
  .meta({ description: "A pool: jobs that want the same kind of runner", example: "cpu" });
export const runnerIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "is not a runner id")
  .meta({ description: "A runner, by the name it has given itself", example: "runner-1" });

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
export const registerResponseSchema = z.object({
  heartbeatMs: z.number(),
  pollMs: z.number(),
  /** The Worker's version of this API. Absent: 1. */
  apiVersion: z.number().int().optional(),
});
export type RegisterResponse = z.infer<typeof registerResponseSchema>;

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
  /** The runner's version of this API. Absent: 1. From 2 on it may be asked to assist when no job is in line. */
  apiVersion: z.number().int().optional(),
  /** Whether the runner fetches inputs from URLs. Absent: it gets no job that has such inputs. */
  fetchesUrls: z.boolean().optional(),
});
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

/**
 * A runner's right to work on one attempt. `ttlMs` counts from the answer, so that clocks need not agree.
 *
 * With `assist` it is the right to help the runner that has the attempt: see `partsRequestSchema`. Such a lease may extend,
 * list checkpoints, claim parts, write the checkpoints it has claimed, and release. Everything else is answered
 * `lease_lost`; it ends with the lease of the runner that it helps.
 */
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
  /**
   * Inputs in the order they were given; `url` is a signed GET. With `fetch` it is an address that a user has named: the runner
   * fetches it under the rules of public-address/, `bytes` and `contentType` mean nothing, and a file that has not this SHA-256
   * (unless null) is refused as `input_changed`.
   */
  inputs: z.array(
    z.object({
      url: z.string(),
      filename: z.string(),
      bytes: z.number().int(),
      contentType: z.string(),
      role: z.string().nullable(),
      fetch: z.object({ sha256: sha256Schema.nullable() }).optional(),
    }),
  ),
  /**
   * The stage whose parts are to be made, and how long the way there ought to take, ms: an assistant that needs much longer
   * gives up, because something that it was to find is not there.
   */
  assist: z.object({ stage: z.string(), setUpMs: z.number() }).optional(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** `POST jobs/{jobId}/extend`: the heartbeat. */
export const extendRequestSchema = z.object({ leaseId: leaseIdSchema });
/**
 * `POST jobs/{jobId}/inputs`: what was found at an input's URL, before the work begins; extends the lease as well. 422
 * `input_changed` when another file belongs there.
 */
export const fetchedInputSchema = z.object({
  /** Place in the lease's `inputs`. */
  index: z
    .number()
    .int()
    .min(0)
    .max(MAX_INPUTS - 1),
  bytes: z.number().int().min(1).max(MAX_ARTIFACT_BYTES),
  sha256: sha256Schema,
  /** What the server called it. */
  contentType: z.string().max(128),
});
export type FetchedInput = z.infer<typeof fetchedInputSchema>;
export const fetchedInputRequestSchema = fetchedInputSchema.extend({ leaseId: leaseIdSchema });
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
/** Which parts other runners have, by their place in the announced list, ascending. */
export const sharedPartsSchema = z.object({
  /** Claimed, and not made yet. */
  taken: z.array(z.number().int().min(0)),
  /** Made: their checkpoints are there. */
  done: z.array(z.number().int().min(0)),
});
export type SharedPartsStatus = z.infer<typeof sharedPartsSchema>;

/**
 * Answer of extend, progress, logs and parts. `cancel`: stop the job now, then `release` with `reason: "canceled"`. `parts`
 * is absent while nobody else has any.
 */
export const leaseStatusSchema = z.object({
  ttlMs: z.number().int(),
  cancel: z.boolean(),
  parts: sharedPartsSchema.optional(),
});
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

/**
 * Parts of a stage that several runners may share. Each part's result is a checkpoint of its name: a part is made once its
 * checkpoint is there, and one that is made twice does no harm.
 *
 * `POST jobs/{jobId}/parts`: the runner that has the attempt names the parts that are still to be made, once, in the order in
 * which it goes through them. Assistants take from the back. Until `atOnce` parts are made nobody is asked for help; after
 * that, as long as the rest would take longer than twice `setUpMs`. Answered like `extend`. A Worker of version 1
 * answers 404: the runner makes them all.
 */
export const partsRequestSchema = z.object({
  leaseId: leaseIdSchema,
  stage: z.string().max(64),
  names: z
    .array(artifactNameSchema)
    .min(1)
    .max(MAX_PARTS)
    .refine((names) => new Set(names).size === names.length, "names a part twice")
    .meta({ uniqueItems: true }),
  /** Parts that this runner makes at a time: the next so many are not given away. */
  atOnce: z.number().int().min(1).max(MAX_PARTS),
  /** How long another runner needs before it can make its first part, ms. */
  setUpMs: z.number().int().min(0),
});
export type PartsRequest = Omit<z.infer<typeof partsRequestSchema>, "leaseId">;

/**
 * `POST jobs/{jobId}/parts/claim`: an assistant takes parts, up to `count` at a time together with those it has and has not
 * made yet; asked again it gets the same. None: there is nothing left to do, or a job is in line for this runner.
 */
export const claimRequestSchema = z.object({
  leaseId: leaseIdSchema,
  count: z.number().int().min(1).max(MAX_PARTS_PER_CLAIM),
  pool: poolNameSchema,
  jobTypes: z.array(z.string().max(64)).max(100),
  fetchesUrls: z.boolean().optional(),
});
export type ClaimRequest = Omit<z.infer<typeof claimRequestSchema>, "leaseId">;
export const claimedSchema = z.object({ names: z.array(artifactNameSchema) });

/** `POST jobs/{jobId}/complete`: commits the manifest and ends the job. 409 `artifact_missing` when R2 lacks a file. */
export const completeRequestSchema = z.object({ leaseId: leaseIdSchema, manifest: manifestSchema });

/** `POST jobs/{jobId}/fail`: this attempt failed. Not retried when `retryable` is false (bad input). */
export const failRequestSchema = z.object({ leaseId: leaseIdSchema, error: jobErrorSchema, retryable: z.boolean() });

/**
 * `POST jobs/{jobId}/release`: gives the job back. `shutdown` puts it back into the queue and does not count the
 * attempt; `canceled` confirms a cancel once the last process is gone. An assistant's lease ends with either, and what it
 * claimed and has not made is free again.
 */
export const releaseRequestSchema = z.object({ leaseId: leaseIdSchema, reason: z.enum(["shutdown", "canceled"]) });

/** Answer of complete, fail and release: the state the job is in now. */
export const settledSchema = z.object({ state: z.string() });

/**
 * `GET pools/{pool}/doorbell?runnerId=…` upgrades to a WebSocket. The Worker sends these as JSON text; the runner
 * sends nothing but `ping`, answered `pong` without waking the pool. A doorbell is a hint, never a promise: the
 * runner leases and extends as ever. One that a runner does not know is passed over. `parts`: something happened to the parts
 * that other runners have; the next `extend` tells what.
 */
export const doorbellSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("work") }),
  z.object({ kind: z.literal("cancel"), jobId: jobIdSchema }),
  z.object({ kind: z.literal("parts"), jobId: jobIdSchema }),
]);
export type Doorbell = z.infer<typeof doorbellSchema>;
