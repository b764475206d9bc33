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
  RUNNER_API_VERSION,
} from "./limits.ts";
import { artifactNameSchema, manifestSchema, sha256Schema } from "./manifest.ts";

export const leaseIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "is not a lease id")
  .describe("The lease, 128 random bits in hex. Every call on its job names it.");
const jobTypesSchema = z.array(z.string().max(64)).max(100).describe("The job types that the runner can run.");
const fetchesUrlsSchema = z
  .boolean()
  .optional()
  .describe("Whether the runner fetches inputs from URLs. Absent: it gets no job that has such inputs.");
const ttlMsSchema = z
  .number()
  .int()
  .describe("How long the lease holds without another call, in ms from this answer on.");
const fileBytesSchema = z.number().int().max(MAX_ARTIFACT_BYTES);
export const poolNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "is not a pool name")
  .meta({ description: "The name of a pool: jobs that want the same kind of runner.", example: "cpu" });
export const runnerIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "is not a runner id")
  .meta({ description: "The name that the runner has given itself.", example: "runner-1" });

/**
 * `POST register`: at start, and then every `RUNNER_POLL_MS` as a sign of life. `ready` is false until the engines
 * are warm. Answers 426 when `apiVersion` is too old.
 */
export const registerRequestSchema = z
  .object({
    runnerId: runnerIdSchema,
    name: z.string().max(128).describe("What it is called, for people."),
    apiVersion: z
      .number()
      .int()
      .describe(`Its version of this API, now ${RUNNER_API_VERSION}. Too old a one is refused with 426.`),
    version: z.string().max(64).describe("Its version of Kiln."),
    pool: poolNameSchema,
    jobTypes: jobTypesSchema,
    slots: z.number().int().min(1).max(256).describe("How many jobs it runs at a time."),
    ready: z.boolean().describe("Whether its engines are warm."),
    engines: z
      .record(z.string(), z.string())
      .describe('What works on its machine, engine by engine with the version: `{ "ffmpeg": "5.1.6" }`.'),
    sandbox: z.string().max(64).describe("How its child processes are confined, e.g. `uid`, `prlimit`, `none`."),
  })
  .describe("A runner, and what works on its machine.");
export type RegisterRequest = z.infer<typeof registerRequestSchema>;
export const registerResponseSchema = z.object({
  heartbeatMs: z.number().describe("How often a lease is to be extended, in ms."),
  pollMs: z.number().describe("How often to register and ask for a lease again while nothing comes, in ms."),
  apiVersion: z.number().int().optional().describe("The server's version of this API. Absent: 1."),
});
export type RegisterResponse = z.infer<typeof registerResponseSchema>;

/**
 * `POST lease`: 200 with a lease, or 204 when the pool has nothing for these job types. Never blocks. `requestId` is new
 * for every lease a runner wants, and the same when it asks again because no answer came: it then gets the lease that it
 * was given, if it lives. Without one, a lost answer costs the time of a lease.
 */
export const leaseRequestSchema = z
  .object({
    runnerId: runnerIdSchema,
    requestId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/, "is not a request id")
      .optional()
      .describe(
        "New for each lease that is wanted, the same when the call is repeated: it then answers the same lease.",
      ),
    pool: poolNameSchema,
    jobTypes: jobTypesSchema,
    apiVersion: z
      .number()
      .int()
      .optional()
      .describe(
        "The runner's version of this API. Absent: 1. From 2 on it may be asked to assist when no job is in line.",
      ),
    fetchesUrls: fetchesUrlsSchema,
  })
  .describe("What a runner can do that wants a job.");
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

/**
 * A runner's right to work on one attempt. Times count from the answer, so that clocks need not agree.
 *
 * With `assist` it is the right to help the runner that has the attempt: see `partsRequestSchema`. Such a lease may extend,
 * list checkpoints, claim parts, write the checkpoints it has claimed, and release. Everything else is answered
 * `lease_lost`; it ends with the lease of the runner that it helps.
 */
