/** The SQLite tables of one job object: its record, its event log, its checkpoints. Every write here is synchronous. */

import type { JobEvent } from "#contract/job.ts";
import { numberEvents } from "../domain/event-numbering.ts";
import type { JobRecord, NewEvent } from "../domain/job-record.ts";

/** What is stored beside the record. */
export interface StoredJob {
  readonly record: JobRecord;
  /** Raised whenever a change asks for outside work, so that older work can't tick off a newer request. */
  readonly pendingRev: number;
  /** Times in a row that the outside work failed. */
  readonly pendingFailures: number;
}

const known = new WeakSet<SqlStorage>();

/** Whether this object was ever given a job. Asked without writing, so that looking for a job makes none. */
export function hasJobStore(sql: SqlStorage): boolean {
  if (known.has(sql)) return true;
  const found = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'job'").toArray().length > 0;
  if (found) known.add(sql);
  return found;
}

/** The object has deleted all that it stored. */
export function forgetJobStore(sql: SqlStorage): void {
  known.delete(sql);
}

/** Creates the tables. Cheap when they exist. */
export function migrateJobStore(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL, pending_rev INTEGER NOT NULL, pending_failures INTEGER NOT NULL)`);
  sql.exec(
    "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL)",
  );
  sql.exec(
    "CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL)",
  );
}

/** A named blob that a later attempt can read; its bytes lie in R2 under their hash. */
export interface StoredCheckpoint {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The job, or null when this object was never given one. */
export function loadJob(sql: SqlStorage): StoredJob | null {
  if (!hasJobStore(sql)) return null;
  const row = sql
    .exec<{ record: string; pending_rev: number; pending_failures: number }>(
      "SELECT record, pending_rev, pending_failures FROM job",
    )
    .toArray()[0];
  if (!row) return null;
  return {
    record: JSON.parse(row.record) as JobRecord,
    pendingRev: row.pending_rev,
    pendingFailures: row.pending_failures,
  };
}

/** Stores the job. */
export function saveJob(sql: SqlStorage, { record, pendingRev, pendingFailures }: StoredJob): void {
  sql.exec(
    "INSERT OR REPLACE INTO job (id, record, pending_rev, pending_failures) VALUES (1, ?, ?, ?)",
    JSON.stringify(record),
    pendingRev,
    pendingFailures,
  );
}

/**
 * Numbers and stores events.
 * @returns the events that were stored
 */
export function appendEvents(sql: SqlStorage, lastSeq: number, events: readonly NewEvent[]): JobEvent[] {
  const numbered = numberEvents(lastSeq, events);
  for (const { seq, at, kind, data } of numbered) {
    sql.exec("INSERT INTO events (seq, at, kind, data) VALUES (?, ?, ?, ?)", seq, at, kind, JSON.stringify(data));
  }
  return numbered;
}

/** Up to `limit` events after `seq`, in order; only of one kind when asked. */
export function readEvents(sql: SqlStorage, afterSeq: number, limit: number, kind?: JobEvent["kind"]): JobEvent[] {
  const rows = sql.exec<{ seq: number; at: number; kind: string; data: string }>(
    `SELECT seq, at, kind, data FROM events WHERE seq > ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY seq LIMIT ?3`,
    afterSeq,
    kind ?? null,
    limit,
  );
  return rows
    .toArray()
    .map((row) => ({ seq: row.seq, at: row.at, kind: row.kind, data: JSON.parse(row.data) }) as JobEvent);
}

/** The job's checkpoints, by name. */
export function readCheckpoints(sql: SqlStorage): StoredCheckpoint[] {
  return sql
    .exec<{ name: string; bytes: number; sha256: string }>("SELECT name, bytes, sha256 FROM checkpoints ORDER BY name")
    .toArray();
}

/**
 * Stores a checkpoint in place of one with its name.
 * @returns the hash of the one it replaced, when no other checkpoint has the same bytes; else null
 */
export function saveCheckpoint(sql: SqlStorage, { name, bytes, sha256 }: StoredCheckpoint): string | null {
  const before = readCheckpoints(sql).find((checkpoint) => checkpoint.name === name)?.sha256;
  sql.exec("INSERT OR REPLACE INTO checkpoints (name, bytes, sha256) VALUES (?, ?, ?)", name, bytes, sha256);
  if (before === undefined || before === sha256) return null;
  return readCheckpoints(sql).some((checkpoint) => checkpoint.sha256 === before) ? null : before;
}

/** Whether there is a checkpoint of that name, and how many there are. */
export function countCheckpoints(sql: SqlStorage, name: string): { exists: boolean; count: number } {
  const { count, same } = sql
    .exec<{ count: number; same: number }>(
      "SELECT COUNT(*) AS count, COALESCE(SUM(name = ?), 0) AS same FROM checkpoints",
      name,
    )
    .one();
  return { exists: same > 0, count };
}

/** Forgets all checkpoints. */
export function deleteCheckpoints(sql: SqlStorage): void {
  sql.exec("DELETE FROM checkpoints");
}
