/**
 * The SQLite tables of one pool: places in line (here), the lanes they stand in (pool-lanes.ts), and settings. A place is
 * asleep (backoff, not before), ready, offered to a runner that has not answered yet, or at work. Every step reads and
 * writes a number of rows that does not depend on the length of the line.
 */
import { DEFAULT_MAX_IN_FLIGHT_PER_OWNER } from "#contract/limits.ts";
import { closeLanes, migrateLanes, openLanes, stepInLane } from "./pool-lanes.ts";

/** What a place is. Numbers, as indexes hold them; at `OFFERED` and above a job counts as in flight. */
const ASLEEP = 0;
const READY = 1;
const OFFERED = 2;
const AT_WORK = 3;

/** Places woken in one go; more than that and the alarm rings again at once. */
const MAX_WOKEN = 200;

/** A place in line: the job, and the turn it was put there in. */
export interface Place {
  readonly jobId: string;
  readonly queuedAt: number;
}

/** A job in line. */
export interface PoolEntry extends Place {
  readonly owner: string;
  readonly type: string;
  /** 9 first, 0 last. */
  readonly priority: number;
}

interface PlaceRow {
  readonly entry: PoolEntry;
  readonly state: number;
  /** Asleep: until then. Offered: back in line then. At work: forgotten then, unless it is told again. */
  readonly wakeAt: number;
}

/** What a pool is told to do, until it is told otherwise. */
export interface PoolSettings {
  /** Offers nothing while true. */
  readonly paused: boolean;
  /** Jobs of one owner that may be offered or at work at once. */
  readonly maxInFlightPerOwner: number;
}