export const leaseSchema = z
  .object({
    jobId: jobIdSchema,
    attempt: z.number().int().min(1).describe("The number of the attempt, from 1."),
    leaseId: leaseIdSchema,
    ttlMs: ttlMsSchema,
    heartbeatMs: z.number().int().describe("How often it is to be extended, in ms."),
    type: z.string().describe("The name of the job's type."),
    typeVersion: z.number().int().describe("The version of that type."),
    params: z.record(z.string(), z.unknown()).describe("The job's parameters, defaults filled in."),
    executionTimeoutS: z.number().int().describe("Seconds that the attempt may take."),
    inputs: z
      .array(
        z.object({
          url: z.string().describe("A signed URL to `GET` the file; with `fetch` the address that the user has named."),
          filename: z.string().describe("What the file is called. Never to be used as a path."),
          bytes: z.number().int().describe("Its size in bytes; means nothing with `fetch`."),
          contentType: z.string().describe("Its media type as it was announced; means nothing with `fetch`."),
          role: z
            .string()
            .nullable()
            .describe("The part it has, one of the type's `inputs.roles`; null for a file to work on."),
          fetch: z
            .object({
              sha256: sha256Schema
                .nullable()
                .describe(
                  "What the file must have; null where nobody knows. Another one is refused as `input_changed`.",
                ),
            })
            .optional()
            .describe(
              "The file is to be fetched from the internet, under the rules for public addresses. Else absent.",
            ),
        }),
      )
      .describe("The files, in the order they were given."),
    assist: z
      .object({
        stage: z.string().describe("The stage whose parts are to be made."),
        setUpMs: z
          .number()
          .describe(
            "How long the way there ought to take, in ms. Who needs much longer gives up: something is not there.",
          ),
      })
      .optional()
      .describe("The lease is to help the runner that has the attempt. Absent: it is for the attempt."),
  })
  .describe("A runner's right to work on an attempt, or to help with it.");
export type Lease = z.infer<typeof leaseSchema>;

/** `POST jobs/{jobId}/extend`: the heartbeat. */
export const extendRequestSchema = z.object({ leaseId: leaseIdSchema });
/**
 * `POST jobs/{jobId}/inputs`: what was found at an input's URL, before the work begins; extends the lease as well. 422
 * `input_changed` when another file belongs there.
 */
export const fetchedInputSchema = z.object({
  index: z
    .number()
    .int()
    .min(0)
    .max(MAX_INPUTS - 1)
    .describe("The file's place in the lease's `inputs`, from 0."),
  bytes: fileBytesSchema.min(1).describe("Its size in bytes."),
  sha256: sha256Schema,
  contentType: z.string().max(128).describe("The media type that the server gave it."),
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
  batch: z.number().int().min(1).describe("1, 2, 3 … within the lease, so that a repeated call adds nothing twice."),
  lines: z
    .array(z.string().max(MAX_LOG_LINE_BYTES))
    .min(1)
    .max(MAX_LOG_LINES_PER_CALL)
    .describe("Lines without their ends, in order."),
});
/** Which parts other runners have, by their place in the announced list, ascending. */
export const sharedPartsSchema = z.object({
  taken: z.array(z.number().int().min(0)).describe("Claimed, and not made yet."),
  done: z.array(z.number().int().min(0)).describe("Made: their checkpoints are there."),
});
export type SharedPartsStatus = z.infer<typeof sharedPartsSchema>;

/** Answer of extend, progress, logs and parts. */
export const leaseStatusSchema = z
  .object({
    ttlMs: ttlMsSchema,
    cancel: z.boolean().describe('Whether to stop the job now, and then to `release` it with `reason: "canceled"`.'),
    parts: sharedPartsSchema
      .optional()
      .describe("Which parts other runners have, by their place in the announced list. Absent while nobody has any."),
  })
  .describe("How the lease stands.");
export type LeaseStatus = z.infer<typeof leaseStatusSchema>;

/**
 * `POST jobs/{jobId}/artifacts`: asks where an output goes. `PUT` exactly `bytes` bytes to the signed `url`. An object
 * is written once: a second PUT of the same name under the same lease answers 200 and changes nothing.
 */
