/** The SQLite table of a job's shared stage: one row, because it is read and written as a whole. */
import type { FanOut } from "../domain/fan-out.ts";
import { hasJobStore } from "./job-store.ts";

/** Creates the table. Cheap when it exists. */
export function migrateFanOut(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS fan_out (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)");
}

/** The shared stage, or null; null, too, in an object that holds no job. It may be of a lease that is over. */
export function loadFanOut(sql: SqlStorage): FanOut | null {
  if (!hasJobStore(sql)) return null;
  const row = sql.exec<{ record: string }>("SELECT record FROM fan_out").toArray()[0];
  return row ? (JSON.parse(row.record) as FanOut) : null;
}

/** Stores the shared stage. */
export function saveFanOut(sql: SqlStorage, fanOut: FanOut): void {
  sql.exec("INSERT OR REPLACE INTO fan_out (id, record) VALUES (1, ?)", JSON.stringify(fanOut));
}

/** Forgets it. */
export function deleteFanOut(sql: SqlStorage): void {
  sql.exec("DELETE FROM fan_out");
}
