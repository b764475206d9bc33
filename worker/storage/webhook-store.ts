/**
 * The SQLite tables of one owner's webhooks: the webhooks, and their deliveries, which are log and outbox in one. Every
 * write is synchronous. Reads work where there are no tables yet, so that an owner without webhooks costs no storage.
 */
import { MAX_WEBHOOK_LOG } from "#contract/limits.ts";
import type { DeliveryTry } from "#contract/webhook.ts";
import type { DeliveryRecord } from "../domain/webhook-delivery.ts";
import type { OutgoingEvent } from "../domain/webhook-event.ts";
import type { WebhookRecord } from "../domain/webhook-record.ts";

type DeliveryRow = {
  number: number;
  webhook_id: string;
  event_id: string;
  type: string;
  payload: string;
  created_at: number;
  state: DeliveryRecord["state"];
  failures: number;
  next_at: number | null;
  ended_at: number | null;
  tries: string;
  replay_id: string | null;
};

/** Creates the tables. Cheap when they exist. */
export function migrateWebhookStore(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID");
  sql.exec(`CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, webhook_id TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL,
    payload TEXT NOT NULL, created_at INTEGER NOT NULL, state TEXT NOT NULL, failures INTEGER NOT NULL, next_at INTEGER,
    ended_at INTEGER, tries TEXT NOT NULL, replay_id TEXT, UNIQUE (webhook_id, event_id))`);
  sql.exec("CREATE INDEX IF NOT EXISTS deliveries_log ON deliveries (webhook_id, number)");
  sql.exec("CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL");
  sql.exec("CREATE INDEX IF NOT EXISTS deliveries_next ON deliveries (next_at) WHERE next_at IS NOT NULL");
  sql.exec("CREATE INDEX IF NOT EXISTS deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL");
}

function hasTables(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'webhooks'").toArray().length > 0;
}

/** All webhooks, the oldest first. */
export function listWebhooks(sql: SqlStorage): WebhookRecord[] {
  if (!hasTables(sql)) return [];
  const rows = sql.exec<{ record: string }>("SELECT record FROM webhooks").toArray();
  return rows
    .map(({ record }) => JSON.parse(record) as WebhookRecord)
    .sort((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id));
}

export function loadWebhook(sql: SqlStorage, id: string): WebhookRecord | null {
  if (!hasTables(sql)) return null;
  const row = sql.exec<{ record: string }>("SELECT record FROM webhooks WHERE id = ?", id).toArray()[0];
  return row ? (JSON.parse(row.record) as WebhookRecord) : null;
}

export function saveWebhook(sql: SqlStorage, record: WebhookRecord): void {
  sql.exec("INSERT OR REPLACE INTO webhooks (id, record) VALUES (?, ?)", record.id, JSON.stringify(record));
}

/** Deletes the webhook with its log and all that was still to be sent. */
export function deleteWebhook(sql: SqlStorage, id: string): void {
  if (!hasTables(sql)) return;
  sql.exec("DELETE FROM webhooks WHERE id = ?", id);
  sql.exec("DELETE FROM deliveries WHERE webhook_id = ?", id);
}

/** Notes an event for a webhook, due at once; the same event again is a no-op. Returns the delivery's number if it is new. */
export function addDelivery(sql: SqlStorage, webhookId: string, event: OutgoingEvent, now: number): number | null {
  const rows = sql.exec<{ number: number }>(
    `INSERT INTO deliveries (webhook_id, event_id, type, payload, created_at, state, failures, next_at, tries)
     VALUES (?1, ?2, ?3, ?4, ?5, 'pending', 0, ?5, '[]') ON CONFLICT DO NOTHING RETURNING number`,
    webhookId,
    event.id,
    event.type,
    event.payload,
    now,
  );
  return rows.toArray()[0]?.number ?? null;
}

export function loadDelivery(sql: SqlStorage, number: number): DeliveryRecord | null {
  if (!hasTables(sql)) return null;
  const row = sql.exec<DeliveryRow>("SELECT * FROM deliveries WHERE number = ?", number).toArray()[0];
  return row ? toRecord(row) : null;
}

export function findDelivery(sql: SqlStorage, webhookId: string, eventId: string): DeliveryRecord | null {
  const row = sql
    .exec<DeliveryRow>("SELECT * FROM deliveries WHERE webhook_id = ? AND event_id = ?", webhookId, eventId)
    .toArray()[0];
  return row ? toRecord(row) : null;
}

