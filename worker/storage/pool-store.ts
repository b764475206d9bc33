/**
 * The SQLite table of one pool: jobs in line. An entry is `ready`, or asleep until `wake_at` (backoff, or offered to a
 * runner that has not answered yet). Taking the next one is one index look-up per job type, however long the line is.
 */

/** A job in line. */
export interface PoolEntry {
  readonly jobId: string;
  readonly type: string;
  /** 9 first, 0 last. */
  readonly priority: number;
  readonly queuedAt: number;
  readonly notBefore: number | null;
}

/** Creates the table. Cheap when it exists. */
export function migratePoolStore(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS line (
    job_id TEXT PRIMARY KEY, type TEXT NOT NULL, priority INTEGER NOT NULL,
    queued_at INTEGER NOT NULL, ready INTEGER NOT NULL, wake_at INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec("CREATE INDEX IF NOT EXISTS line_order ON line (ready, type, priority DESC, queued_at, job_id)");
  sql.exec("CREATE INDEX IF NOT EXISTS line_asleep ON line (ready, wake_at)");
  sql.exec(`CREATE TABLE IF NOT EXISTS offers (
    lease_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, queued_at INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec("CREATE INDEX IF NOT EXISTS offers_until ON offers (until)");
}

/** A place in line: the job, and the turn it was put there in. */
export interface Place {
  readonly jobId: string;
  readonly queuedAt: number;
}

/** What was offered to the lease to be, if that is not over: the same call again gets the same answer. */
export function findOffer(sql: SqlStorage, leaseId: string, now: number): Place | null {
  sql.exec("DELETE FROM offers WHERE until <= ?", now);
  const row = sql
    .exec<{ job_id: string; queued_at: number }>("SELECT job_id, queued_at FROM offers WHERE lease_id = ?", leaseId)
    .toArray()[0];
  return row ? { jobId: row.job_id, queuedAt: row.queued_at } : null;
}

/** Notes an offer until it comes back into line. */
export function noteOffer(sql: SqlStorage, leaseId: string, { jobId, queuedAt }: Place, until: number): void {
  sql.exec(
    "INSERT INTO offers (lease_id, job_id, queued_at, until) VALUES (?, ?, ?, ?)",
    leaseId,
    jobId,
    queuedAt,
    until,
  );
}

/** Puts a job in line; again for the same job moves it there anew. */
export function putEntry(sql: SqlStorage, entry: PoolEntry, now: number): void {
  const wakeAt = entry.notBefore ?? 0;
  sql.exec(
    "INSERT OR REPLACE INTO line (job_id, type, priority, queued_at, ready, wake_at) VALUES (?, ?, ?, ?, ?, ?)",
    entry.jobId,
    entry.type,
    entry.priority,
    entry.queuedAt,
    wakeAt <= now ? 1 : 0,
    wakeAt,
  );
}

/** Takes a job out of line, unless it was put in line anew since `queuedAt`: a late call must not lose it. */
export function deleteEntry(sql: SqlStorage, place: Place): void {
  sql.exec("DELETE FROM line WHERE job_id = ? AND queued_at <= ?", place.jobId, place.queuedAt);
}

/** Wakes every entry that is due. Returns how many. */
export function wakeDue(sql: SqlStorage, now: number): number {
  return sql.exec("UPDATE line SET ready = 1 WHERE ready = 0 AND wake_at <= ?", now).rowsWritten;
}

/** When the next sleeping entry is due, or null. */
export function nextWakeAt(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT MIN(wake_at) AS at FROM line WHERE ready = 0").one().at;
}

/** The job that is next for a runner of these types: highest priority first, then oldest. */
export function firstReady(sql: SqlStorage, types: readonly string[]): Place | null {
  let best: { job_id: string; priority: number; queued_at: number } | null = null;
  for (const type of types) {
    const row = sql
      .exec<{ job_id: string; priority: number; queued_at: number }>(
        "SELECT job_id, priority, queued_at FROM line WHERE ready = 1 AND type = ? ORDER BY priority DESC, queued_at, job_id LIMIT 1",
        type,
      )
      .toArray()[0];
    if (!row) continue;
    if (!best || row.priority > best.priority || (row.priority === best.priority && row.queued_at < best.queued_at))
      best = row;
  }
  return best && { jobId: best.job_id, queuedAt: best.queued_at };
}

/** Lays an entry asleep until `wakeAt`. */
export function sleepEntry(sql: SqlStorage, jobId: string, wakeAt: number): void {
  sql.exec("UPDATE line SET ready = 0, wake_at = ? WHERE job_id = ?", wakeAt, jobId);
}

/** Jobs in line: ready, and asleep. */
export function countEntries(sql: SqlStorage): { ready: number; asleep: number } {
  const { ready, total } = sql
    .exec<{ ready: number; total: number }>("SELECT COALESCE(SUM(ready), 0) AS ready, COUNT(*) AS total FROM line")
    .one();
  return { ready, asleep: total - ready };
}
