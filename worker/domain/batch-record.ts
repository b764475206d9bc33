/**
 * A batch as a whole: what its Durable Object stores of it, and how what it hears of its jobs changes it. A job's news may
 * come late, twice or out of order: each carries the job's own event number, and an older one changes nothing.
 */
import type { Batch, BatchCounts, BatchEvent, BatchJob, BatchList } from "#contract/batch.ts";
import { FINAL_STATES, JOB_STATES, type Job, type JobError, type JobState } from "#contract/job.ts";
import { BATCH_CONFIRM_MS, MAX_EVENTS_PER_BATCH, RETENTION_S } from "#contract/limits.ts";
import type { ProblemCode } from "#contract/problem.ts";
import { mayHaveWebhooks } from "./ownership.ts";

/** Work on the jobs that failed, or broke off, is repeated after this long, doubling up to `WORK_RETRY_MAX_MS`. */
const WORK_RETRY_MS = 2_000;
const WORK_RETRY_MAX_MS = 5 * 60_000;

/** Why a batch was refused; `path` is that of the wrong field in its request. */
export interface BatchRefusal {
  readonly code: ProblemCode;
  readonly path: string;
  readonly message: string;
}

export interface BatchRecord {
  readonly id: string;
  readonly owner: string;
  readonly size: number;
  /** `checking`: its inputs are being held; `refused`: one could not be, all are let go; `making`: jobs are still to be made. */
  readonly phase: "checking" | "refused" | "making" | "made";
  readonly refusal: BatchRefusal | null;
  readonly counts: BatchCounts;
  /** The jobs' percents, added up. */
  readonly percentSum: number;
  readonly seq: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  readonly cancelRequestedAt: number | null;
  /** Times in a row that work on the jobs failed, and when what is left of it is to be done. News of jobs don't put it off. */
  readonly failures: number;
  readonly workAt: number;
  /** When the last of its files goes; null or absent while that is not known. */
  readonly expiresAt?: number | null;
  /** Raised whenever its row of D1 is to be written again, and what that was when it was written last. */
  readonly rowRev?: number;
  readonly rowWritten?: number;
  /** Its ends that the owner's webhooks are still to be told of. One whose jobs are tried again by hand has several. */
  readonly ends?: readonly BatchEnd[];
}

export interface BatchEnd {
  readonly at: number;
  readonly counts: BatchCounts;
}

/** One job as the batch keeps it. */
export interface BatchRow extends BatchJob {
  /** Number of the last event of the job that the batch has heard of; 0 before the first. */
  readonly jobSeq: number;
  /** Whether the job's object has been made. */
  readonly made: boolean;
  /** Whether it is still to be told to cancel. */
  readonly toCancel: boolean;
  /** Whether its files are gone. */
  readonly purged: boolean;
  /** When they go; null while that is not known. */
  readonly expiresAt: number | null;
  /** How many files it has. */
  readonly files: number;
  /** When to ask the job how it stands; null when there is nothing more to hear. */
  readonly checkAt: number | null;
}

/** What a job says of itself. */
export interface JobNews {
  readonly id: string;
  readonly seq: number;
  readonly state: JobState;
  readonly percent: number;
  readonly error: JobError | null;
  readonly expiresAt: number | null;
  readonly purged: boolean;
  /** How many files it has; absent in the news of an earlier version. */
  readonly files?: number;
}

export type NewBatchEvent = {
  [K in BatchEvent["kind"]]: Omit<Extract<BatchEvent, { kind: K }>, "seq">;
}[BatchEvent["kind"]];

/** The news of a job. One that has ended is done, however it ended. */
export function toNews({ id, seq, state, progress, error, expiresAt, purgedAt, manifest }: Job): JobNews {
  const percent = FINAL_STATES.has(state) ? 100 : (progress?.percent ?? 0);
  const files = manifest?.artifacts.length ?? 0;
  return { id, seq, state, percent, error, expiresAt, purged: purgedAt !== null, files };
}

/** A new batch, whose inputs are still to be looked at. */
export function createBatch(id: string, owner: string, size: number, now: number): BatchRecord {
  return {
    id,
    owner,
    size,
    phase: "checking",
    refusal: null,
    counts: { ...Object.fromEntries(JOB_STATES.map((state) => [state, 0])), waiting: size } as BatchCounts,
    percentSum: 0,
    seq: 0,
    createdAt: now,
    finishedAt: null,
    cancelRequestedAt: null,
    failures: 0,
    workAt: now + WORK_RETRY_MS,
  };
}

/** What a job's news change; null when it is old. */
export function noteJob(
  record: BatchRecord,
  row: BatchRow,
  news: JobNews,
  now: number,
): { record: BatchRecord; row: BatchRow; events: NewBatchEvent[] } | null {
  const { state, percent, error } = news;
  const checkAt = nextCheck(news, now);
  if (news.seq < row.jobSeq) return null;
  const isOver = FINAL_STATES.has(state);
  const next: BatchRow = {
    ...row,
    state,
    percent,
    error,
    jobSeq: news.seq,
    made: true,
    toCancel: row.toCancel && !isOver,
    purged: news.purged,
    expiresAt: news.expiresAt,
    files: news.files ?? 0,
    checkAt,
  };
  const counts = { ...record.counts };
  counts[row.state] -= 1;
  counts[state] += 1;
  const noted = { ...record, counts, percentSum: record.percentSum - row.percent + percent };
  const finished = stateOf(noted) === "finished";
  const turned = finished !== (stateOf(record) === "finished");
  const after: BatchRecord = {
    ...(turned ? listAgain(noted) : noted),
    finishedAt: finished ? (record.finishedAt ?? now) : null,
    ...(finished && stateOf(record) !== "finished" && mayHaveWebhooks(record.owner)
      ? { ends: [...(record.ends ?? []), { at: now, counts }] }
      : {}),
  };
  const events: NewBatchEvent[] = [];
  if (row.state !== state || row.percent !== percent) {
    events.push({ at: now, kind: "job", data: { ...whole(after), job: toBatchJob(next) } });
    if (stateOf(record) !== stateOf(after)) events.push({ at: now, kind: "status", data: whole(after) });
  }
  return { record: after, row: next, events };
}