/** Stores what changes of a delivery in its life; one that is gone stays so. */
export function saveDelivery(sql: SqlStorage, delivery: DeliveryRecord): void {
  const { number, state, failures, nextAt, endedAt, tries, replayId } = delivery;
  sql.exec(
    `UPDATE deliveries SET state = ?, failures = ?, next_at = ?, ended_at = ?, tries = ?, replay_id = ? WHERE number = ?`,
    state,
    failures,
    nextAt,
    endedAt,
    JSON.stringify(tries),
    replayId,
    number,
  );
}

/** Up to `limit` deliveries of one webhook that are due, the one that waits longest first. */
export function dueDeliveries(sql: SqlStorage, webhookId: string, now: number, limit: number): DeliveryRecord[] {
  const rows = sql.exec<DeliveryRow>(
    "SELECT * FROM deliveries WHERE webhook_id = ? AND next_at <= ? ORDER BY next_at LIMIT ?",
    webhookId,
    now,
    limit,
  );
  return rows.toArray().map(toRecord);
}

/** A webhook's deliveries, the newest first, from before `number` on. */
export function listDeliveries(
  sql: SqlStorage,
  webhookId: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): DeliveryRecord[] {
  const rows = sql.exec<DeliveryRow>(
    "SELECT * FROM deliveries WHERE webhook_id = ? AND number < ? ORDER BY number DESC LIMIT ?",
    webhookId,
    before,
    limit,
  );
  return rows.toArray().map(toRecord);
}

/** How many of a webhook's deliveries are not over. Reads as many rows. */
export function countWaiting(sql: SqlStorage, webhookId: string): number {
  return sql
    .exec<{ count: number }>(
      "SELECT COUNT(*) AS count FROM deliveries WHERE webhook_id = ? AND next_at IS NOT NULL",
      webhookId,
    )
    .one().count;
}

/** Ends all that was still to be sent to a webhook. */
export function failWaiting(sql: SqlStorage, webhookId: string, now: number): void {
  sql.exec(
    "UPDATE deliveries SET state = 'failed', next_at = NULL, ended_at = ? WHERE webhook_id = ? AND next_at IS NOT NULL",
    now,
    webhookId,
  );
}

/** Keeps the newest `MAX_WEBHOOK_LOG` of a webhook's deliveries that are over. Reads that many rows. */
export function shortenLog(sql: SqlStorage, webhookId: string): void {
  sql.exec(
    `DELETE FROM deliveries WHERE webhook_id = ?1 AND next_at IS NULL AND number <= (
       SELECT number FROM deliveries WHERE webhook_id = ?1 AND next_at IS NULL ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
    webhookId,
    MAX_WEBHOOK_LOG,
  );
}

/** Forgets deliveries that ended before `time`. */
export function forgetEndedBefore(sql: SqlStorage, time: number): void {
  if (hasTables(sql)) sql.exec("DELETE FROM deliveries WHERE ended_at <= ?", time);
}

/** Whether a delivery is due, when the next other one is, and when the oldest one ended that is kept; null where there is none. */
export function deliveryTimes(
  sql: SqlStorage,
  now: number,
): { isAnyDue: boolean; nextAt: number | null; oldestEndedAt: number | null } {
  if (!hasTables(sql)) return { isAnyDue: false, nextAt: null, oldestEndedAt: null };
  const first = (query: string, ...values: number[]) =>
    sql.exec<{ at: number }>(query, ...values).toArray()[0]?.at ?? null;
  return {
    isAnyDue: first("SELECT next_at AS at FROM deliveries WHERE next_at <= ? LIMIT 1", now) !== null,
    nextAt: first("SELECT next_at AS at FROM deliveries WHERE next_at > ? ORDER BY next_at LIMIT 1", now),
    oldestEndedAt: first("SELECT ended_at AS at FROM deliveries WHERE ended_at IS NOT NULL ORDER BY ended_at LIMIT 1"),
  };
}

function toRecord(row: DeliveryRow): DeliveryRecord {
  return {
    number: row.number,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    type: row.type,
    payload: row.payload,
    createdAt: row.created_at,
    state: row.state,
    failures: row.failures,
    nextAt: row.next_at,
    endedAt: row.ended_at,
    tries: JSON.parse(row.tries) as DeliveryTry[],
    replayId: row.replay_id,
  };
}
