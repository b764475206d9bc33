/**
 * Leasing: the pool offers, the job's own object grants. An offer the job refuses is struck off and the next one asked. When
 * no job is ready, one that is at work and can use help is offered the same way.
 */
import type { Context } from "hono";
import type { Lease, LeaseRequest } from "#contract/runner-api.ts";
import { toHex } from "../domain/identifiers.ts";
import type { JobRecord, RecordInput } from "../domain/job-record.ts";
import { linesFor } from "../domain/url-input.ts";
import type { AssistGrant } from "../durable/job-fan-out.ts";
import { callJob, callPool } from "../durable/stubs.ts";
import { readConfig } from "../env.ts";
import type { AppContext } from "../middleware/context.ts";
import { artifactKey, uploadKey } from "../storage/object-keys.ts";
import { signDownload } from "./file-urls.ts";

/** Stale offers that are struck off in one call; more than that and the runner simply asks again. */
const MAX_OFFERS = 20;
/** Jobs that are asked whether they can use a runner's help, in one call. */
const MAX_HELP_OFFERS = 4;
/** Runners know what to do with such a lease since this version of the API. */
const ASSISTS_SINCE_VERSION = 2;

/** The next job for this runner, leased to it, or null. The same request again gets the same lease while it lives. */
export async function leaseNext(c: Context<AppContext>, request: LeaseRequest): Promise<Lease | null> {
  const { runnerId, pool, apiVersion = 1, fetchesUrls = false } = request;
  const lines = linesFor(request.jobTypes, fetchesUrls);
  const { leaseTtlMs: ttlMs } = readConfig(c.env);
  const requestId = request.requestId ?? toHex(crypto.getRandomValues(new Uint8Array(16)));
  const callId = await shortHash(runnerId, requestId);
  const refusedHelp: string[] = [];
  for (let i = 0; i < MAX_OFFERS; i++) {
    const mayHelp = apiVersion >= ASSISTS_SINCE_VERSION && refusedHelp.length < MAX_HELP_OFFERS;
    const offer = await callPool(c.env, pool, (stub) =>
      stub.offer(lines, callId, runnerId, mayHelp ? refusedHelp : null),
    );
    if (!offer) return null;
    const { jobId, queuedAt } = offer;
    if (offer.help) {
      const leaseId = await shortHash(runnerId, requestId, jobId, "assist");
      const granted = await callJob(c.env, jobId, (job) => job.assist({ leaseId, runnerId, ttlMs }));
      if (granted.ok) return toAssistLease(c, granted.value, leaseId);
      const isOver = granted.reason !== "no_parts";
      await callPool(c.env, pool, (stub) => stub.helpRefused(callId, jobId, isOver));
      refusedHelp.push(jobId);
      continue;
    }
    // It names the turn, and a turn makes one lease: whatever runners send, no lease id comes twice.
    const leaseId = await shortHash(runnerId, requestId, jobId, String(queuedAt));
    const granted = await callJob(c.env, jobId, (job) => job.grant({ leaseId, runnerId, queuedAt, ttlMs }));
    // The job itself tells the pool that it is at work.
    if (granted.ok) return toLease(c, granted.value, leaseId);
    // A job that is not due yet stays in line; the pool has laid it asleep for a while.
    await callPool(c.env, pool, (stub) => stub.refused(callId, offer, granted.reason === "not_due"));
  }
  return null;
}

async function toAssistLease(
  c: Context<AppContext>,
  { record, ...assist }: AssistGrant,
  leaseId: string,
): Promise<Lease> {
  return { ...(await toLease(c, record, leaseId)), assist };
}

/** 128 bits of SHA-256 over the parts, in hex. None of them holds a slash. */
async function shortHash(...parts: string[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("/")));
  return toHex(new Uint8Array(digest, 0, 16));
}

async function toLease(c: Context<AppContext>, record: JobRecord, leaseId: string): Promise<Lease> {
  const { leaseTtlMs, heartbeatMs } = readConfig(c.env);
  const inputs = await Promise.all(
    record.inputs.map(async (input) => {
      const { filename, bytes, contentType, role, url, sha256 = null } = input;
      const file = { filename, bytes, contentType, role };
      if (url !== undefined) return { url, ...file, fetch: { sha256 } };
      return { url: await signDownload(c, inputKey(input)), ...file };
    }),
  );
  return {
    jobId: record.id,
    attempt: record.attempt,
    leaseId,
    ttlMs: leaseTtlMs,
    heartbeatMs,
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
