/** One event on its way to one webhook: when it is tried again, when it is given up, and what its tries say of the webhook. */
import {
  MAX_LOGGED_TRIES,
  WEBHOOK_FAILING_MAX_S,
  WEBHOOK_RETRY_AFTER_MAX_S,
  WEBHOOK_RETRY_DELAYS_S,
  WEBHOOK_RETRY_JITTER,
} from "#contract/limits.ts";
import type { Delivery, DeliveryTry } from "#contract/webhook.ts";
import { disableWebhook, isEnabled, type WebhookRecord } from "./webhook-record.ts";

export interface DeliveryRecord {
  /** Counted up per owner. */
  readonly number: number;
  readonly webhookId: string;
  readonly eventId: string;
  readonly type: string;
  readonly payload: string;
  readonly createdAt: number;
  readonly state: Delivery["state"];
  /** Tries that failed since the delivery was made or replayed. */
  readonly failures: number;
  /** When it is tried next, or taken for lost when a try is under way; null when it is over. */
  readonly nextAt: number | null;
  readonly endedAt: number | null;
  readonly tries: readonly DeliveryTry[];
  /** The call that replayed it last. */
  readonly replayId: string | null;
}

/** How a try went, and the receiver's wish. */
export interface TryOutcome {
  readonly entry: DeliveryTry;
  /** `Retry-After`, as it came. */
  readonly retryAfter: string | null;
}

/**
 * Seconds that a `Retry-After` asks for (RFC 9110 §10.2.3: seconds or a date), 0 when there is none or it makes no sense, at
 * most `WEBHOOK_RETRY_AFTER_MAX_S`.
 */
export function retryAfterS(header: string | null, now: number): number {
  const text = header?.trim() ?? "";
  const asked = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(asked, 0), WEBHOOK_RETRY_AFTER_MAX_S);
}

/**
 * @param failures tries that failed so far, 1 or more
 * @param askedS   what the receiver asked for: never sooner than that
 * @param random   uniform in [0, 1)
 * @returns milliseconds to wait for the next try, or null when there is none
 */
export function deliveryDelayMs(failures: number, askedS: number, random: number): number | null {
  const scheduledS = WEBHOOK_RETRY_DELAYS_S[failures - 1];
  if (scheduledS === undefined) return null;
  return Math.round(Math.max(scheduledS * (1 + WEBHOOK_RETRY_JITTER * (2 * random - 1)), askedS) * 1000);
}

/** The delivery and its webhook after a try. Both may have been changed while the try was under way. */
export function settleTry(
  delivery: DeliveryRecord,
  webhook: WebhookRecord,
  { entry, retryAfter }: TryOutcome,
  now: number,
  random: number,
): { delivery: DeliveryRecord; webhook: WebhookRecord } {
  const tried = { ...delivery, tries: [...delivery.tries, entry].slice(-MAX_LOGGED_TRIES) };
  if (isTaken(entry)) {
    return { delivery: end(tried, "succeeded", now), webhook: { ...webhook, failingSince: null } };
  }
  const isPing = delivery.type === "ping";
  const failed = isPing ? webhook : { ...webhook, failingSince: webhook.failingSince ?? entry.at };
  if (entry.status === 410)
    return { delivery: end(tried, "failed", now), webhook: disableWebhook(failed, "gone", now) };
  const failures = delivery.failures + 1;
  const isLast = isPing || delivery.nextAt === null || !isEnabled(webhook);
  const delayMs = isLast ? null : deliveryDelayMs(failures, retryAfterS(retryAfter, now), random);
  if (delayMs !== null) return { delivery: { ...tried, failures, nextAt: now + delayMs }, webhook: failed };
  const isHopeless = !isPing && now - (failed.failingSince ?? now) >= WEBHOOK_FAILING_MAX_S * 1000;
  return {
    delivery: end({ ...tried, failures }, "failed", now),
    webhook: isHopeless ? disableWebhook(failed, "failing", now) : failed,
  };
}

/** The delivery as if it were new; its log stays. The same `replayId` again changes nothing: it is the same call once more. */
export function replay(delivery: DeliveryRecord, replayId: string, now: number): DeliveryRecord {
  if (delivery.replayId === replayId) return delivery;
  return { ...delivery, replayId, state: "pending", failures: 0, nextAt: now, endedAt: null };
}

/** The delivery as its webhook's owner sees it. */
export function toDelivery(record: DeliveryRecord): Delivery {
  const { number, eventId, type, state, createdAt, tries, nextAt: nextTryAt } = record;
  return { id: `dlv_${number}`, eventId, type, state, createdAt, tries: [...tries], nextTryAt };
}

function isTaken({ status }: DeliveryTry): boolean {
  return status !== null && status >= 200 && status < 300;
}

function end(delivery: DeliveryRecord, state: "succeeded" | "failed", now: number): DeliveryRecord {
  return { ...delivery, state, nextAt: null, endedAt: now };
}
