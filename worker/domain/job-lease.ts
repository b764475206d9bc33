/**
 * Every change of a job that a runner causes. Each but the grant is fenced: it is refused with `lease_lost` unless
 * `leaseId` is the lease the job has now. A lease past its time that nobody has taken away yet may still be extended:
 * it is still the only one, so at most one runner can ever finish the job.
 */

import type { AttemptRecord, JobError, Progress } from "#contract/job.ts";
import { LEASE_TTL_MS, MAX_LOG_LINE_BYTES } from "#contract/limits.ts";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import { artifactEvents, finish, requeue, retryOrFail, withAttempt } from "./job-lifecycle.ts";
import { type Change, changed, type JobRecord, type LeaseRecord, type NewEvent } from "./job-record.ts";

/** What the pool's offer and the runner's request make together. */
export interface Grant {
  readonly leaseId: string;
  readonly runnerId: string;
  /** The turn that was offered: the job's `queuedAt` then. */
  readonly queuedAt: number;
  /** How long the lease lives without a heartbeat; `LEASE_TTL_MS` unless the Worker is set otherwise. */
  readonly ttlMs?: number;
}

/**
 * Gives the job to a runner. Refused unless it is queued, due, and still in the turn that was offered: each turn makes one
 * lease, so that a call that arrives late or twice can't bring an old lease back. The call that made the present lease is
 * answered again as before, and counts as a heartbeat.
 */
export function grantLease(record: JobRecord, grant: Grant, now: number): Change {
  const { leaseId, runnerId, queuedAt, ttlMs = LEASE_TTL_MS } = grant;
  if (record.queuedAt !== queuedAt) return { ok: false, reason: "not_queued" };
  if (held(record, leaseId)) return extendLease(record, leaseId, now);
  if (record.state !== "queued") return { ok: false, reason: "not_queued" };
  if (record.notBefore !== null && now < record.notBefore) return { ok: false, reason: "not_due" };
  const attempt = record.attempt + 1;
  const lease: LeaseRecord = {
    leaseId,
    runnerId,
    attempt,
    grantedAt: now,
    expiresAt: now + ttlMs,
    ttlMs,
    logBatch: 0,
    artifacts: {},
  };
  return changed(
    {
      ...record,
      state: "running",
      attempt,
      lease,
      notBefore: null,
      progress: null,
      // Why the attempt before failed stays in `attempts`.
      error: null,
      startedAt: record.startedAt ?? now,
      confirmAt: null,
      pending: { ...record.pending, pool: "take" },
    },
    now,
  );
}

/** The lease of that id, if it is the one the job has. */
function held(record: JobRecord, leaseId: string): LeaseRecord | null {
  return record.lease !== null && record.lease.leaseId === leaseId ? record.lease : null;
}

/** How long a lease lives after each sign of life. Leases granted by earlier versions do not say. */
export function leaseTtlMs({ ttlMs = LEASE_TTL_MS }: Pick<LeaseRecord, "ttlMs">): number {
  return ttlMs;
}

/** Whether this lease may still write files. */
export function holdsLease(record: JobRecord, leaseId: string): boolean {
  return held(record, leaseId) !== null;
}

/** The heartbeat. The answer's `cancel` is read from the record's state. */
export function extendLease(record: JobRecord, leaseId: string, now: number): Change {
  const lease = held(record, leaseId);
  if (!lease) return { ok: false, reason: "lease_lost" };
  return { ok: true, record: { ...record, lease: { ...lease, expiresAt: now + leaseTtlMs(lease) } }, events: [] };
}

/** Progress, and a heartbeat. */
export function reportProgress(record: JobRecord, leaseId: string, progress: Progress, now: number): Change {
  const extended = extendLease(record, leaseId, now);
  if (!extended.ok) return extended;
  // A cancelled job's last progress would only confuse who watches it.
  if (record.state === "canceling") return extended;
  const { pending, batch } = extended.record;
  const isNews = batch !== undefined && batchStep(progress) > batchStep(record.progress);
  return {
    ok: true,
    record: { ...extended.record, progress, ...(isNews ? { pending: { ...pending, tellBatch: true } } : {}) },
    events: [{ at: now, kind: "progress", data: progress }],
  };
}

/** A batch hears of its jobs' progress by quarters: each of a thousand may report every second. */
function batchStep(progress: Progress | null): number {
  return Math.floor((progress?.percent ?? 0) / 25);
}

/** Log lines, and a heartbeat. A batch that was taken before adds nothing. */
export function addLogLines(
  record: JobRecord,
  leaseId: string,
  batch: number,
  lines: readonly string[],
  now: number,
): Change {
  const extended = extendLease(record, leaseId, now);
  if (!extended.ok) return extended;
  const lease = extended.record.lease as LeaseRecord;
  if (batch <= lease.logBatch) return extended;
  const events = toLogEvents(lines, lease.attempt, now);
  return { ok: true, record: { ...extended.record, lease: { ...lease, logBatch: batch } }, events };
}

