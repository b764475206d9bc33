/**
 * Every change of a job that a user or the clock causes. What a runner causes is in job-lease.ts.
 * The picture of the states is in the top README.
 */

import { type AttemptRecord, FINAL_STATES, type JobError, type JobState, type Policy } from "#contract/job.ts";
import {
  CANCELING_TTL_MS,
  DEFAULT_JOB_TTL_S,
  DEPENDENCY_CONFIRM_MS,
  MAX_ATTEMPTS,
  MAX_LEASES_LOST,
  POOL_CONFIRM_MS,
  RECORD_RETENTION_DAYS,
  RETENTION_S,
} from "#contract/limits.ts";
import type { Manifest } from "#contract/manifest.ts";
import { checkSharers, forgetJob, isSharersCheckDue, keptUntil, purgeJob, recordEndsAt } from "./job-keeping.ts";
import {
  askedByNews,
  type Change,
  changed,
  type FilesOfJob,
  isAwaited,
  type JobEnd,
  type JobRecord,
  type LeaseRecord,
  type NewEvent,
  type RecordInput,
  statusEvent,
} from "./job-record.ts";
import { mayHaveWebhooks } from "./ownership.ts";
import { retryDelayMs } from "./retry-backoff.ts";

const DAY_MS = 24 * 3600_000;

/** What a new job is made of; params are already checked against the type. */
export interface JobRequest {
  readonly id: string;
  readonly owner: string;
  /** What of the type's definition matters here. */
  readonly type: { readonly name: string; readonly version: number; readonly pool: string; readonly timeoutS: number };
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly RecordInput[];
  readonly policy: Policy;
  /** Absent for a job that is no version of another one. */
  readonly ancestors?: readonly string[];
  /** The first of its versions. */
  readonly asset?: string;
  readonly batch?: string;
  /** Its key there. */
  readonly key?: string;
  /** The preset that `params` come from, in part. */
  readonly preset?: string;
  /** Hash of the request that made it, for a job under its client's id. */
  readonly clientRequest?: string;
  /** A job of a batch that is over before anyone could begin it. */
  readonly ended?: { readonly state: "failed" | "canceled"; readonly error: JobError | null };
}

const NOTHING_PENDING = {
  pool: null,
  cleanup: false,
  ringCancel: false,
  project: false,
  releaseInputs: false,
} as const;

/** A result that an equal job has published, and lets this one share. */
export interface SharedResult {
  readonly files: FilesOfJob;
  readonly manifest: Manifest;
}

/** A new job: queued, waiting for the jobs whose files are its inputs, or over when the result is there already. */
export function createJob(
  request: JobRequest,
  now: number,
  result: SharedResult | null = null,
): { record: JobRecord; events: readonly NewEvent[] } {
  const created = queueNewJob(request, now);
  if (request.ended) return finish(created.record, request.ended.state, request.ended.error, now, created.events);
  return result ? takeResult(created.record, result, now) : created;
}

/** The result of an equal job becomes this one's, which no pool knows. No runner hears of it. */
export function takeResult(record: JobRecord, { files, manifest }: SharedResult, now: number): Change & { ok: true } {
  const ended = finish(
    { ...record, manifest, sharedFrom: files },
    "succeeded",
    null,
    now,
    artifactEvents(manifest, now),
  );
  // It was in no line and wrote no files.
  const pending = { ...ended.record.pending, pool: null, cleanup: false };
  return { ...ended, record: { ...ended.record, pending } };
}

/** The events that tell of a manifest's files. */
export function artifactEvents({ artifacts }: Manifest, now: number): NewEvent[] {
  return artifacts.map(({ name, bytes, contentType }) => ({
    at: now,
    kind: "artifact",
    data: { name, bytes, contentType },
  }));
}

