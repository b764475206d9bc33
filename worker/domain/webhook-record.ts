/** A webhook as it is stored: where it points, what it wants, its secrets, and whether it is in order. */
import { WEBHOOK_OLD_SECRET_S } from "#contract/limits.ts";
import type { DisabledReason, Webhook, WebhookEvent, WebhookPayload } from "#contract/webhook.ts";

/** Times are epoch milliseconds. Secrets are `whsec_` and base64. */
export interface WebhookRecord {
  readonly id: string;
  readonly url: string;
  /** Null for all. */
  readonly events: readonly WebhookEvent[] | null;
  readonly description: string;
  readonly secret: string;
  readonly oldSecret: { readonly secret: string; readonly until: number } | null;
  /** The call that rotated the secret last. */
  readonly rotationId: string | null;
  /** Null while it is enabled. */
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: number | null;
  readonly failingSince: number | null;
  readonly createdAt: number;
}

/** What the owner may change. What is undefined stays. */
export interface WebhookChanges {
  readonly url?: string | undefined;
  readonly events?: readonly WebhookEvent[] | null | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** A new webhook, enabled. */
export function createWebhook(
  { url, events, description }: Pick<WebhookRecord, "url" | "events" | "description">,
  { id, secret }: Pick<WebhookRecord, "id" | "secret">,
  now: number,
): WebhookRecord {
  const inOrder = { disabledReason: null, disabledAt: null, failingSince: null } as const;
  return { id, url, events, description, secret, oldSecret: null, rotationId: null, ...inOrder, createdAt: now };
}

/** The webhook as its owner wants it. Enabling one that was disabled forgives it all earlier failures. */
export function updateWebhook(record: WebhookRecord, changes: WebhookChanges, now: number): WebhookRecord {
  const { url = record.url, events = record.events, description = record.description, enabled } = changes;
  const changed = { ...record, url, events, description };
  if (enabled === false) return disableWebhook(changed, "owner", now);
  if (enabled === true && !isEnabled(record)) {
    return { ...changed, disabledReason: null, disabledAt: null, failingSince: null };
  }
  return changed;
}

/** Nothing is sent to it any more. One that is disabled already keeps its reason. */
export function disableWebhook(record: WebhookRecord, reason: DisabledReason, now: number): WebhookRecord {
  return isEnabled(record) ? { ...record, disabledReason: reason, disabledAt: now } : record;
}

/**
 * A new secret; the present one signs too for a day. The same `rotationId` again changes nothing: it is the same call once
 * more, whatever secret it brings.
 */
export function rotateSecret(record: WebhookRecord, secret: string, rotationId: string, now: number): WebhookRecord {
  if (record.rotationId === rotationId) return record;
  const oldSecret = { secret: record.secret, until: now + WEBHOOK_OLD_SECRET_S * 1000 };
  return { ...record, secret, oldSecret, rotationId };
}

/** The secrets that sign now, the newest first. */
export function secretsInForce({ secret, oldSecret }: WebhookRecord, now: number): string[] {
  return oldSecret && now < oldSecret.until ? [secret, oldSecret.secret] : [secret];
}

export function isEnabled({ disabledReason }: WebhookRecord): boolean {
  return disabledReason === null;
}

/** Whether it is to hear of an event. A ping is sent to the one webhook that asks for it, and to no other. */
export function wantsEvent(record: WebhookRecord, type: WebhookPayload["type"]): boolean {
  if (!isEnabled(record) || type === "ping") return false;
  return record.events?.includes(type) ?? true;
}

/** The webhook as its owner sees it. */
export function toWebhook(record: WebhookRecord, now: number): Webhook {
  const { id, url, events, description, oldSecret, disabledReason, disabledAt, failingSince, createdAt } = record;
  const oldSecretUntil = oldSecret && now < oldSecret.until ? oldSecret.until : null;
  return {
    id,
    url,
    events: events && [...events],
    description,
    enabled: isEnabled(record),
    disabledReason,
    disabledAt,
    failingSince,
    oldSecretUntil,
    createdAt,
  };
}
