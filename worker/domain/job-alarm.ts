/** When a job must be looked at next. One alarm serves all reasons; it is re-armed after every change. */
import { CANCELING_TTL_MS } from "#contract/limits.ts";
import { keptUntil, recordEndsAt } from "./job-keeping.ts";
import { startDeadline } from "./job-lifecycle.ts";
import type { JobRecord } from "./job-record.ts";

/** Pending outside work is repeated after this long, doubling up to `PENDING_MAX_MS`. */
const PENDING_BASE_MS = 2_000;
const PENDING_MAX_MS = 5 * 60_000;

/** Whether outside work is not confirmed yet. */
export function hasPending(record: JobRecord): boolean {
  return Object.values(record.pending).some((work) => work !== null && work !== false && work !== undefined);
}

/** The record when outside work is pending that has failed so many times in a row: when it is repeated. */
export function repeatPending(record: JobRecord, failures: number, now: number): JobRecord {
  return { ...record, pendingAt: now + Math.min(PENDING_BASE_MS * 2 ** Math.min(failures, 20), PENDING_MAX_MS) };
}

/**
 * The next time of interest, epoch ms, or null when the job never needs looking at again.
 * @param recordKeptMs for so long after its end the job is known
 */
export function nextAlarmAt(record: JobRecord, now: number, recordKeptMs: number): number | null {
  const times: number[] = [];
  // A time of its own, which heartbeats and progress don't put off.
  if (hasPending(record)) times.push(record.pendingAt ?? now + PENDING_BASE_MS);
  if (record.lease) {
    times.push(record.lease.expiresAt);
    if (record.state === "canceling") times.push((record.cancelRequestedAt ?? now) + CANCELING_TTL_MS);
  }
  if (record.state === "queued" && record.startedAt === null) times.push(startDeadline(record));
  if (record.confirmAt) times.push(record.confirmAt);
  if (record.checkSharersAt) times.push(record.checkSharersAt);
  const filesGo = keptUntil(record);
  if (filesGo !== null) times.push(filesGo);
  const recordGoes = recordEndsAt(record, recordKeptMs);
  if (recordGoes !== null) times.push(recordGoes);
  return times.length > 0 ? Math.min(...times) : null;
}
