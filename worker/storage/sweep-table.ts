/** The D1 table `sweep`: behind which key of R2 the next sweep goes on. Losing it costs one more time around. */

/** The last key that was looked at; null at the beginning. */
export async function loadSweepPlace(db: D1Database): Promise<string | null> {
  const row = await db.prepare("SELECT after_key FROM sweep").first<{ after_key: string | null }>();
  return row?.after_key ?? null;
}

/** Null: the next one begins anew. */
export async function saveSweepPlace(db: D1Database, after: string | null): Promise<void> {
  await db.prepare("INSERT OR REPLACE INTO sweep (id, after_key) VALUES (1, ?)").bind(after).run();
}