/** Creates the tables. Cheap when they exist. */
export function migratePoolStore(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS places (
    job_id TEXT PRIMARY KEY, owner TEXT NOT NULL, type TEXT NOT NULL, priority INTEGER NOT NULL,
    queued_at INTEGER NOT NULL, state INTEGER NOT NULL, wake_at INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec(
    "CREATE INDEX IF NOT EXISTS places_ready ON places (priority, type, owner, queued_at, job_id) WHERE state = 1",
  );
  sql.exec("CREATE INDEX IF NOT EXISTS places_wake ON places (wake_at) WHERE state <> 1");
  sql.exec("CREATE INDEX IF NOT EXISTS places_in_flight ON places (owner) WHERE state >= 2");
  sql.exec(`CREATE TABLE IF NOT EXISTS offers (
    lease_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, queued_at INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec("CREATE INDEX IF NOT EXISTS offers_until ON offers (until)");
  sql.exec(
    "CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), paused INTEGER, max_in_flight INTEGER)",
  );
  migrateLanes(sql);
  moveOldLine(sql);
}

/** Pools made before there were owners in line: their jobs share one. */
function moveOldLine(sql: SqlStorage): void {
  const old = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'line'").toArray();
  if (old.length === 0) return;
  const rows = sql
    .exec<{ job_id: string; type: string; priority: number; queued_at: number; wake_at: number; ready: number }>(
      "SELECT job_id, type, priority, queued_at, wake_at, ready FROM line",
    )
    .toArray();
  for (const { job_id: jobId, type, priority, queued_at: queuedAt, wake_at: wakeAt, ready } of rows) {
    putEntry(sql, { jobId, owner: "", type, priority, queuedAt }, ready ? null : wakeAt, 0);
  }
  sql.exec("DROP TABLE line");
}

/** The settings, as they were set last. */
export function readSettings(sql: SqlStorage): PoolSettings {
  const row = sql
    .exec<{ paused: number; max_in_flight: number }>("SELECT paused, max_in_flight FROM settings")
    .toArray()[0];
  return {
    paused: row?.paused === 1,
    maxInFlightPerOwner: row?.max_in_flight ?? DEFAULT_MAX_IN_FLIGHT_PER_OWNER,
  };
}

/** Sets all settings, and opens or closes the lanes of owners whom a new cap concerns. */
export function saveSettings(sql: SqlStorage, { paused, maxInFlightPerOwner }: PoolSettings): void {
  sql.exec(
    "INSERT OR REPLACE INTO settings (id, paused, max_in_flight) VALUES (1, ?, ?)",
    paused ? 1 : 0,
    maxInFlightPerOwner,
  );
  const owners = sql.exec<{ owner: string }>("SELECT DISTINCT owner FROM lanes").toArray();
  for (const { owner } of owners) heedCap(sql, owner);
}

/** Puts a job in line, asleep until `notBefore`. Nothing changes when this turn, or a later one, is known. */
export function putEntry(sql: SqlStorage, entry: PoolEntry, notBefore: number | null, now: number): void {
  const before = findPlace(sql, entry.jobId);
  if (before && before.entry.queuedAt >= entry.queuedAt) return;
  const wakeAt = notBefore ?? 0;
  setPlace(sql, before, { entry, state: wakeAt <= now ? READY : ASLEEP, wakeAt });
}

/** The job was leased in this turn: it is in flight until `until`, or until it is told again. */
export function takeEntry(sql: SqlStorage, entry: PoolEntry, until: number): void {
  const before = findPlace(sql, entry.jobId);
  if (before && before.entry.queuedAt > entry.queuedAt) return;
  setPlace(sql, before, { entry, state: AT_WORK, wakeAt: until });
}

/**
 * Takes a job out of the pool, unless it was put in line anew since: a late call must not lose it.
 * @returns what was there, or null
 */
export function deleteEntry(sql: SqlStorage, { jobId, queuedAt }: Place): PoolEntry | null {
  const before = findPlace(sql, jobId);
  if (!before || before.entry.queuedAt > queuedAt) return null;
  setPlace(sql, before, null);
  return before.entry;
}

/** What was offered to that call of a runner, if it is still known: the same call again gets the same answer. */
export function findOffer(sql: SqlStorage, callId: string, now: number): Place | null {
  sql.exec("DELETE FROM offers WHERE until <= ?", now);
  const row = sql
    .exec<{ job_id: string; queued_at: number }>("SELECT job_id, queued_at FROM offers WHERE lease_id = ?", callId)
    .toArray()[0];
  return row ? { jobId: row.job_id, queuedAt: row.queued_at } : null;
}

/** Lays a ready place aside until `placeUntil`, for a call that is known until `callUntil`. */
export function offerEntry(
  sql: SqlStorage,
  jobId: string,
  callId: string,
  { placeUntil, callUntil }: { placeUntil: number; callUntil: number },
): void {
  const before = findPlace(sql, jobId);
  if (!before) return;
  setPlace(sql, before, { ...before, state: OFFERED, wakeAt: placeUntil });
  sql.exec(
    "INSERT INTO offers (lease_id, job_id, queued_at, until) VALUES (?, ?, ?, ?)",
    callId,
    jobId,
    before.entry.queuedAt,
    callUntil,
  );
}

/** The call that this turn was offered to will not have it. */
export function forgetOffer(sql: SqlStorage, callId: string, { jobId, queuedAt }: Place): void {
  sql.exec("DELETE FROM offers WHERE lease_id = ? AND job_id = ? AND queued_at = ?", callId, jobId, queuedAt);
}

/** Takes a place out that was offered in vain. A job that is known to be at work stays: another call has got it. */
export function strikeOff(sql: SqlStorage, place: Place): void {
  if (findPlace(sql, place.jobId)?.state !== AT_WORK) deleteEntry(sql, place);
}

/** The oldest ready job of a lane. */
export function firstInLane(sql: SqlStorage, lane: { priority: number; type: string; owner: string }): Place | null {
  const row = sql
    .exec<{ job_id: string; queued_at: number }>(
      `SELECT job_id, queued_at FROM places WHERE state = 1 AND priority = ? AND type = ? AND owner = ?
       ORDER BY queued_at, job_id LIMIT 1`,
      lane.priority,
      lane.type,
      lane.owner,
    )
    .toArray()[0];
  return row ? { jobId: row.job_id, queuedAt: row.queued_at } : null;
}

/** Wakes what is due, and forgets jobs at work that nobody has told of for long. Returns the types of those that came into line. */
export function wakeDue(sql: SqlStorage, now: number): string[] {
  const due = sql
    .exec<{ job_id: string }>(
      "SELECT job_id FROM places WHERE state <> 1 AND wake_at <= ? ORDER BY wake_at LIMIT ?",
      now,
      MAX_WOKEN,
    )
    .toArray();
  const woken: string[] = [];
  for (const { job_id } of due) {
    const before = findPlace(sql, job_id);
    if (!before) continue;
    const forgotten = before.state === AT_WORK;
    setPlace(sql, before, forgotten ? null : { ...before, state: READY, wakeAt: 0 });
    if (!forgotten) woken.push(before.entry.type);
  }
  return woken;
}

/** When the next place must be looked at, or null. */
export function nextWakeAt(sql: SqlStorage): number | null {
  return (
    sql.exec<{ at: number }>("SELECT wake_at AS at FROM places WHERE state <> 1 ORDER BY wake_at LIMIT 1").toArray()[0]
      ?.at ?? null
  );
}

/** Jobs in the pool: ready, asleep, offered or at work. Reads every row that is not ready. */
export function countEntries(sql: SqlStorage): { ready: number; asleep: number; inFlight: number } {
  const { ready } = sql.exec<{ ready: number }>("SELECT COALESCE(SUM(ready), 0) AS ready FROM lanes").one();
  const { asleep, rest } = sql
    .exec<{ asleep: number; rest: number }>(
      "SELECT COALESCE(SUM(state = 0), 0) AS asleep, COUNT(*) AS rest FROM places WHERE state <> 1",
    )
    .one();
  return { ready, asleep, inFlight: rest - asleep };
}

/** A job's place as it is now, or null. */
export function findPlace(sql: SqlStorage, jobId: string): PlaceRow | null {
  const row = sql
    .exec<{ owner: string; type: string; priority: number; queued_at: number; state: number; wake_at: number }>(
      "SELECT owner, type, priority, queued_at, state, wake_at FROM places WHERE job_id = ?",
      jobId,
    )
    .toArray()[0];
  if (!row) return null;
  const { owner, type, priority, queued_at: queuedAt, state, wake_at: wakeAt } = row;
  return { entry: { jobId, owner, type, priority, queuedAt }, state, wakeAt };
}

/** Whether the place is in line, and not asleep or in flight. */
export function isReady(place: PlaceRow): boolean {
  return place.state === READY;
}

/** The one way a place changes: the row, its lane, and its owner's cap stay in step. */
function setPlace(sql: SqlStorage, before: PlaceRow | null, after: PlaceRow | null): void {
  if (after) {
    const { entry, state, wakeAt } = after;
    sql.exec(
      `INSERT OR REPLACE INTO places (job_id, owner, type, priority, queued_at, state, wake_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      entry.jobId,
      entry.owner,
      entry.type,
      entry.priority,
      entry.queuedAt,
      state,
      wakeAt,
    );
  } else if (before) {
    sql.exec("DELETE FROM places WHERE job_id = ?", before.entry.jobId);
  }
  const head = (entry: PoolEntry) => firstInLane(sql, entry)?.queuedAt ?? null;
  if (before && isReady(before)) stepInLane(sql, before.entry, -1, head(before.entry));
  if (after && isReady(after)) stepInLane(sql, after.entry, 1, head(after.entry));
  const owners = new Set([before?.entry.owner, after?.entry.owner].filter((owner) => owner !== undefined));
  for (const owner of owners) heedCap(sql, owner);
}

/** Lets an owner's lanes be served, or not, by how many of its jobs are in flight. */
function heedCap(sql: SqlStorage, owner: string): void {
  if (isBelowCap(sql, owner)) openLanes(sql, owner);
  else closeLanes(sql, owner);
}

/** Whether one more runner may work for the owner, who has `more` beside those of its jobs in flight. */
export function isBelowCap(sql: SqlStorage, owner: string, more = 0): boolean {
  const { maxInFlightPerOwner: cap } = readSettings(sql);
  const { count } = sql
    .exec<{ count: number }>(
      "SELECT COUNT(*) AS count FROM (SELECT 1 FROM places WHERE state >= 2 AND owner = ? LIMIT ?)",
      owner,
      cap,
    )
    .one();
  return count + more < cap;
}
