/** The SQLite tables of one shard of the result cache: its entries, and how often it was asked. Writes are synchronous. */
import type { FilesOfJob } from "../domain/job-record.ts";

/** How often a result was wanted, and found. */
export interface CacheCounts {
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
}

/** Creates the tables. Cheap when they exist. */
export function migrateCacheStore(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS entries (
    key TEXT PRIMARY KEY, job_id TEXT NOT NULL, lease_id TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL)
    WITHOUT ROWID`);
  sql.exec("CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used_at)");
  sql.exec("CREATE INDEX IF NOT EXISTS entries_by_end ON entries (expires_at)");
  sql.exec("CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID");
}

/** The result under that key, if it is not too old. Finding it is a use. */
export function findEntry(sql: SqlStorage, key: string, now: number): FilesOfJob | null {
  const row = sql
    .exec<{ job_id: string; lease_id: string }>(
      "UPDATE entries SET used_at = ?1 WHERE key = ?2 AND expires_at > ?1 RETURNING job_id, lease_id",
      now,
      key,
    )
    .toArray()[0];
  return row ? { jobId: row.job_id, leaseId: row.lease_id } : null;
}

/** Stores a result, unless a younger one is there; then what is too old goes, and the least recently used over `max`. */
export function putEntry(
  sql: SqlStorage,
  { key, files, expiresAt }: { key: string; files: FilesOfJob; expiresAt: number },
  max: number,
  now: number,
): void {
  sql.exec(
    `INSERT INTO entries (key, job_id, lease_id, expires_at, used_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET job_id = excluded.job_id, lease_id = excluded.lease_id,
       expires_at = excluded.expires_at, used_at = excluded.used_at
     WHERE excluded.expires_at >= entries.expires_at`,
    key,
    files.jobId,
    files.leaseId,
    expiresAt,
    now,
  );
  sql.exec("DELETE FROM entries WHERE expires_at <= ?", now);
  const over = countEntries(sql) - max;
  if (over > 0) {
    sql.exec("DELETE FROM entries WHERE key IN (SELECT key FROM entries ORDER BY used_at LIMIT ?)", over);
  }
}

/** Forgets a result, unless it was replaced by another one meanwhile. */
export function deleteEntry(sql: SqlStorage, key: string, { jobId, leaseId }: FilesOfJob): void {
  sql.exec("DELETE FROM entries WHERE key = ? AND job_id = ? AND lease_id = ?", key, jobId, leaseId);
}

/** Adds one to a count. */
export function addCount(sql: SqlStorage, name: "hits" | "misses"): void {
  sql.exec("INSERT INTO counts (name, count) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1", name);
}

/** All counts. */
export function readCounts(sql: SqlStorage): CacheCounts {
  const rows = sql.exec<{ name: string; count: number }>("SELECT name, count FROM counts").toArray();
  const { hits = 0, misses = 0 } = Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  return { entries: countEntries(sql), hits, misses };
}

function countEntries(sql: SqlStorage): number {
  return sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM entries").one().count;
}
