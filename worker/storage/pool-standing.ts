/** What a pool's tables say of one job's wait: who stands before it, and how long jobs of its type took lately. */
import type { Standing } from "../domain/queue-estimate.ts";
import { findPlace, isReady } from "./pool-store.ts";

/** Own jobs and other owners that are counted at most: looking must stay cheap however long the line is. */
const MAX_COUNTED = 1_000;
/** A new duration weighs at least 1/this in the mean, so that it follows what is so now. */
const MEAN_OVER = 10;

/** Creates the table. Cheap when it exists. */
export function migrateDurations(sql: SqlStorage): void {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS durations (type TEXT PRIMARY KEY, mean_ms REAL NOT NULL, count INTEGER NOT NULL)",
  );
}

/** A job of this type succeeded after `ms`. */
export function noteDuration(sql: SqlStorage, type: string, ms: number): void {
  sql.exec(
    `INSERT INTO durations (type, mean_ms, count) VALUES (?1, ?2, 1) ON CONFLICT (type) DO UPDATE SET
       mean_ms = mean_ms + (?2 - mean_ms) / MIN(count + 1, ?3), count = count + 1`,
    type,
    ms,
    MEAN_OVER,
  );
}

/** How long jobs of this type took lately, in ms, or null. */
export function meanDuration(sql: SqlStorage, type: string): number | null {
  return sql.exec<{ ms: number }>("SELECT mean_ms AS ms FROM durations WHERE type = ?", type).toArray()[0]?.ms ?? null;
}

/** Who stands before a ready job; null when it is not in line. Owners at their cap stand aside. */
export function readStanding(sql: SqlStorage, jobId: string): Standing | null {
  const place = findPlace(sql, jobId);
  if (!place || !isReady(place)) return null;
  const { owner, priority, queuedAt } = place.entry;
  const { above } = sql
    .exec<{ above: number }>(
      "SELECT COALESCE(SUM(ready), 0) AS above FROM lanes WHERE priority > ? AND open = 1",
      priority,
    )
    .one();
  const own = sql
    .exec<{ type: string; pass: number }>(
      "SELECT type, pass FROM lanes WHERE priority = ? AND owner = ?",
      priority,
      owner,
    )
    .toArray();
  const ownAhead = own.map(({ type }) => countOlder(sql, { priority, type, owner, queuedAt }));
  const others = sql
    .exec<{ ready: number; pass: number; headAt: number }>(
      `SELECT SUM(ready) AS ready, MIN(pass) AS pass, MIN(head_at) AS headAt FROM lanes
       WHERE priority = ? AND owner <> ? AND open = 1 GROUP BY owner LIMIT ?`,
      priority,
      owner,
      MAX_COUNTED,
    )
    .toArray();
  return { above, pass: own[0]?.pass ?? 0, ownAhead: ownAhead.reduce((a, b) => a + b, 0), queuedAt, others };
}

function countOlder(
  sql: SqlStorage,
  { priority, type, owner, queuedAt }: { priority: number; type: string; owner: string; queuedAt: number },
): number {
  return sql
    .exec<{ count: number }>(
      `SELECT COUNT(*) AS count FROM (SELECT 1 FROM places
         WHERE state = 1 AND priority = ? AND type = ? AND owner = ? AND queued_at < ? LIMIT ?)`,
      priority,
      type,
      owner,
      queuedAt,
      MAX_COUNTED,
    )
    .one().count;
}