function queueNewJob(request: JobRequest, now: number): { record: JobRecord; events: readonly NewEvent[] } {
  const { type, policy } = request;
  const isWaiting = request.inputs.some(isAwaited);
  const record: JobRecord = {
    id: request.id,
    owner: request.owner,
    type: type.name,
    typeVersion: type.version,
    pool: type.pool,
    params: request.params,
    inputs: request.inputs,
    ...(request.ancestors ? { ancestors: request.ancestors } : {}),
    ...(request.batch === undefined ? {} : { batch: request.batch }),
    ...(request.key === undefined ? {} : { key: request.key }),
    ...(policy.cache === false ? { cache: false } : {}),
    ...(request.preset === undefined ? {} : { preset: request.preset }),
    ...(request.clientRequest === undefined ? {} : { clientRequest: request.clientRequest }),
    ...(request.asset ? { asset: request.asset } : {}),
    executionTimeoutS: policy.executionTimeoutS ?? type.timeoutS,
    maxAttempts: policy.maxAttempts ?? MAX_ATTEMPTS,
    priority: policy.priority ?? 5,
    ttlS: policy.ttlS ?? DEFAULT_JOB_TTL_S,
    ...(policy.retentionS === undefined ? {} : { retentionS: policy.retentionS }),
    state: isWaiting ? "waiting" : "queued",
    attempt: 0,
    budgetFrom: 0,
    leasesLost: 0,
    lease: null,
    settledBy: null,
    publishedLeaseId: null,
    progress: null,
    error: null,
    attempts: [],
    manifest: null,
    seq: 0,
    createdAt: now,
    queuedAt: now,
    notBefore: policy.notBefore !== undefined && policy.notBefore > now ? policy.notBefore : null,
    startedAt: null,
    cancelRequestedAt: null,
    finishedAt: null,
    expiresAt: null,
    purgedAt: null,
    confirmAt: isWaiting ? now + DEPENDENCY_CONFIRM_MS : null,
    pending: {
      ...NOTHING_PENDING,
      ...askedByNews(request),
      ...(isWaiting ? { askDependencies: true } : { pool: "enqueue" }),
    },
  };
  return { record, events: [statusEvent(record, now)] };
}

/** When a job that nobody has started expires. The time it was not to be started does not count. */
export function startDeadline({ queuedAt, notBefore, ttlS }: JobRecord): number {
  return Math.max(queuedAt, notBefore ?? 0) + ttlS * 1000;
}

/** Whether the job has ended. */
export function isFinal(record: JobRecord): boolean {
  return FINAL_STATES.has(record.state);
}

/** Ends the job in `state`. Files that no manifest names are to be deleted; retention starts now. */
export function finish(
  record: JobRecord,
  state: JobState,
  error: JobError | null,
  now: number,
  more: readonly NewEvent[] = [],
): Change & { ok: true } {
  const end: JobEnd = { queuedAt: record.queuedAt, state, error, at: now };
  return changed(
    {
      ...record,
      state,
      error,
      lease: null,
      notBefore: null,
      finishedAt: now,
      expiresAt: now + (record.retentionS ?? RETENTION_S) * 1000,
      confirmAt: null,
      pending: {
        ...record.pending,
        pool: "remove",
        cleanup: true,
        ringCancel: false,
        ...((record.holders?.length ?? 0) > 0 ? { tellHolders: true } : {}),
        ...(mayHaveWebhooks(record.owner) ? { notify: [...(record.pending.notify ?? []), end] } : {}),
      },
    },
    now,
    more,
  );
}

/** Puts the job into its pool, not before `notBefore`; while inputs are still to come it waits for them instead. */
export function requeue(record: JobRecord, notBefore: number | null, now: number): Change & { ok: true } {
  if (record.inputs.some(isAwaited)) return awaitInputs({ ...record, notBefore }, now);
  return changed(
    {
      ...record,
      state: "queued",
      lease: null,
      progress: null,
      // Names this turn, so it is never the same twice.
      queuedAt: Math.max(now, record.queuedAt + 1),
      notBefore,
      confirmAt: null,
      pending: { ...record.pending, pool: "enqueue", cleanup: true },
    },
    now,
  );
}

function awaitInputs(record: JobRecord, now: number): Change & { ok: true } {
  const pending = { ...record.pending, askDependencies: true };
  return changed({ ...record, state: "waiting", confirmAt: now + DEPENDENCY_CONFIRM_MS, pending }, now);
}

/** A job that this one may wait for has ended, or it is time to make sure: all that it waits for are asked. */
export function askDependencies(record: JobRecord, now: number): Change & { ok: true } {
  if (record.state !== "waiting") return { ok: true, record, events: [] };
  const pending = { ...record.pending, askDependencies: true };
  return { ok: true, record: { ...record, confirmAt: now + DEPENDENCY_CONFIRM_MS, pending }, events: [] };
}

/** The record with one more ended attempt in its history. */
export function withAttempt(
  record: JobRecord,
  lease: LeaseRecord,
  outcome: AttemptRecord["outcome"],
  error: JobError | null,
  now: number,
): JobRecord {
  const entry: AttemptRecord = {
    attempt: lease.attempt,
    runnerId: lease.runnerId,
    startedAt: lease.grantedAt,
    endedAt: now,
    outcome,
    error,
  };
  // A bounded history: releases are not limited by maxAttempts, and a SQLite row is.
  return { ...record, attempts: [...record.attempts, entry].slice(-50) };
}

/** Another attempt after a failure, or a dead letter when the budget is used up. */
export function retryOrFail(
  record: JobRecord,
  error: JobError,
  now: number,
  random: number,
  retryBaseMs?: number,
): Change & { ok: true } {
  const used = record.attempt - record.budgetFrom;
  if (used >= record.maxAttempts || record.leasesLost >= MAX_LEASES_LOST) return finish(record, "failed", error, now);
  return requeue({ ...record, error }, now + retryDelayMs(used, random, retryBaseMs), now);
}

