/** The SQLite table of one idempotency key: its record. Writes are synchronous. */
import type { IdempotencyRecord } from "../domain/idempotency.ts";

/** Creates the table. Cheap when it exists. */
export function migrateIdempotencyStore(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS request (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)");
}

/** The record, or null when the key is free. */
export function loadRequest(sql: SqlStorage): IdempotencyRecord | null {
  const row = sql.exec<{ record: string }>("SELECT record FROM request").toArray()[0];
  return row ? (JSON.parse(row.record) as IdempotencyRecord) : null;
}

/** Stores the record; null frees the key. */
export function saveRequest(sql: SqlStorage, record: IdempotencyRecord | null): void {
  if (record === null) sql.exec("DELETE FROM request");
  else sql.exec("INSERT OR REPLACE INTO request (id, record) VALUES (1, ?)", JSON.stringify(record));
}