/** Log lines as events, each cut where it is too long. */
export function toLogEvents(lines: readonly string[], attempt: number, now: number): NewEvent[] {
  return lines.map((line) => ({ at: now, kind: "log", data: { line: line.slice(0, MAX_LOG_LINE_BYTES), attempt } }));
}

/** Notes an artifact the runner is about to upload. `isListed`: its name is one the job type writes. */
export function noteArtifact(
  record: JobRecord,
  leaseId: string,
  artifact: Artifact,
  isListed: boolean,
  now: number,
): Change {
  const extended = extendLease(record, leaseId, now);
  if (!extended.ok) return extended;
  if (!isListed) return { ok: false, reason: "artifact_unknown" };
  const lease = extended.record.lease as LeaseRecord;
  const artifacts = { ...lease.artifacts, [artifact.name]: artifact };
  return { ok: true, record: { ...extended.record, lease: { ...lease, artifacts } }, events: [] };
}

/** Whether every artifact the manifest names was announced under this lease with the same size and checksum. */
export function manifestMatches(lease: LeaseRecord, manifest: Manifest): boolean {
  const names = new Set(manifest.artifacts.map((artifact) => artifact.name));
  if (names.size !== manifest.artifacts.length) return false;
  return manifest.artifacts.every((artifact) => {
    const noted = lease.artifacts[artifact.name];
    return noted !== undefined && noted.bytes === artifact.bytes && noted.sha256 === artifact.sha256;
  });
}

/**
 * Commits the manifest: from here on, and not before, the files can be seen. Twice with the same lease is a no-op.
 * A cancel that came first wins.
 */
export function completeJob(record: JobRecord, leaseId: string, manifest: Manifest, now: number): Change {
  return settle(record, leaseId, now, (lease) => {
    if (!manifestMatches(lease, manifest)) return { ok: false, reason: "artifact_missing" };
    const done = settled(record, lease, "succeeded", null, now);
    const pending = { ...done.pending, cache: true };
    const published = { ...done, manifest, publishedLeaseId: leaseId, pending };
    return finish(published, "succeeded", null, now, artifactEvents(manifest, now));
  });
}

/** The attempt failed. Bad input ends the job at once, anything else is tried again while the budget lasts. */
export function failAttempt(
  record: JobRecord,
  leaseId: string,
  failure: { error: JobError; retryable: boolean },
  now: number,
  random: number,
  retryBaseMs?: number,
): Change {
  return settle(record, leaseId, now, (lease) => {
    const failed = settled(record, lease, "failed", failure.error, now);
    if (!failure.retryable) return finish(failed, "failed", failure.error, now);
    return retryOrFail(failed, failure.error, now, random, retryBaseMs);
  });
}

/** The runner gives the job back: on shutdown the attempt does not count; after a cancel it confirms it. */
export function releaseLease(
  record: JobRecord,
  leaseId: string,
  reason: "shutdown" | "canceled",
  now: number,
  random: number,
  retryBaseMs?: number,
): Change {
  return settle(record, leaseId, now, (lease) => {
    const released = settled(record, lease, "released", null, now);
    if (reason === "shutdown") return requeue({ ...released, attempt: record.attempt - 1 }, null, now);
    // Nobody cancelled: this runner is wrong. The attempt counts, so that it can't go on like this for ever.
    const error: JobError = {
      code: "runner_lost",
      message: "The runner gave the job up without a reason. Try it again.",
    };
    return retryOrFail(released, error, now, random, retryBaseMs);
  });
}

/**
 * Ends the attempt under this lease as `end` says. Repeated by the lease that did so before, it changes nothing; a
 * cancel that came first wins.
 */
function settle(record: JobRecord, leaseId: string, now: number, end: (lease: LeaseRecord) => Change): Change {
  if (record.settledBy === leaseId) return { ok: true, record, events: [] };
  const lease = held(record, leaseId);
  if (!lease) return { ok: false, reason: "lease_lost" };
  if (record.state !== "canceling") return end(lease);
  return finish(settled(record, lease, "canceled", null, now), "canceled", null, now);
}

/** The record with this lease's attempt in its history, and the lease as the one that ended it. */
function settled(
  record: JobRecord,
  lease: LeaseRecord,
  outcome: AttemptRecord["outcome"],
  error: JobError | null,
  now: number,
): JobRecord {
  return { ...withAttempt(record, lease, outcome, error, now), settledBy: lease.leaseId };
}
