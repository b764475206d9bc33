/**
 * The SQLite tables of one upload object: its record, and for one of several parts a row each, because thousands of parts
 * would not fit into one row of 2 MB. A file that comes in a single PUT has no such table. Writes are synchronous.
 */
import type { StoredPart, UploadRecord } from "../domain/upload-record.ts";

const known = new WeakSet<SqlStorage>();
const withParts = new WeakSet<SqlStorage>();

/** Whether this object was ever given an upload. Asked without writing, so that looking for an upload makes none. */
function hasUploadStore(sql: SqlStorage): boolean {
  if (known.has(sql)) return true;
  const found = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'upload'").toArray().length > 0;
  if (found) known.add(sql);
  return found;
}

/** Creates the table of the record. Cheap when it exists. */
export function migrateUploadStore(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS upload (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)");
  known.add(sql);
}

/** The upload, or null when this object was never given one. */
export function loadUpload(sql: SqlStorage): UploadRecord | null {
  if (!hasUploadStore(sql)) return null;
  const row = sql.exec<{ record: string }>("SELECT record FROM upload").toArray()[0];
  if (!row) return null;
  const record = JSON.parse(row.record) as UploadRecord;
  if (record.multipartId === null) return record;
  const parts = loadParts(sql);
  // Earlier versions kept the parts in the record; those stay there until the upload changes.
  return { ...record, parts: parts.length > 0 ? parts : record.parts };
}

/** Stores the upload; of its parts those that are not as in `before`. */
export function saveUpload(sql: SqlStorage, record: UploadRecord, before: UploadRecord | null): void {
  const { parts, ...rest } = record;
  const inRecord = record.multipartId === null ? parts : [];
  sql.exec("INSERT OR REPLACE INTO upload (id, record) VALUES (1, ?)", JSON.stringify({ ...rest, parts: inRecord }));
  if (record.multipartId !== null) saveParts(sql, parts, before?.parts ?? []);
}

function loadParts(sql: SqlStorage): StoredPart[] {
  makeParts(sql);
  const rows = sql.exec<{ part: string }>("SELECT part FROM parts ORDER BY number").toArray();
  return rows.map(({ part }) => JSON.parse(part) as StoredPart);
}

function saveParts(sql: SqlStorage, parts: readonly StoredPart[], before: readonly StoredPart[]): void {
  makeParts(sql);
  if (parts.length === 0) sql.exec("DELETE FROM parts");
  const isStored = sql.exec("SELECT 1 FROM parts LIMIT 1").toArray().length > 0;
  const had = new Set(isStored ? before : []);
  for (const part of parts.filter((one) => !had.has(one)))
    sql.exec("INSERT OR REPLACE INTO parts (number, part) VALUES (?, ?)", part.partNumber, JSON.stringify(part));
}

/** Creates the table of the parts; an object of an earlier version has none. Cheap when it exists. */
function makeParts(sql: SqlStorage): void {
  if (withParts.has(sql)) return;
  sql.exec("CREATE TABLE IF NOT EXISTS parts (number INTEGER PRIMARY KEY, part TEXT NOT NULL)");
  withParts.add(sql);
}
