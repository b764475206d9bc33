/** Rows of D1 that the sweep asks after: `check_at` of `jobs` and of `batches` says when. */

/**
 * Ids of what the sweep is to ask now, the longest overdue first. They are due again at `nextAt`, unless they write their rows
 * before: one that can't be asked does not stand in the others' way.
 */
export async function claimDueRows(
  db: D1Database,
  table: "jobs" | "batches",
  { now, nextAt, limit }: { now: number; nextAt: number; limit: number },
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `UPDATE ${table} SET check_at = ?1
       WHERE id IN (SELECT id FROM ${table} WHERE check_at <= ?2 ORDER BY check_at LIMIT ?3) RETURNING id`,
    )
    .bind(nextAt, now, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
