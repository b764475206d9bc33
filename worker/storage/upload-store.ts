/** The SQLite table of one upload object: its record. Writes are synchronous. */
import type { UploadRecord } from "../domain/upload-record.ts";

/** Creates the table. Cheap when it exists. */
export function migrateUploadStore(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS upload (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)");
}

/** The upload, or null when this object was never given one. */
export function loadUpload(sql: SqlStorage): UploadRecord | null {
  const row = sql.exec<{ record: string }>("SELECT record FROM upload").toArray()[0];
  return row ? (JSON.parse(row.record) as UploadRecord) : null;
}

/** Stores the upload. */
export function saveUpload(sql: SqlStorage, record: UploadRecord): void {
  sql.exec("INSERT OR REPLACE INTO upload (id, record) VALUES (1, ?)", JSON.stringify(record));
}
