/** The D1 table `batches`: a projection for lists, as `jobs` is. Nothing else sees its SQL. */
import { type BatchList, batchCountsSchema, batchStateSchema } from "#contract/batch.ts";
import { type BatchRecord, batchCheckAt, toListed } from "../domain/batch-record.ts";

interface ListRow {
  id: string;
  state: string;
  size: number;
  counts: string | null;
  created_at: number;
  finished_at: number | null;
  cancel_requested_at: number | null;
  expires_at: number | null;
}

/** Writes the batch's row. An older state never replaces a newer one, however late it arrives. */
export async function upsertBatchRow(db: D1Database, record: BatchRecord, now: number): Promise<void> {
  const { id, state, size, counts, createdAt, finishedAt, cancelRequestedAt, expiresAt } = toListed(record);
  await db
    .prepare(
      `INSERT INTO batches (id, owner, rev, state, size, counts, created_at, finished_at, cancel_requested_at, expires_at,
         check_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, state = excluded.state, counts = excluded.counts,
         finished_at = excluded.finished_at, cancel_requested_at = excluded.cancel_requested_at,
         expires_at = excluded.expires_at, check_at = excluded.check_at
       WHERE excluded.rev >= batches.rev`,
    )
    .bind(
      id,
      record.owner,
      record.rowRev ?? 0,
      state,
      size,
      counts && JSON.stringify(counts),
      createdAt,
      finishedAt,
      cancelRequestedAt,
      expiresAt,
      batchCheckAt(record, now),
    )
    .run();
}

/** A page of an owner's batches, newest first. `after` is the last one of the page before. */
export async function listBatchRows(
  db: D1Database,
  owner: string,
  { limit, after }: { limit: number; after: { createdAt: number; id: string } | null },
): Promise<BatchList["batches"]> {
  const { results } = await db
    .prepare(
      `SELECT id, state, size, counts, created_at, finished_at, cancel_requested_at, expires_at FROM batches
       WHERE owner = ? ${after === null ? "" : "AND (created_at, id) < (?, ?)"}
       ORDER BY created_at DESC, id DESC LIMIT ?`,
    )
    .bind(owner, ...(after === null ? [] : [after.createdAt, after.id]), limit)
    .all<ListRow>();
  return results.map((row) => ({
    id: row.id,
    state: batchStateSchema.parse(row.state),
    size: row.size,
    counts: row.counts === null ? null : batchCountsSchema.parse(JSON.parse(row.counts)),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    cancelRequestedAt: row.cancel_requested_at,
    expiresAt: row.expires_at,
  }));
}

/** Forgets the row of a batch that is gone. */
export async function deleteBatchRow(db: D1Database, id: string): Promise<void> {
  await db.prepare("DELETE FROM batches WHERE id = ?").bind(id).run();
}
