/** The D1 table `jobs`: a projection for lists. Maps snake_case to camelCase; nothing else sees its SQL. */
import { type JobState, jobErrorSchema, jobStateSchema } from "#contract/job.ts";
import type { JobList } from "#contract/public-api.ts";
import type { JobRecord } from "../domain/job-record.ts";

interface JobRow {
  id: string;
  type: string;
  state: string;
  created_at: number;
  finished_at: number | null;
  expires_at: number | null;
  error: string | null;
}

/** Writes the job's row. An older state never replaces a newer one, however late it arrives. */
export async function upsertJobRow(db: D1Database, record: JobRecord): Promise<void> {
  await db
    .prepare(
      `INSERT INTO jobs (id, owner, type, state, seq, created_at, finished_at, expires_at, error)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, seq = excluded.seq, finished_at = excluded.finished_at,
         expires_at = excluded.expires_at, error = excluded.error
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
      record.expiresAt,
      record.error ? JSON.stringify(record.error) : null,
    )
    .run();
}

/** A page of an owner's jobs, newest first, of one state when asked. `after` is the last job of the page before. */
export async function listJobRows(
  db: D1Database,
  owner: string,
  page: { limit: number; after: { createdAt: number; id: string } | null; state?: JobState | undefined },
): Promise<JobList["jobs"]> {
  const { limit, after, state } = page;
  // Put together, so that each form finds its index.
  const conditions = [
    "owner = ?",
    ...(state === undefined ? [] : ["state = ?"]),
    ...(after === null ? [] : ["(created_at, id) < (?, ?)"]),
  ];
  const values = [
    owner,
    ...(state === undefined ? [] : [state]),
    ...(after === null ? [] : [after.createdAt, after.id]),
  ];
  const { results } = await db
    .prepare(
      `SELECT id, type, state, created_at, finished_at, expires_at, error FROM jobs
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
  }));
}
