/** A job's row of D1: when it is written again, and when the sweep is to ask after the job. */
import { FINAL_STATES } from "#contract/job.ts";
import { keptUntil, recordEndsAt } from "./job-keeping.ts";
import { askedByNews, type Change, type JobRecord } from "./job-record.ts";

/** An alarm has so long to do what is due before the sweep looks after it. */
const ALARM_GRACE_MS = 10 * 60_000;
/** How often the sweep asks a job that is not over, and one whose files stay until others let go of them. */
const ASK_OPEN_MS = 60 * 60_000;
const ASK_KEPT_MS = 24 * 60 * 60_000;

/** Whoever shows the job is told again: its row is written, and its batch hears how it stands; nothing else changes. */
export function projectAgain(record: JobRecord): Change & { ok: true } {
  return { ok: true, record: { ...record, pending: { ...record.pending, ...askedByNews(record) } }, events: [] };
}

/**
 * When the sweep is to ask the job whether its own alarm has done what was due, epoch ms. Counted from `now`, when the row is
 * written.
 * @param recordKeptMs for so long after its end the job is known
 */
export function checkAt(record: JobRecord, now: number, recordKeptMs: number): number {
  const { project: _thisRow, pool, ...flags } = record.pending;
  const isAtRest = FINAL_STATES.has(record.state) && pool === null && !Object.values(flags).includes(true);
  if (!isAtRest) return now + ASK_OPEN_MS;
  if (record.purgedAt !== null) {
    const next = record.checkSharersAt ?? recordEndsAt(record, recordKeptMs) ?? now + ASK_KEPT_MS;
    return next + ALARM_GRACE_MS;
  }
  const filesGo = keptUntil(record);
  return filesGo === null ? now + ASK_KEPT_MS : filesGo + ALARM_GRACE_MS;
}
