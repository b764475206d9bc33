/**
 * Who keeps a job's files and until when: its retention, its pin, the jobs they are inputs of (holders), and the jobs that
 * took its result for theirs (sharers). Holders keep the whole job. Sharers keep the published files only: its owner may
 * delete the job, and its time may end, as if nobody shared it.
 */
import { FINAL_STATES } from "#contract/job.ts";
import { MAX_SHARERS, RETENTION_S, SHARERS_CHECK_MS } from "#contract/limits.ts";
import { addHolder, removeHolder } from "./holders.ts";
import { askedByNews, type Change, type JobRecord, statusEvent } from "./job-record.ts";

/**
 * Another job needs this one's files, or a batch for `jobs` of its jobs: they stay until it lets go. Again is a no-op.
 * See `addHolder` for `jobs`.
 */
export function holdJob(record: JobRecord, holder: string, jobs: number): Change {
  if (record.purgedAt !== null) return { ok: false, reason: "purged" };
  const held = addHolder(record, holder, jobs);
  if (held === null) return { ok: false, reason: "source_limit" };
  return { ok: true, record: held, events: [] };
}

/**
 * Another job takes the result that was published under `leaseId` for its own. Refused when it is no longer there, or when
 * so many share it that the record would grow too long. Again is a no-op.
 */
export function shareResult(record: JobRecord, sharer: string, leaseId: string): Change {
  const sharers = record.sharers ?? [];
  if (record.purgedAt !== null || record.publishedLeaseId !== leaseId) return { ok: false, reason: "purged" };
  if (sharers.includes(sharer)) return { ok: true, record, events: [] };
  if (sharers.length >= MAX_SHARERS) return { ok: false, reason: "held" };
  return { ok: true, record: { ...record, sharers: [...sharers, sharer] }, events: [] };
}

/** A job that held this one, or shared its result, lets go. Of a purged job, the last one takes the files with it. */
export function letGoOfJob(record: JobRecord, other: string): Change & { ok: true } {
  const { holders = [], sharers = [] } = record;
  if (!holders.includes(other) && !sharers.includes(other)) return { ok: true, record, events: [] };
  const left: JobRecord = {
    ...removeHolder(record, other),
    sharers: sharers.filter((id) => id !== other),
  };
  if (left.purgedAt === null || isShared(left)) return { ok: true, record: left, events: [] };
  const pending = { ...left.pending, cleanup: true };
  return { ok: true, record: { ...left, publishedLeaseId: null, checkSharersAt: null, pending }, events: [] };
}

/** When the clock deletes the files: null for one that is not over, that others hold, that is pinned, or whose files are gone. */
export function keptUntil(record: JobRecord): number | null {
  return record.purgedAt === null && !isHeld(record) && record.pinned !== true ? record.expiresAt : null;
}

/** The files' time is over, or the owner deletes the job: files and inputs go, the record keeps its status. */
export function purgeJob(record: JobRecord, now: number): Change {
  if (!FINAL_STATES.has(record.state)) return { ok: false, reason: "not_final" };
  if (record.purgedAt !== null) return { ok: true, record, events: [] };
  if (isHeld(record)) return { ok: false, reason: "held" };
  if (record.pinned === true) return { ok: false, reason: "pinned" };
  const purged: JobRecord = {
    ...record,
    purgedAt: now,
    expiresAt: Math.min(record.expiresAt ?? now, now),
    publishedLeaseId: isShared(record) ? record.publishedLeaseId : null,
    checkSharersAt: isShared(record) ? now + SHARERS_CHECK_MS : null,
    pending: { ...record.pending, ...askedByNews(record), cleanup: true, releaseInputs: true },
  };
  return { ok: true, record: purged, events: [statusEvent(purged, now)] };
}

/** Keeps the job's files, and its inputs, until it is unpinned. Again is a no-op. */
export function pinJob(record: JobRecord): Change {
  if (record.pinned === true) return { ok: true, record, events: [] };
  if (record.purgedAt !== null) return { ok: false, reason: "purged" };
  const pending = { ...record.pending, ...askedByNews(record) };
  return { ok: true, record: { ...record, pinned: true, pending }, events: [] };
}

/** Lets retention go on: for the whole of its time from now, or to the end it had, if that is later. Again is a no-op. */
export function unpinJob(record: JobRecord, now: number): Change & { ok: true } {
  if (record.pinned !== true) return { ok: true, record, events: [] };
  const expiresAt =
    record.expiresAt === null ? null : Math.max(record.expiresAt, now + (record.retentionS ?? RETENTION_S) * 1000);
  const pending = { ...record.pending, ...askedByNews(record) };
  return { ok: true, record: { ...record, pinned: false, expiresAt, pending }, events: [] };
}

/**
 * Whether it is time to ask the sharers of a purged job whether they still need its files: one whose making broke off would
 * keep them for ever.
 */
export function isSharersCheckDue(record: JobRecord, now: number): boolean {
  return now >= (record.checkSharersAt ?? Number.POSITIVE_INFINITY);
}

/** Asks them, now and again later. */
export function checkSharers(record: JobRecord, now: number): Change & { ok: true } {
  const pending = { ...record.pending, checkSharers: true };
  return { ok: true, record: { ...record, checkSharersAt: now + SHARERS_CHECK_MS, pending }, events: [] };
}

/**
 * When the record goes, epoch ms: `keptMs` after the job's end; null while its files or inputs are kept, by whomever, or
 * something is still to be told.
 */
export function recordEndsAt(record: JobRecord, keptMs: number): number | null {
  // The row of D1 may be written at any time; it goes with the record.
  const { project: _row, ...work } = record.pending;
  const isAtRest = Object.values(work).every((piece) => piece === null || piece === false || piece === undefined);
  if (record.purgedAt === null || record.finishedAt === null || isShared(record) || !isAtRest) return null;
  return Math.max(record.finishedAt + keptMs, record.purgedAt);
}

/** The record is to go: its row of D1 first, then all that its object has stored. */
export function forgetJob(record: JobRecord): Change & { ok: true } {
  return { ok: true, record: { ...record, pending: { ...record.pending, forget: true } }, events: [] };
}

function isHeld({ holders }: JobRecord): boolean {
  return holders !== undefined && holders.length > 0;
}

function isShared({ sharers }: JobRecord): boolean {
  return sharers !== undefined && sharers.length > 0;
}