/** The batch's row of D1 is to be written again. */
export function listAgain(record: BatchRecord): BatchRecord {
  return { ...record, rowRev: (record.rowRev ?? 0) + 1 };
}

/** Whether that has not been done. */
export function isUnlisted({ rowRev = 0, rowWritten = 0 }: BatchRecord): boolean {
  return rowRev > rowWritten;
}

/** The row has been written as it was when `rowRev` was this. */
export function listed(record: BatchRecord, rowRev: number): BatchRecord {
  return { ...record, rowWritten: Math.max(record.rowWritten ?? 0, rowRev) };
}

/** The batch, whose files go at that time by what its jobs have said; that counts once all of them are over. */
export function withExpiry(record: BatchRecord, lastExpiry: number | null): BatchRecord {
  const expiresAt = record.finishedAt === null ? null : lastExpiry;
  return expiresAt === (record.expiresAt ?? null) ? record : listAgain({ ...record, expiresAt });
}

/** The sweep asks a batch so long after its alarm should have done what was due, or that it may never hear of. */
const SWEEP_GRACE_MS = 60 * 60_000;

/** When the sweep is to ask after the batch, epoch ms; counted from `now`, when its row is written. */
export function batchCheckAt({ expiresAt }: BatchRecord, now: number): number {
  return Math.max(expiresAt ?? now + RETENTION_S * 1000, now) + SWEEP_GRACE_MS;
}

/** When a job that says this is to be asked again: it may be lost, or its end may. Then once more when its files go. */
function nextCheck({ state, expiresAt, purged }: JobNews, now: number): number | null {
  if (purged) return null;
  if (!FINAL_STATES.has(state)) return now + BATCH_CONFIRM_MS;
  // Files that are kept beyond their time (pinned, or needed by others) are asked after once a day.
  return expiresAt !== null && expiresAt > now ? expiresAt + BATCH_CONFIRM_MS : now + RETENTION_S * 1000;
}

/** A round of work is over: what is left goes on at once, or later when something failed. */
export function workedOn(record: BatchRecord, failed: boolean, now: number): BatchRecord {
  const failures = failed ? record.failures + 1 : 0;
  const delayMs = failed ? Math.min(WORK_RETRY_MS * 2 ** Math.min(record.failures, 20), WORK_RETRY_MAX_MS) : 0;
  return { ...record, failures, workAt: now + delayMs };
}

/** The user cancels: what is not over is to be cancelled. Again is a no-op for what was asked for before. */
export function cancelBatch(record: BatchRecord, now: number): BatchRecord {
  if (stateOf(record) === "finished") return record;
  return listAgain({ ...record, cancelRequestedAt: now, workAt: now + WORK_RETRY_MS });
}

/** The batch once its owner's webhooks know of these ends. */
export function endsTold(record: BatchRecord, told: readonly BatchEnd[]): BatchRecord {
  return { ...record, ends: (record.ends ?? []).filter(({ at }) => told.every((end) => end.at !== at)) };
}

/** Numbers events from the batch's last one; past the limit only ends are told. */
export function numberBatchEvents(record: BatchRecord, events: readonly NewBatchEvent[]): BatchEvent[] {
  const told = events.filter(
    (event) => record.seq < MAX_EVENTS_PER_BATCH || event.kind === "status" || FINAL_STATES.has(event.data.job.state),
  );
  return told.map((event, index) => ({ ...event, seq: record.seq + index + 1 }) as BatchEvent);
}

/** The first event: the batch has been taken. */
export function takenEvent(record: BatchRecord, now: number): NewBatchEvent {
  return { at: now, kind: "status", data: whole(record) };
}

/** Whether nothing follows this event. */
export function endsBatch(event: BatchEvent): boolean {
  return event.kind === "status" && event.data.state === "finished";
}

function stateOf({ counts, size }: BatchRecord): Batch["state"] {
  const over = [...FINAL_STATES].reduce((sum, state) => sum + counts[state], 0);
  return over === size ? "finished" : "working";
}

function whole(record: BatchRecord): Pick<Batch, "state" | "counts" | "percent"> {
  const percent = Math.round((record.percentSum / record.size) * 10) / 10;
  return { state: stateOf(record), counts: record.counts, percent };
}

/** One job as the batch's owner sees it. */
export function toBatchJob({ number, key, id, type, state, percent, error }: BatchJob): BatchJob {
  return { number, key, id, type, state, percent, error };
}

/** The batch as its owner sees it; `failures` are the first jobs that failed. */
export function toBatch(record: BatchRecord, failures: readonly BatchJob[]): Batch {
  const { id, size, seq, createdAt, finishedAt, cancelRequestedAt, expiresAt = null } = record;
  return {
    id,
    size,
    ...whole(record),
    failures: failures.map(toBatchJob),
    seq,
    createdAt,
    finishedAt,
    cancelRequestedAt,
    expiresAt,
  };
}

/** The batch as a list shows it. */
export function toListed(record: BatchRecord): BatchList["batches"][number] {
  const { id, size, counts, createdAt, finishedAt, cancelRequestedAt, expiresAt = null } = record;
  const state = stateOf(record);
  const ended = state === "finished" ? counts : null;
  return { id, state, size, counts: ended, createdAt, finishedAt, cancelRequestedAt, expiresAt };
}
