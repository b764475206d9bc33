/**
 * Jobs of a pool whose lead can use help. They are at work, and stand in no line: a runner that has nothing else to do is
 * offered one. Who helps is the job's to decide; what is here is what it told last.
 */
import type { Place, PoolEntry } from "./pool-store.ts";

/** Jobs that are looked at for one offer: those of owners at their cap are passed over. */
const MAX_LOOKED_AT = 20;

/** How a job stands with its help. */
export interface AssistEntry extends PoolEntry {
  readonly wanted: boolean;
  readonly assistants: number;
}

/** Creates the tables. Cheap when they exist. */
export function migrateAssists(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS assists (
    job_id TEXT PRIMARY KEY, owner TEXT NOT NULL, type TEXT NOT NULL, priority INTEGER NOT NULL, queued_at INTEGER NOT NULL,
    wanted INTEGER NOT NULL, assistants INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec(
    "CREATE INDEX IF NOT EXISTS assists_wanted ON assists (type, priority DESC, assistants, queued_at) WHERE wanted = 1",
  );
  sql.exec("CREATE INDEX IF NOT EXISTS assists_owner ON assists (owner)");
  sql.exec("CREATE INDEX IF NOT EXISTS assists_until ON assists (until)");
  sql.exec(
    `CREATE TABLE IF NOT EXISTS assist_offers (
      call_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, queued_at INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID`,
  );
  sql.exec("CREATE INDEX IF NOT EXISTS assist_offers_until ON assist_offers (until)");
}

/**
 * What a job tells of its help. A later turn that is known already is not touched.
 * @returns whether it is known to want help now
 */
export function putAssist(sql: SqlStorage, entry: AssistEntry, now: number, until: number): boolean {
  sql.exec("DELETE FROM assists WHERE until <= ?", now);
  const before = sql
    .exec<{ queued_at: number }>("SELECT queued_at FROM assists WHERE job_id = ?", entry.jobId)
    .toArray()[0];
  if (before && before.queued_at > entry.queuedAt) return false;
  const { jobId, owner, type, priority, queuedAt, wanted, assistants } = entry;
  if (!wanted && assistants === 0) {
    sql.exec("DELETE FROM assists WHERE job_id = ?", jobId);
    return false;
  }
  sql.exec(
    `INSERT OR REPLACE INTO assists (job_id, owner, type, priority, queued_at, wanted, assistants, until)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    jobId,
    owner,
    type,
    priority,
    queuedAt,
    wanted ? 1 : 0,
    assistants,
    until,
  );
  return wanted;
}

/** The job is over, or in line anew since that turn. */
export function deleteAssist(sql: SqlStorage, { jobId, queuedAt }: { jobId: string; queuedAt: number }): void {
  sql.exec("DELETE FROM assists WHERE job_id = ? AND queued_at <= ?", jobId, queuedAt);
}

/**
 * Offers a job that wants help to a runner's call, and to the same call the same job again: highest priority first, then who
 * has the fewest assistants, then who waits longest.
 * @param isOpen whether one more runner may work for that owner, who has so many assistants already
 */
export function offerAssist(
  sql: SqlStorage,
  types: readonly string[],
  isOpen: (owner: string, assistants: number) => boolean,
  call: { readonly id: string; readonly passOver: readonly string[]; readonly now: number; readonly until: number },
): Place | null {
  sql.exec("DELETE FROM assist_offers WHERE until <= ?", call.now);
  const offered = sql
    .exec<{ job_id: string; queued_at: number }>(
      "SELECT job_id, queued_at FROM assist_offers WHERE call_id = ?",
      call.id,
    )
    .toArray()[0];
  if (offered) return { jobId: offered.job_id, queuedAt: offered.queued_at };
  const found = types
    .flatMap((type) => wantedOf(sql, type, call.now))
    .sort((a, b) => b.priority - a.priority || a.assistants - b.assistants || a.queued_at - b.queued_at)
    .find(({ job_id, owner }) => !call.passOver.includes(job_id) && isOpen(owner, assistantsOf(sql, owner)));
  if (!found) return null;
  // Until the job tells how many it has.
  sql.exec("UPDATE assists SET assistants = assistants + 1 WHERE job_id = ?", found.job_id);
  sql.exec(
    "INSERT INTO assist_offers (call_id, job_id, queued_at, until) VALUES (?, ?, ?, ?)",
    call.id,
    found.job_id,
    found.queued_at,
    call.until,
  );
  return { jobId: found.job_id, queuedAt: found.queued_at };
}

/** The job refused that call. `isOver`: it needs no help any more at all. */
export function refuseAssist(sql: SqlStorage, callId: string, jobId: string, isOver: boolean): void {
  sql.exec("DELETE FROM assist_offers WHERE call_id = ?", callId);
  if (isOver) sql.exec("DELETE FROM assists WHERE job_id = ?", jobId);
  else sql.exec("UPDATE assists SET assistants = MAX(assistants - 1, 0) WHERE job_id = ?", jobId);
}

function wantedOf(sql: SqlStorage, type: string, now: number) {
  type Row = { job_id: string; owner: string; priority: number; assistants: number; queued_at: number };
  return sql
    .exec<Row>(
      `SELECT job_id, owner, priority, assistants, queued_at FROM assists WHERE wanted = 1 AND type = ? AND until > ?
       ORDER BY priority DESC, assistants, queued_at LIMIT ?`,
      type,
      now,
      MAX_LOOKED_AT,
    )
    .toArray();
}

function assistantsOf(sql: SqlStorage, owner: string): number {
  return sql
    .exec<{ sum: number }>("SELECT COALESCE(SUM(assistants), 0) AS sum FROM assists WHERE owner = ?", owner)
    .one().sum;
}
