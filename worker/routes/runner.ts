/** `/runner/v1`: the calls of contract/runner-api.ts. Runner keys only, no CORS. */
import type { Context } from "hono";
import { z } from "zod";
import { jobIdSchema } from "#contract/job.ts";
import { RUNNER_API_MIN_VERSION, RUNNER_API_VERSION, RUNNER_POLL_MS } from "#contract/limits.ts";
import type { ProblemCode } from "#contract/problem.ts";
import {
  artifactRequestSchema,
  artifactTargetSchema,
  type Checkpoint,
  checkpointListRequestSchema,
  checkpointListSchema,
  checkpointRequestSchema,
  checkpointTargetSchema,
  claimedSchema,
  claimRequestSchema,
  completeRequestSchema,
  extendRequestSchema,
  failRequestSchema,
  fetchedInputRequestSchema,
  type LeaseStatus,
  leaseRequestSchema,
  leaseSchema,
  leaseStatusSchema,
  logsRequestSchema,
  partsRequestSchema,
  poolNameSchema,
  progressRequestSchema,
  registerRequestSchema,
  registerResponseSchema,
  releaseRequestSchema,
  runnerIdSchema,
  settledSchema,
} from "#contract/runner-api.ts";
import * as examples from "../api-description/runner-examples.ts";
import { linesFor } from "../domain/url-input.ts";
import type { LeaseAnswer, Outcome } from "../durable/job.do.ts";
import { callJob, callPool, registry } from "../durable/stubs.ts";
import { readConfig } from "../env.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import type { StoredCheckpoint } from "../storage/job-store.ts";
import { artifactKey, checkpointKey } from "../storage/object-keys.ts";
import { expectWebSocket } from "./event-place.ts";
import { signDownload, signPut } from "./file-urls.ts";
import { unwrap } from "./job-access.ts";
import { Resource } from "./operation.ts";
import { parseWith } from "./request-parsing.ts";
import { leaseNext } from "./runner-lease.ts";

export const runner = new Resource("/runner/v1", { tag: "Runners", access: "runner" });