export const artifactRequestSchema = z.object({
  leaseId: leaseIdSchema,
  name: artifactNameSchema,
  bytes: fileBytesSchema.min(0).describe("Its size in bytes."),
  sha256: sha256Schema,
  contentType: z.string().max(128).describe("Its media type."),
});
export type ArtifactRequest = z.infer<typeof artifactRequestSchema>;
export const artifactTargetSchema = z.object({ url: z.string().describe("`PUT` the file here.") });

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
  bytes: fileBytesSchema.min(1).describe("Its size in bytes."),
  sha256: sha256Schema,
});
export const checkpointTargetSchema = z.object({ url: z.string().describe("`PUT` the checkpoint here.") });

/** `POST jobs/{jobId}/checkpoints/list`: all that are there, by name; `url` is a signed GET. */
export const checkpointListRequestSchema = z.object({ leaseId: leaseIdSchema });
export const checkpointSchema = z
  .object({
    name: artifactNameSchema,
    bytes: z.number().int().describe("Its size in bytes."),
    sha256: sha256Schema,
    url: z.string().describe("A signed URL to `GET` it."),
  })
  .describe("A file that an attempt has kept for the next one.");
export type Checkpoint = z.infer<typeof checkpointSchema>;
export const checkpointListSchema = z.object({
  checkpoints: z.array(checkpointSchema).describe("All that are there, by name."),
});

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
  stage: z.string().max(64).describe("The stage that the parts are of."),
  names: z
    .array(artifactNameSchema)
    .min(1)
    .max(MAX_PARTS)
    .refine((names) => new Set(names).size === names.length, "names a part twice")
    .meta({
      description:
        "The parts that are still to be made, in the order in which this runner makes them: names of checkpoints.",
      uniqueItems: true,
    }),
  atOnce: z
    .number()
    .int()
    .min(1)
    .max(MAX_PARTS)
    .describe("Parts that this runner makes at a time: the next so many are not given away."),
  setUpMs: z.number().int().min(0).describe("How long another runner needs before it can make its first part, in ms."),
});
export type PartsRequest = Omit<z.infer<typeof partsRequestSchema>, "leaseId">;

/**
 * `POST jobs/{jobId}/parts/claim`: an assistant takes parts, up to `count` at a time together with those it has and has not
 * made yet; asked again it gets the same. None: there is nothing left to do, or a job is in line for this runner.
 */
export const claimRequestSchema = z.object({
  leaseId: leaseIdSchema,
  count: z
    .number()
    .int()
    .min(1)
    .max(MAX_PARTS_PER_CLAIM)
    .describe("How many parts it wants to have at a time, those included that it has and has not made yet."),
  pool: poolNameSchema,
  jobTypes: jobTypesSchema,
  fetchesUrls: fetchesUrlsSchema,
});
export type ClaimRequest = Omit<z.infer<typeof claimRequestSchema>, "leaseId">;
export const claimedSchema = z.object({
  names: z
    .array(artifactNameSchema)
    .describe("The parts that are its own now. None: nothing is left to do, or a job is in line for this runner."),
});

/** `POST jobs/{jobId}/complete`: commits the manifest and ends the job. 409 `artifact_missing` when R2 lacks a file. */
export const completeRequestSchema = z.object({ leaseId: leaseIdSchema, manifest: manifestSchema });

/** `POST jobs/{jobId}/fail`: this attempt failed. Not retried when `retryable` is false (bad input). */
export const failRequestSchema = z.object({
  leaseId: leaseIdSchema,
  error: jobErrorSchema,
  retryable: z.boolean().describe("Whether another attempt may succeed: false for bad input."),
});

/**
 * `POST jobs/{jobId}/release`: gives the job back. `shutdown` puts it back into the queue and does not count the
 * attempt; `canceled` confirms a cancel once the last process is gone. An assistant's lease ends with either, and what it
 * claimed and has not made is free again.
 */
export const releaseRequestSchema = z.object({
  leaseId: leaseIdSchema,
  reason: z
    .enum(["shutdown", "canceled"])
    .describe(
      "`shutdown`: the job goes back into the line, and the attempt does not count. `canceled`: its last process is gone.",
    ),
});

/** Answer of complete, fail and release: the state the job is in now. */
export const settledSchema = z.object({ state: z.string().describe("The state that the job is in now.") });

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
