/** Leasing: the pool offers, the job's own object grants. An offer the job refuses is struck off and the next one asked. */
import type { Context } from "hono";
import { HEARTBEAT_MS, LEASE_TTL_MS } from "#contract/limits.ts";
import type { Lease, LeaseRequest } from "#contract/runner-api.ts";
import { toHex } from "../domain/identifiers.ts";
import type { JobRecord, RecordInput } from "../domain/job-record.ts";
import { callJob, callPool } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";
import { artifactKey, uploadKey } from "../storage/object-keys.ts";
import { signDownload } from "./file-urls.ts";

/** Stale offers that are struck off in one call; more than that and the runner simply asks again. */
const MAX_OFFERS = 20;

/** The next job for this runner, leased to it, or null. */
export async function leaseNext(c: Context<AppContext>, request: LeaseRequest): Promise<Lease | null> {
  for (let i = 0; i < MAX_OFFERS; i++) {
    const leaseId = toHex(crypto.getRandomValues(new Uint8Array(16)));
    const offer = await callPool(c.env, request.pool, (pool) => pool.offer(request.jobTypes, leaseId));
    if (!offer) return null;
    const { jobId, queuedAt } = offer;
    const granted = await callJob(c.env, jobId, (job) => job.grant({ leaseId, runnerId: request.runnerId, queuedAt }));
    // A job that is not due yet stays in line; the pool has laid it asleep for a while.
    if (!granted.ok && granted.reason === "not_due") continue;
    // The job itself tells the pool that it is at work.
    if (granted.ok) return toLease(c, granted.value, leaseId);
    await callPool(c.env, request.pool, (pool) => pool.remove(offer));
  }
  return null;
}

async function toLease(c: Context<AppContext>, record: JobRecord, leaseId: string): Promise<Lease> {
  const inputs = await Promise.all(
    record.inputs.map(async (input) => {
      const { filename, bytes, contentType, role } = input;
      return { url: await signDownload(c, inputKey(input)), filename, bytes, contentType, role };
    }),
  );
  return {
    jobId: record.id,
    attempt: record.attempt,
    leaseId,
    ttlMs: LEASE_TTL_MS,
    heartbeatMs: HEARTBEAT_MS,
    type: record.type,
    typeVersion: record.typeVersion,
    params: record.params,
    executionTimeoutS: record.executionTimeoutS,
    inputs,
  };
}

/** Where an input's bytes lie. A job is not queued before all are known. */
function inputKey({ upload, files, artifact }: RecordInput): string {
  if (upload !== null) return uploadKey(upload);
  if (files && artifact !== null) return artifactKey(files.jobId, files.leaseId, artifact);
  throw new Error("a job was leased before its inputs were there");
}
