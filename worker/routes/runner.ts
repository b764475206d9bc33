/** `/runner/v1`: the calls of contract/runner-api.ts. Runner keys only, no CORS. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { jobIdSchema } from "#contract/job.ts";
import { RUNNER_API_MIN_VERSION, RUNNER_API_VERSION, RUNNER_POLL_MS } from "#contract/limits.ts";
import {
  artifactRequestSchema,
  type Checkpoint,
  checkpointListRequestSchema,
  checkpointRequestSchema,
  claimRequestSchema,
  completeRequestSchema,
  extendRequestSchema,
  failRequestSchema,
  type LeaseStatus,
  leaseRequestSchema,
  logsRequestSchema,
  partsRequestSchema,
  poolNameSchema,
  progressRequestSchema,
  registerRequestSchema,
  releaseRequestSchema,
  runnerIdSchema,
} from "#contract/runner-api.ts";
import type { LeaseAnswer, Outcome } from "../durable/job.do.ts";
import { callJob, callPool, registry } from "../durable/stubs.ts";
import { readConfig } from "../env.ts";
import { AppError } from "../errors.ts";
import { runnerAuthentication } from "../middleware/authentication.ts";
import type { AppContext } from "../middleware/context.ts";
import type { StoredCheckpoint } from "../storage/job-store.ts";
import { artifactKey, checkpointKey } from "../storage/object-keys.ts";
import { signDownload, signPut } from "./file-urls.ts";
import { unwrap } from "./job-access.ts";
import { parseWith, readJson, readQuery } from "./request-parsing.ts";
import { leaseNext } from "./runner-lease.ts";

export const runner = new Hono<AppContext>();

/** A manifest of 1,000 artifacts fits; SQLite rows on Cloudflare end at 2 MB. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

runner.use(runnerAuthentication);

runner.post("/register", async (c) => {
  const request = await readJson(c, registerRequestSchema);
  if (request.apiVersion < RUNNER_API_MIN_VERSION) {
    throw new AppError(
      "upgrade_required",
      `This runner speaks version ${request.apiVersion} of the runner API, ${RUNNER_API_MIN_VERSION} is the oldest that works. Update the runner.`,
      {
        headers: { Upgrade: `kiln-runner/${RUNNER_API_VERSION}` },
      },
    );
  }
  const { runnerId: id, name, pool, jobTypes, slots, ready } = request;
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
});

runner.post("/lease", async (c) => {
  const lease = await leaseNext(c, await readJson(c, leaseRequestSchema));
  return lease ? c.json(lease) : c.body(null, 204);
});

runner.get("/pools/:pool/doorbell", async (c) => {
  const pool = parseWith(poolNameSchema, c.req.param("pool"), "pool");
  const { runnerId } = readQuery(c, z.object({ runnerId: runnerIdSchema }).strict());
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket")
    throw new AppError("invalid_request", "The doorbell is a WebSocket.");
  return c.env.POOLS.get(c.env.POOLS.idFromName(pool)).fetch(`https://pool/doorbell?runnerId=${runnerId}`, {
    headers: { Upgrade: "websocket" },
  });
});

runner.post("/jobs/:id/extend", async (c) => {
  const { leaseId } = await readJson(c, extendRequestSchema);
  return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.extend(leaseId))));
});

runner.post("/jobs/:id/progress", async (c) => {
  const { leaseId, progress } = await readJson(c, progressRequestSchema);
  return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.progress(leaseId, progress))));
});

runner.post("/jobs/:id/logs", async (c) => {
  const { leaseId, batch, lines } = await readJson(c, logsRequestSchema, MAX_MANIFEST_BYTES);
  return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.log(leaseId, batch, lines))));
});

runner.post("/jobs/:id/artifacts", async (c) => {
  const { leaseId, ...artifact } = await readJson(c, artifactRequestSchema);
  const id = jobId(c);
  unwrap(await callJob(c.env, id, (stub) => stub.noteArtifact(leaseId, artifact)));
  const url = await signPut(c as never, artifactKey(id, leaseId, artifact.name), artifact.bytes, {
    sha256: artifact.sha256,
    type: artifact.contentType,
  });
  return c.json({ url });
});

runner.post("/jobs/:id/checkpoints", async (c) => {
  const { leaseId, name, bytes, sha256 } = await readJson(c, checkpointRequestSchema);
  const id = jobId(c);
  unwrap(await callJob(c.env, id, (stub) => stub.mayKeep(leaseId, name)));
  return c.json({ url: await signPut(c as never, checkpointKey(id, sha256), bytes, { name, lease: leaseId }) });
});

runner.post("/jobs/:id/checkpoints/list", async (c) => {
  const { leaseId } = await readJson(c, checkpointListRequestSchema);
  const id = jobId(c);
  const { own, ancestors } = unwrap(await callJob(c.env, id, (stub) => stub.checkpoints(leaseId)));
  const kept = [own, ...(await Promise.all(ancestors.map((from) => keptBy(c, from))))];
  const checkpoints = new Map<string, Checkpoint>();
  for (const [index, from] of [id, ...ancestors].entries()) {
    for (const checkpoint of kept[index] ?? []) {
      if (checkpoints.has(checkpoint.name)) continue;
      const url = await signDownload(c as never, checkpointKey(from, checkpoint.sha256));
      checkpoints.set(checkpoint.name, { ...checkpoint, url });
    }
  }
  return c.json({ checkpoints: [...checkpoints.values()] });
});

runner.post("/jobs/:id/parts", async (c) => {
  const { leaseId, ...parts } = await readJson(c, partsRequestSchema);
  return c.json(toStatus(await callJob(c.env, jobId(c), (stub) => stub.announceParts(leaseId, parts))));
});

runner.post("/jobs/:id/parts/claim", async (c) => {
  const { leaseId, count, pool, jobTypes } = await readJson(c, claimRequestSchema);
  // Nobody's job waits for help with another one.
  const isNeeded = await callPool(c.env, pool, (stub) => stub.hasWork(jobTypes));
  const wanted = isNeeded ? 0 : count;
  return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.claimParts(leaseId, wanted))));
});

runner.post("/jobs/:id/complete", async (c) => {
  const { leaseId, manifest } = await readJson(c, completeRequestSchema, MAX_MANIFEST_BYTES);
  return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.complete(leaseId, manifest))));
});

runner.post("/jobs/:id/fail", async (c) => {
  const { leaseId, ...failure } = await readJson(c, failRequestSchema);
  return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.fail(leaseId, failure))));
});

runner.post("/jobs/:id/release", async (c) => {
  const { leaseId, reason } = await readJson(c, releaseRequestSchema);
  return c.json(unwrap(await callJob(c.env, jobId(c), (stub) => stub.release(leaseId, reason))));
});

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
