/** The SQLite tables of one batch object: its record, its jobs, what it holds, its event log. Every write is synchronous. */
import type { BatchEvent } from "#contract/batch.ts";
import type { JobState, Policy } from "#contract/job.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import type { BatchRecord, BatchRow } from "../domain/batch-record.ts";

/** A job that is still to be made. Inputs from the same batch are named by the ids those jobs will have. */
export interface PlannedJob {
  readonly number: number;
  readonly key: string | null;
  readonly id: string;
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The preset that they come from, in part. */
  readonly preset?: string;
  readonly inputs: readonly RequestedInput[];
  readonly policy: Policy;
  /** Jobs of lower levels are made before it. */
  readonly level: number;
}

/** Whether this object was ever given a batch. Asked without writing, so that looking for a batch makes none. */
export function hasBatchStore(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'batch'").toArray().length > 0;
}

/** Creates the tables. Cheap when they exist. */
export function migrateBatchStore(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS batch (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)");
  sql.exec(`CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY, key TEXT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, level INTEGER NOT NULL, plan TEXT,
    state TEXT NOT NULL, percent REAL NOT NULL, error TEXT, job_seq INTEGER NOT NULL, made INTEGER NOT NULL,
    to_cancel INTEGER NOT NULL, purged INTEGER NOT NULL, check_at INTEGER, expires_at INTEGER,
    files INTEGER NOT NULL DEFAULT 0)`);
  // Batches of before can live on for as long as a job of theirs is pinned.
  if (sql.exec("SELECT 1 FROM pragma_table_info('jobs') WHERE name = 'files'").toArray().length === 0) {
    sql.exec("ALTER TABLE jobs ADD COLUMN expires_at INTEGER");
    sql.exec("ALTER TABLE jobs ADD COLUMN files INTEGER NOT NULL DEFAULT 0");
  }
  sql.exec("CREATE INDEX IF NOT EXISTS jobs_to_make ON jobs (level, number) WHERE made = 0");
  sql.exec("CREATE INDEX IF NOT EXISTS jobs_to_cancel ON jobs (number) WHERE to_cancel = 1 AND made = 1");
  sql.exec("CREATE INDEX IF NOT EXISTS jobs_to_check ON jobs (check_at) WHERE check_at IS NOT NULL");
  sql.exec("CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number)");
  sql.exec("CREATE TABLE IF NOT EXISTS sources (id TEXT PRIMARY KEY)");
  sql.exec(
    "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL)",
  );
}

/** The batch's record. */
export function loadBatch(sql: SqlStorage): BatchRecord {
  return JSON.parse(sql.exec<{ record: string }>("SELECT record FROM batch").one().record) as BatchRecord;
}

/** Stores the record. */
export function saveBatch(sql: SqlStorage, record: BatchRecord): void {
  sql.exec("INSERT OR REPLACE INTO batch (id, record) VALUES (1, ?)", JSON.stringify(record));
}

/** Stores the jobs of a new batch. */
export function addJobs(sql: SqlStorage, jobs: readonly PlannedJob[]): void {
  for (const { number, key, id, type, level, params, preset, inputs, policy } of jobs) {
    sql.exec(
      `INSERT INTO jobs (number, key, id, type, level, plan, state, percent, error, job_seq, made, to_cancel, purged, check_at)
       VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, NULL, 0, 0, 0, 0, NULL)`,
      number,
      key,
      id,
      type,
      level,
      JSON.stringify({ params, preset, inputs, policy }),
    );
  }
}

/** Up to `limit` jobs that can be made now: none of them needs another one that is not made. */
export function jobsToMake(sql: SqlStorage, limit: number): (PlannedJob & { readonly toCancel: boolean })[] {
  const rows = sql.exec<JobRow>(
    `SELECT * FROM jobs WHERE made = 0 AND level = (SELECT MIN(level) FROM jobs WHERE made = 0) ORDER BY number LIMIT ?`,
    limit,
  );
  return rows.toArray().map((row) => {
    const { number, key, id, type, level, to_cancel } = row;
    const plan = JSON.parse(row.plan ?? "{}") as Pick<PlannedJob, "params" | "preset" | "inputs" | "policy">;
    return { number, key, id, type, level, ...plan, toCancel: to_cancel === 1 };
  });
}

/** The jobs that are made and still to be told to cancel; those to ask at `now` how they stand. Up to `limit` ids. */
export function jobsToCancel(sql: SqlStorage, limit: number): string[] {
  const rows = sql.exec<{ id: string }>("SELECT id FROM jobs WHERE to_cancel = 1 AND made = 1 LIMIT ?", limit);
  return rows.toArray().map(({ id }) => id);
}

/** Ids of up to `limit` jobs that are to be asked how they stand. */
export function jobsToCheck(sql: SqlStorage, now: number, limit: number): string[] {
  const rows = sql.exec<{ id: string }>(
    "SELECT id FROM jobs WHERE check_at IS NOT NULL AND check_at <= ? ORDER BY check_at LIMIT ?",
    now,
    limit,
  );
  return rows.toArray().map(({ id }) => id);
}