/** A manifest of 1,000 artifacts fits; SQLite rows on Cloudflare end at 2 MB. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

const id = { id: jobIdSchema };
const leaseStatus = { 200: { description: "How the lease stands", schema: leaseStatusSchema } };
const settled = { 200: { description: "The state that the job is in now", schema: settledSchema } };
const LEASE_PROBLEMS = ["job_not_found", "lease_lost"] as const satisfies readonly ProblemCode[];

runner.post(
  "/register",
  {
    operationId: "registerRunner",
    summary: "Register a runner",
    description: "At the start, and then as a sign of life every `pollMs`.",
    body: registerRequestSchema,
    examples: { one: examples.REGISTER },
    answers: { 200: { description: "Heard", schema: registerResponseSchema } },
    problems: ["upgrade_required"],
  },
  async (c, { body }) => {
    if (body.apiVersion < RUNNER_API_MIN_VERSION) {
      throw new AppError(
        "upgrade_required",
        `This runner speaks version ${body.apiVersion} of the runner API, ${RUNNER_API_MIN_VERSION} is the oldest that works. Update the runner.`,
        { headers: { Upgrade: `kiln-runner/${RUNNER_API_VERSION}` } },
      );
    }
    const { runnerId: id, name, pool, jobTypes, slots, ready } = body;
    // itty-durable carries arguments in a header, which takes ASCII only.
    await registry(c.env).seen({
      id,
      name: name.replace(/[^\x20-\x7e]/g, "?"),
      pool,
      jobTypes,
      slots,
      ready,
      seenAt: Date.now(),
    });
    const { heartbeatMs } = readConfig(c.env);
    return c.json({ heartbeatMs, pollMs: RUNNER_POLL_MS, apiVersion: RUNNER_API_VERSION });
  },
);

runner.post(
  "/lease",
  {
    operationId: "leaseJob",
    summary: "Lease a job",
    description: "Never blocks. The same `requestId` again gets the same lease while it lives.",
    body: leaseRequestSchema,
    examples: { one: examples.LEASE_REQUEST },
    answers: {
      200: { description: "A lease", schema: leaseSchema },
      204: { description: "There is nothing for this runner" },
    },
  },
  async (c, { body }) => {
    const lease = await leaseNext(c, body);
    return lease ? c.json(lease) : c.body(null, 204);
  },
);

runner.get(
  "/pools/{pool}/doorbell",
  {
    operationId: "listenForWork",
    summary: "Listen for work",
    description: "A WebSocket. What it says is a hint: the runner leases and extends as ever.",
    params: { pool: poolNameSchema },
    query: z.object({ runnerId: runnerIdSchema }).strict(),
    answers: { 101: { description: "The WebSocket" } },
  },
  async (c, { query: { runnerId } }) => {
    const pool = parseWith(poolNameSchema, c.req.param("pool"), "pool");
    expectWebSocket(c);
    return c.env.POOLS.get(c.env.POOLS.idFromName(pool)).fetch(`https://pool/doorbell?runnerId=${runnerId}`, {
      headers: { Upgrade: "websocket" },
    });
  },
);

runner.post(
  "/jobs/{id}/extend",
  {
    operationId: "extendLease",
    summary: "Extend a lease",
    description: "The heartbeat.",
    params: id,
    body: extendRequestSchema,
    examples: { one: examples.EXTEND },
    answers: leaseStatus,
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.extend(body.leaseId))));
  },
);

runner.post(
  "/jobs/{id}/progress",
  {
    operationId: "reportProgress",
    summary: "Report progress",
    description: "At most one a second. Extends the lease as well.",
    params: id,
    body: progressRequestSchema,
    examples: { one: examples.PROGRESS },
    answers: leaseStatus,
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId, progress } = body;
    return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.progress(leaseId, progress))));
  },
);

runner.post(
  "/jobs/{id}/logs",
  {
    operationId: "addLogLines",
    summary: "Add lines to a job's log",
    description: "`batch` is 1, 2, 3 … within the lease: a repeated call adds nothing twice.",
    params: id,
    body: logsRequestSchema,
    examples: { one: examples.LOGS },
    maxBodyBytes: MAX_MANIFEST_BYTES,
    answers: leaseStatus,
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId, batch, lines } = body;
    return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.log(leaseId, batch, lines))));
  },
);

runner.post(
  "/jobs/{id}/artifacts",
  {
    operationId: "announceArtifact",
    summary: "Ask where an artifact goes",
    description: "`PUT` it to the URL of the answer. It is seen once a manifest names it.",
    params: id,
    body: artifactRequestSchema,
    examples: { one: examples.ARTIFACT },
    answers: { 200: { description: "Where to put it", schema: artifactTargetSchema } },
    problems: [...LEASE_PROBLEMS, "artifact_missing"],
  },
  async (c, { body }) => {
    const { leaseId, ...artifact } = body;
    const id = jobId(c);
    unwrap(await callJob(c.env, id, (stub) => stub.noteArtifact(leaseId, artifact)));
    const url = await signPut(c, artifactKey(id, leaseId, artifact.name), artifact.bytes, {
      sha256: artifact.sha256,
      type: artifact.contentType,
    });
    return c.json({ url });
  },
);

runner.post(
  "/jobs/{id}/checkpoints",
  {
    operationId: "announceCheckpoint",
    summary: "Ask where a checkpoint goes",
    description: "`PUT` it to the URL of the answer. It is kept for the job's next attempt.",
    params: id,
    body: checkpointRequestSchema,
    examples: { one: examples.CHECKPOINT },
    answers: { 200: { description: "Where to put it", schema: checkpointTargetSchema } },
    problems: [...LEASE_PROBLEMS, "checkpoint_limit"],
  },
  async (c, { body }) => {
    const { leaseId, name, bytes, sha256 } = body;
    const id = jobId(c);
    unwrap(await callJob(c.env, id, (stub) => stub.mayKeep(leaseId, name)));
    return c.json({ url: await signPut(c, checkpointKey(id, sha256), bytes, { name, lease: leaseId }) });
  },
);

runner.post(
  "/jobs/{id}/checkpoints/list",
  {
    operationId: "listCheckpoints",
    summary: "List checkpoints",
    description: "The job's own, and those of the jobs it is a version of.",
    params: id,
    body: checkpointListRequestSchema,
    examples: { one: examples.EXTEND },
    answers: { 200: { description: "All that are there", schema: checkpointListSchema } },
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId } = body;
    const id = jobId(c);
    const { own, ancestors } = unwrap(await callJob(c.env, id, (stub) => stub.checkpoints(leaseId)));
    const kept = [own, ...(await Promise.all(ancestors.map((from) => keptBy(c, from))))];
    const checkpoints = new Map<string, Checkpoint>();
    for (const [index, from] of [id, ...ancestors].entries()) {
      for (const checkpoint of kept[index] ?? []) {
        if (checkpoints.has(checkpoint.name)) continue;
        const url = await signDownload(c, checkpointKey(from, checkpoint.sha256));
        checkpoints.set(checkpoint.name, { ...checkpoint, url });
      }
    }
    return c.json({ checkpoints: [...checkpoints.values()] });
  },
);

runner.post(
  "/jobs/{id}/inputs",
  {
    operationId: "noteInput",
    summary: "Tell what was found at an input's URL",
    params: id,
    body: fetchedInputRequestSchema,
    examples: { one: examples.FETCHED },
    answers: leaseStatus,
    problems: [...LEASE_PROBLEMS, "input_changed"],
  },
  async (c, { body }) => {
    const { leaseId, ...fetched } = body;
    return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.noteFetched(leaseId, fetched))));
  },
);

runner.post(
  "/jobs/{id}/parts",
  {
    operationId: "announceParts",
    summary: "Announce the parts of a stage",
    description: "Other runners may be asked to make some of them.",
    params: id,
    body: partsRequestSchema,
    examples: { one: examples.PARTS },
    answers: leaseStatus,
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId, ...parts } = body;
    return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.announceParts(leaseId, parts))));
  },
);

runner.post(
  "/jobs/{id}/parts/claim",
  {
    operationId: "claimParts",
    summary: "Claim parts of a stage",
    description: "For a runner that assists.",
    params: id,
    body: claimRequestSchema,
    examples: { one: examples.CLAIM },
    answers: { 200: { description: "The parts to make", schema: claimedSchema } },
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId, count, pool, jobTypes, fetchesUrls = false } = body;
    // Nobody's job waits for help with another one.
    const isNeeded = await callPool(c.env, pool, (stub) => stub.hasWork(linesFor(jobTypes, fetchesUrls)));
    const wanted = isNeeded ? 0 : count;
    return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.claimParts(leaseId, wanted))));
  },
);

runner.post(
  "/jobs/{id}/complete",
  {
    operationId: "completeJob",
    summary: "Complete a job",
    description: "Commits the manifest. Twice is no error.",
    params: id,
    body: completeRequestSchema,
    examples: { one: examples.COMPLETE },
    maxBodyBytes: MAX_MANIFEST_BYTES,
    answers: settled,
    problems: [...LEASE_PROBLEMS, "artifact_missing"],
  },
  async (c, { body }) => {
    const { leaseId, manifest } = body;
    return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.complete(leaseId, manifest))));
  },
);

runner.post(
  "/jobs/{id}/fail",
  {
    operationId: "failAttempt",
    summary: "Fail an attempt",
    description: "The job is tried again if `retryable`, and if it has attempts left.",
    params: id,
    body: failRequestSchema,
    examples: { one: examples.FAIL },
    answers: settled,
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId, ...failure } = body;
    return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.fail(leaseId, failure))));
  },
);

runner.post(
  "/jobs/{id}/release",
  {
    operationId: "releaseJob",
    summary: "Give a job back",
    description: "`shutdown` does not count the attempt; `canceled` confirms a cancel.",
    params: id,
    body: releaseRequestSchema,
    examples: { one: examples.RELEASE },
    answers: settled,
    problems: LEASE_PROBLEMS,
  },
  async (c, { body }) => {
    const { leaseId, reason } = body;
    return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.release(leaseId, reason))));
  },
);

/** What an earlier version of the job keeps. They only save time: one that can't be asked has nothing. */
async function keptBy(c: Context<AppContext>, ancestor: string): Promise<StoredCheckpoint[]> {
  try {
    return await callJob(c.env, ancestor, (stub) => stub.keptForVersions());
  } catch (error) {
    console.error("an earlier version's checkpoints are not known", { jobId: ancestor, error: String(error) });
    return [];
  }
}

function jobId(c: Context<AppContext>): string {
  return parseWith(jobIdSchema, c.req.param("id"), "jobId");
}

function toStatus(outcome: Outcome<LeaseAnswer>): LeaseStatus {
  return unwrap(outcome);
}
