/** The SQLite table of one upload object: its record. Writes are synchronous. */
import type { UploadRecord } from "../domain/upload-record.ts";

const known = new WeakSet<SqlStorage>();

/** Whether this object was ever given an upload. Asked without writing, so that looking for an upload makes none. */
function hasUploadStore(sql: SqlStorage): boolean {
  if (known.has(sql)) return true;
  const found = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'upload'").toArray().length > 0;
  if (found) known.add(sql);
  return found;
}

/** Creates the table. Cheap when it exists. */
export function migrateUploadStore(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS upload (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)");
}

/** The upload, or null when this object was never given one. */
export function loadUpload(sql: SqlStorage): UploadRecord | null {
  if (!hasUploadStore(sql)) return null;
  const row = sql.exec<{ record: string }>("SELECT record FROM upload").toArray()[0];
  return row ? (JSON.parse(row.record) as UploadRecord) : null;
}

/** Stores the upload. */
export function saveUpload(sql: SqlStorage, record: UploadRecord): void {
  sql.exec("INSERT OR REPLACE INTO upload (id, record) VALUES (1, ?)", JSON.stringify(record));
}