/**
 * The user cancels. A finished job stays as it is (a 200 no-op); a running one is `canceling` until its runner
 * confirms, or until the clock closes it.
 */
export function cancelJob(record: JobRecord, now: number): Change & { ok: true } {
  if (isFinal(record) || record.state === "canceling") return { ok: true, record, events: [] };
  const asked = { ...record, cancelRequestedAt: now };
  if (record.state !== "running") return finish(asked, "canceled", null, now);
  return changed({ ...asked, state: "canceling", pending: { ...record.pending, ringCancel: true } }, now);
}

/** Cancels a job that no runner has; refused otherwise. Again is a no-op. */
export function cancelQueuedJob(record: JobRecord, now: number): Change {
  if (record.state === "canceled") return { ok: true, record, events: [] };
  return record.state === "queued" ? cancelJob(record, now) : { ok: false, reason: "not_queued" };
}

/**
 * The user wants a job that did not succeed tried again, with a fresh budget. One that nobody has started yet stays as it
 * is: it may be the same call once more.
 */
export function retryJob(record: JobRecord, now: number): Change {
  const untouched = record.state === "waiting" || (record.state === "queued" && record.startedAt === null);
  if (untouched) return { ok: true, record, events: [] };
  if (record.purgedAt !== null || record.pending.releaseInputs) return { ok: false, reason: "purged" };
  if (record.state !== "failed" && record.state !== "canceled" && record.state !== "expired") {
    return { ok: false, reason: "not_retryable" };
  }
  const fresh: JobRecord = {
    ...record,
    budgetFrom: record.attempt,
    leasesLost: 0,
    error: null,
    settledBy: null,
    startedAt: null,
    cancelRequestedAt: null,
    finishedAt: null,
    expiresAt: null,
  };
  return requeue(fresh, null, now);
}

/** What an operator may set of it. */
export interface ClockSettings {
  /** Milliseconds that the first retry waits. */
  readonly retryBaseMs?: number;
  /** For so long after its end the job is known. */
  readonly recordKeptMs?: number;
}

/**
 * What the clock causes: a lost lease, a cancel nobody confirmed, a job nobody started, retention.
 * Returns the record unchanged and no events when nothing is due.
 */
export function tick(
  record: JobRecord,
  now: number,
  random: number,
  { retryBaseMs, recordKeptMs = RECORD_RETENTION_DAYS * DAY_MS }: ClockSettings = {},
): Change & { ok: true } {
  const { lease } = record;
  if (record.state === "canceling" && lease) {
    const deadline = Math.min((record.cancelRequestedAt ?? now) + CANCELING_TTL_MS, lease.expiresAt);
    if (now >= deadline) return finish(withAttempt(record, lease, "canceled", null, now), "canceled", null, now);
  }
  if (record.state === "running" && lease && now >= lease.expiresAt) {
    const error: JobError = {
      code: "runner_lost",
      message:
        "The runner stopped answering while it worked on this job. Try it again; if it happens again, the input may need more memory than the runner has.",
    };
    const lost = withAttempt(record, lease, "lease_lost", error, now);
    return retryOrFail({ ...lost, leasesLost: lost.leasesLost + 1 }, error, now, random, retryBaseMs);
  }
  if (record.state === "queued" && record.startedAt === null && now >= startDeadline(record)) {
    const error: JobError = {
      code: "timeout",
      message: `No runner was free to start this job within ${record.ttlS} seconds. Try again later, or start another runner.`,
    };
    return finish(record, "expired", error, now);
  }
  if (now >= (keptUntil(record) ?? Number.POSITIVE_INFINITY)) {
    return purgeJob(record, now) as Change & { ok: true };
  }
  if (now >= (recordEndsAt(record, recordKeptMs) ?? Number.POSITIVE_INFINITY)) return forgetJob(record);
  if (isSharersCheckDue(record, now)) return checkSharers(record, now);
  if (isPlaceDue(record, now)) {
    if (record.state === "waiting") return askDependencies(record, now);
    const pool = record.state === "queued" ? "enqueue" : "take";
    return { ok: true, record: { ...record, confirmAt: null, pending: { ...record.pending, pool } }, events: [] };
  }
  return { ok: true, record, events: [] };
}

/** The record once the pool has been told where the job is. It is told again later, while the job is not over. */
export function placeConfirmed(record: JobRecord, now: number): JobRecord {
  const pending = { ...record.pending, pool: null };
  return { ...record, pending, confirmAt: isFinal(record) ? null : now + POOL_CONFIRM_MS };
}

function isPlaceDue(record: JobRecord, now: number): boolean {
  return (record.confirmAt ?? null) !== null && now >= (record.confirmAt as number);
}