/** When the next job is to be asked, or null. */
export function nextCheckAt(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT MIN(check_at) AS at FROM jobs WHERE check_at IS NOT NULL").one().at;
}

/** Whether there are jobs whose files are not known to be gone. */
export function hasFiles(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM jobs WHERE purged = 0 LIMIT 1").toArray().length > 0;
}

/** When the last files go, by what the jobs have said; null while one has not said so, and when all are gone. */
export function lastExpiry(sql: SqlStorage): number | null {
  const { at, unknown } = sql
    .exec<{ at: number | null; unknown: number }>(
      "SELECT MAX(expires_at) AS at, COUNT(*) - COUNT(expires_at) AS unknown FROM jobs WHERE purged = 0",
    )
    .one();
  return unknown > 0 ? null : at;
}

/** Notes for all jobs that are not over that they are to be cancelled. */
export function cancelJobs(sql: SqlStorage): void {
  sql.exec("UPDATE jobs SET to_cancel = 1 WHERE state NOT IN ('succeeded', 'failed', 'canceled', 'expired')");
}

/** The job has been told to cancel. */
export function cancelTold(sql: SqlStorage, id: string): void {
  sql.exec("UPDATE jobs SET to_cancel = 0 WHERE id = ?", id);
}

/** The job with this id, or undefined. */
export function findRow(sql: SqlStorage, id: string): BatchRow | undefined {
  const row = sql.exec<JobRow>("SELECT * FROM jobs WHERE id = ?", id).toArray()[0];
  return row && toRow(row);
}

/** Stores what has changed of a job. Its plan goes once it is made. */
export function saveRow(sql: SqlStorage, row: BatchRow): void {
  sql.exec(
    `UPDATE jobs SET state = ?, percent = ?, error = ?, job_seq = ?, made = ?, to_cancel = ?, purged = ?, check_at = ?,
       expires_at = ?, files = ?, plan = CASE WHEN ? THEN NULL ELSE plan END WHERE number = ?`,
    row.state,
    row.percent,
    row.error ? JSON.stringify(row.error) : null,
    row.jobSeq,
    Number(row.made),
    Number(row.toCancel),
    Number(row.purged),
    row.checkAt,
    row.expiresAt,
    row.files,
    Number(row.made),
    row.number,
  );
}

/** Up to `limit` jobs after a number, in order, only of these states when asked. */
export function listRows(sql: SqlStorage, after: number, limit: number, states?: readonly JobState[]): BatchRow[] {
  const filter = states ? `AND state IN (${states.map(() => "?").join(", ")})` : "";
  const rows = sql.exec<JobRow>(
    `SELECT * FROM jobs WHERE number > ? ${filter} ORDER BY number LIMIT ?`,
    after,
    ...(states ?? []),
    limit,
  );
  return rows.toArray().map(toRow);
}

/** What the batch holds until its jobs do: ids of uploads and of other jobs. */
export function addSources(sql: SqlStorage, ids: readonly string[]): void {
  for (const id of ids) sql.exec("INSERT OR IGNORE INTO sources (id) VALUES (?)", id);
}

/** Ids of up to `limit` things that are still held. */
export function heldSources(sql: SqlStorage, limit: number): string[] {
  return sql
    .exec<{ id: string }>("SELECT id FROM sources LIMIT ?", limit)
    .toArray()
    .map(({ id }) => id);
}

/** It is let go. */
export function removeSource(sql: SqlStorage, id: string): void {
  sql.exec("DELETE FROM sources WHERE id = ?", id);
}

/** Stores numbered events. */
export function addEvents(sql: SqlStorage, events: readonly BatchEvent[]): void {
  for (const { seq, at, kind, data } of events) {
    sql.exec("INSERT INTO events (seq, at, kind, data) VALUES (?, ?, ?, ?)", seq, at, kind, JSON.stringify(data));
  }
}

/** The events after a number, in order. */
export function readBatchEvents(sql: SqlStorage, afterSeq: number): BatchEvent[] {
  const rows = sql.exec<{ seq: number; at: number; kind: string; data: string }>(
    "SELECT seq, at, kind, data FROM events WHERE seq > ? ORDER BY seq",
    afterSeq,
  );
  return rows
    .toArray()
    .map(({ seq, at, kind, data }) => ({ seq, at, kind, data: JSON.parse(data) }) as unknown as BatchEvent);
}

type JobRow = {
  number: number;
  key: string | null;
  id: string;
  type: string;
  level: number;
  plan: string | null;
  state: JobState;
  percent: number;
  error: string | null;
  job_seq: number;
  made: number;
  to_cancel: number;
  purged: number;
  check_at: number | null;
  expires_at: number | null;
  files: number;
};

function toRow({
  number,
  key,
  id,
  type,
  state,
  percent,
  error,
  job_seq,
  made,
  to_cancel,
  purged,
  check_at,
  expires_at,
  files,
}: JobRow): BatchRow {
  return {
    number,
    key,
    id,
    type,
    state,
    percent,
    error: error === null ? null : JSON.parse(error),
    jobSeq: job_seq,
    made: made === 1,
    toCancel: to_cancel === 1,
    purged: purged === 1,
    checkAt: check_at,
    expiresAt: expires_at,
    files,
  };
}
