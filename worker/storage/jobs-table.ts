/** The D1 table `jobs`: a projection for lists. Maps snake_case to camelCase; nothing else sees its SQL. */
import { type JobState, jobErrorSchema, jobStateSchema } from "#contract/job.ts";
import type { JobList } from "#contract/public-api.ts";
import type { Admission } from "../domain/admissions.ts";
import { type JobRecord, keptEnd } from "../domain/job-record.ts";
import { usageOf } from "../domain/job-usage.ts";

interface JobRow {
  id: string;
  type: string;
  state: string;
  created_at: number;
  finished_at: number | null;
  expires_at: number | null;
  error: string | null;
  asset: string;
  pinned: number;
  cached: number;
  batch: string | null;
}

/** Writes the job's row; `checkAt` is when the sweep asks after it. An older state never replaces a newer one, however late it arrives. */
export async function upsertJobRow(db: D1Database, record: JobRecord, checkAt: number): Promise<void> {
  const { runMs, bytesIn, bytesOut } = usageOf(record);
  await db
    .prepare(
      `INSERT INTO jobs (id, owner, type, state, seq, created_at, finished_at, expires_at, error, check_at,
         asset, pinned, cached, batch, run_ms, bytes_in, bytes_out)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, seq = excluded.seq, finished_at = excluded.finished_at,
         expires_at = excluded.expires_at, error = excluded.error, check_at = excluded.check_at,
         asset = excluded.asset, pinned = excluded.pinned, cached = excluded.cached, batch = excluded.batch,
         run_ms = excluded.run_ms, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out
       WHERE excluded.seq >= jobs.seq`,
    )
    .bind(
      record.id,
      record.owner,
      record.type,
      record.state,
      record.seq,
      record.createdAt,
      record.finishedAt,
      keptEnd(record),
      record.error ? JSON.stringify(record.error) : null,
      checkAt,
      record.asset ?? record.id,
      record.pinned === true ? 1 : 0,
      record.sharedFrom === undefined ? 0 : 1,
      record.batch ?? null,
      runMs,
      bytesIn,
      bytesOut,
    )
    .run();
}

/** A page of an owner's jobs, newest first, of one state and of one batch when asked. `after` is the last job of the page before. */
export async function listJobRows(
  db: D1Database,
  owner: string,
  page: {
    limit: number;
    after: { createdAt: number; id: string } | null;
    state?: JobState | undefined;
    batch?: string | undefined;
  },
): Promise<JobList["jobs"]> {
  const { limit, after, state, batch } = page;
  // Put together, so that each form finds its index.
  const conditions = [
    "owner = ?",
    ...(batch === undefined ? [] : ["batch = ?"]),
    ...(state === undefined ? [] : ["state = ?"]),
    ...(after === null ? [] : ["(created_at, id) < (?, ?)"]),
  ];
  const values = [
    owner,
    ...(batch === undefined ? [] : [batch]),
    ...(state === undefined ? [] : [state]),
    ...(after === null ? [] : [after.createdAt, after.id]),
  ];
  const { results } = await db
    .prepare(
      `SELECT id, type, state, created_at, finished_at, expires_at, error, asset, pinned, cached, batch FROM jobs
       WHERE ${conditions.join(" AND ")} ORDER BY created_at DESC, id DESC LIMIT ?`,
    )
    .bind(...values, limit)
    .all<JobRow>();
  return results.map((row) => ({
    id: row.id,
    type: row.type,
    state: jobStateSchema.parse(row.state),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
    error: row.error ? jobErrorSchema.parse(JSON.parse(row.error)) : null,
    asset: row.asset,
    pinned: row.pinned === 1,
    cached: row.cached === 1,
    batch: row.batch,
  }));
}

/** Ids of an owner's newest jobs that are versions of one asset. */
export async function listVersionIds(
  db: D1Database,
  { owner, asset, limit }: { owner: string; asset: string; limit: number },
): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT id FROM jobs WHERE owner = ? AND asset = ? ORDER BY created_at DESC, id DESC LIMIT ?")
    .bind(owner, asset, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/**
 * How many of the owner's jobs are not over, counted up to `limit`, and how many jobs of `admissions` the table does not show
 * yet, whether they are over or not.
 */
export async function countOpenJobs(
  db: D1Database,
  owner: string,
  limit: number,
  admissions: readonly Admission[],
): Promise<number> {
  const row = await db
    .prepare(
      `SELECT
         (SELECT COUNT(*) FROM (
           SELECT 1 FROM jobs WHERE owner = ?1 AND state IN ('waiting', 'queued', 'running', 'canceling') LIMIT ?2)) AS shown,
         (SELECT COALESCE(SUM(MAX(0, value ->> 1 - CASE WHEN value ->> 0 LIKE 'bat%'
           THEN (SELECT COUNT(*) FROM jobs WHERE owner = ?1 AND batch = value ->> 0)
           ELSE (SELECT COUNT(*) FROM jobs WHERE id = value ->> 0) END)), 0) FROM json_each(?3)) AS unseen`,
    )
    .bind(owner, limit, JSON.stringify(admissions))
    .first<{ shown: number; unseen: number }>();
  return (row?.shown ?? 0) + (row?.unseen ?? 0);
}

/** How many jobs the owner has pinned. */
export async function countPinned(db: D1Database, owner: string): Promise<number> {
  const row = await db
    .prepare("SELECT COUNT(*) AS count FROM jobs WHERE owner = ? AND pinned = 1")
    .bind(owner)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/** Forgets a row that has no job. */
export async function deleteJobRow(db: D1Database, id: string): Promise<void> {
  await db.prepare("DELETE FROM jobs WHERE id = ?").bind(id).run();
}

/** Ids of everybody's jobs in order, those behind `after`. */
export async function listJobIds(db: D1Database, after: string, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT id FROM jobs WHERE id > ? ORDER BY id LIMIT ?")
    .bind(after, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
