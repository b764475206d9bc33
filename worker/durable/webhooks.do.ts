/**
 * One owner's webhooks: which there are, what is to be sent to them, and the log. An event is noted for every webhook that
 * wants it before the publisher gets its answer; from then on the alarm sees to it that it is sent. A delivery is marked as
 * under way before each try and settled after it, so a crash in the middle repeats the try and loses none.
 */
import { DurableObject } from "cloudflare:workers";
import { MAX_WAITING_DELIVERIES, MAX_WEBHOOKS_PER_OWNER, WEBHOOK_LOG_S, WEBHOOK_TIMEOUT_MS } from "#contract/limits.ts";
import type { Delivery, Webhook, WebhookWithSecret } from "#contract/webhook.ts";
import { type DeliveryRecord, replay, settleTry, type TryOutcome, toDelivery } from "../domain/webhook-delivery.ts";
import { type OutgoingEvent, pingEvent } from "../domain/webhook-event.ts";
import {
  createWebhook,
  disableWebhook,
  isEnabled,
  rotateSecret,
  secretsInForce,
  toWebhook,
  updateWebhook,
  type WebhookChanges,
  type WebhookRecord,
  wantsEvent,
} from "../domain/webhook-record.ts";
import { type Env, readConfig } from "../env.ts";
import {
  addDelivery,
  countWaiting,
  deleteWebhook,
  deliveryTimes,
  dueDeliveries,
  failWaiting,
  findDelivery,
  forgetEndedBefore,
  listDeliveries,
  listWebhooks,
  loadDelivery,
  loadWebhook,
  migrateWebhookStore,
  saveDelivery,
  saveWebhook,
  shortenLog,
} from "../storage/webhook-store.ts";
import { armIfLost } from "./lost-alarm.ts";
import { sendWebhook } from "./webhook-request.ts";

/** What a call answers across RPC. */
export type WebhookOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: WebhookRefusal };
export type WebhookRefusal = "webhook_not_found" | "webhook_limit" | "webhook_disabled" | "delivery_not_found";

/** A platform limit: more connections than six that wait for an answer would wait in line, and their time-outs run. */
const MAX_UNDER_WAY = 6;
/** Tries at one webhook at once: one that fails gets its deliveries one by one, and leaves room for the others. */
const MAX_UNDER_WAY_EACH = 3;
const MAX_UNDER_WAY_FAILING = 1;
/** A try of which nothing has been heard for so long was lost with the object's memory. */
const LOST_TRY_MS = 2 * WEBHOOK_TIMEOUT_MS;
/** The lengths of log and outbox are looked at once in so many deliveries. */
const CHECK_EVERY = 100;
/** An alarm that failed rings again after this long. */
const RETRY_MS = 5_000;

export class WebhooksObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  /** Tries under way: the delivery's number, and its webhook. */
  readonly #underWay = new Map<number, string>();

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
  }

  /** Stores a new webhook; again with the same id is a no-op. */
  create(
    request: Parameters<typeof createWebhook>[0],
    ids: Parameters<typeof createWebhook>[1],
  ): WebhookOutcome<WebhookWithSecret> {
    const now = Date.now();
    const known = listWebhooks(this.#sql);
    const existing = known.find(({ id }) => id === ids.id);
    if (existing) return { ok: true, value: withSecret(existing, now) };
    if (known.length >= MAX_WEBHOOKS_PER_OWNER) return { ok: false, reason: "webhook_limit" };
    migrateWebhookStore(this.#sql);
    const record = createWebhook(request, ids, now);
    saveWebhook(this.#sql, record);
    return { ok: true, value: withSecret(record, now) };
  }

  list(): Webhook[] {
    const now = Date.now();
    this.#armIfLost();
    return listWebhooks(this.#sql).map((record) => toWebhook(record, now));
  }

  read(id: string): WebhookOutcome<Webhook> {
    return this.#change(id, (record) => record, toWebhook);
  }

  update(id: string, changes: WebhookChanges): WebhookOutcome<Webhook> {
    return this.#change(id, (record, now) => updateWebhook(record, changes, now), toWebhook);
  }

  /** `rotationId` names the call: the same again is a no-op. */
  rotateSecret(id: string, secret: string, rotationId: string): WebhookOutcome<WebhookWithSecret> {
    return this.#change(id, (record, now) => rotateSecret(record, secret, rotationId, now), withSecret);
  }

  /** Deletes the webhook and its log. What is on its way arrives; nothing is repeated. */
  delete(id: string): void {
    deleteWebhook(this.#sql, id);
    this.#arm();
    this.#leaveNothing();
  }

  /** Sends a ping, once. `eventId` names the call: the same again is a no-op. */
  ping(id: string, eventId: string): WebhookOutcome<Delivery> {
    const webhook = loadWebhook(this.#sql, id);
    if (!webhook) return { ok: false, reason: "webhook_not_found" };
    if (!isEnabled(webhook)) return { ok: false, reason: "webhook_disabled" };
    const now = Date.now();
    addDelivery(this.#sql, id, pingEvent(eventId, id, now), now);
    return { ok: true, value: this.#startWith(findDelivery(this.#sql, id, eventId) as DeliveryRecord) };
  }

  /** The log, newest first, from before number `before` on. */
  deliveries(id: string, page: { before: number; limit: number }): WebhookOutcome<Delivery[]> {
    if (!loadWebhook(this.#sql, id)) return { ok: false, reason: "webhook_not_found" };
    this.#armIfLost();
    return { ok: true, value: listDeliveries(this.#sql, id, page).map(toDelivery) };
  }

  /** Sends the event once more, with its id and all retries. `replayId` names the call: the same again is a no-op. */
  replay(id: string, number: number, replayId: string): WebhookOutcome<Delivery> {
    const webhook = loadWebhook(this.#sql, id);
    if (!webhook) return { ok: false, reason: "webhook_not_found" };
    const delivery = loadDelivery(this.#sql, number);
    if (delivery?.webhookId !== id) return { ok: false, reason: "delivery_not_found" };
    if (!isEnabled(webhook)) return { ok: false, reason: "webhook_disabled" };
    const replayed = replay(delivery, replayId, Date.now());
    saveDelivery(this.#sql, replayed);
    return { ok: true, value: this.#startWith(replayed) };
  }

  /** Notes events for those who want them; an event that is known is a no-op. Nothing is stored for owners without webhooks. */
  publish(events: readonly OutgoingEvent[]): void {
    const now = Date.now();
    for (const webhook of listWebhooks(this.#sql)) {
      for (const event of events.filter(({ type }) => wantsEvent(webhook, type))) {
        const number = addDelivery(this.#sql, webhook.id, event, now);
        if (number !== null && number % CHECK_EVERY === 0) this.#checkLengths(webhook, now);
      }
    }
    this.#start();
  }

  /** Tries, and the log's end. Never throws: the platform would stop retrying. */
  override async alarm(): Promise<void> {
    try {
      forgetEndedBefore(this.#sql, Date.now() - WEBHOOK_LOG_S * 1000);
      this.#start();
    } catch (error) {
      console.error("webhooks alarm failed", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }

  #change<T>(
    id: string,
    change: (record: WebhookRecord, now: number) => WebhookRecord,
    answer: (record: WebhookRecord, now: number) => T,
  ): WebhookOutcome<T> {
    const before = loadWebhook(this.#sql, id);
    if (!before) return { ok: false, reason: "webhook_not_found" };
    this.#armIfLost();
    const now = Date.now();
    const after = change(before, now);
    this.#saveChange(before, after, now);
    return { ok: true, value: answer(after, now) };
  }

  /** What still was to be sent to a webhook that is disabled now is over. */
  #saveChange(before: WebhookRecord, after: WebhookRecord, now: number): void {
    if (after === before) return;
    saveWebhook(this.#sql, after);
    if (isEnabled(before) && !isEnabled(after)) failWaiting(this.#sql, after.id, now);
    this.#arm();
  }

  #checkLengths(webhook: WebhookRecord, now: number): void {
    shortenLog(this.#sql, webhook.id);
    if (countWaiting(this.#sql, webhook.id) > MAX_WAITING_DELIVERIES) {
      this.#saveChange(webhook, disableWebhook(webhook, "backlog", now), now);
    }
  }

  #startWith(delivery: DeliveryRecord): Delivery {
    this.#start();
    return toDelivery(delivery);
  }

  /** Starts as many tries as may be under way, those first that have waited longest, and sets the alarm. */
  #start(): void {
    const now = Date.now();
    const due = listWebhooks(this.#sql)
      .filter(isEnabled)
      .flatMap((webhook) => this.#due(webhook, now).map((delivery) => ({ webhook, delivery })))
      .sort((a, b) => (a.delivery.nextAt ?? 0) - (b.delivery.nextAt ?? 0));
    for (const { webhook, delivery } of due.slice(0, MAX_UNDER_WAY - this.#underWay.size)) {
      saveDelivery(this.#sql, { ...delivery, nextAt: now + LOST_TRY_MS });
      this.#underWay.set(delivery.number, webhook.id);
      this.ctx.waitUntil(this.#try(webhook, delivery));
    }
    this.#arm();
  }

  /** What may be sent to a webhook now. */
  #due({ id, failingSince }: WebhookRecord, now: number): DeliveryRecord[] {
    const atOnce = failingSince === null ? MAX_UNDER_WAY_EACH : MAX_UNDER_WAY_FAILING;
    const free = atOnce - [...this.#underWay.values()].filter((webhookId) => webhookId === id).length;
    if (free <= 0) return [];
    return dueDeliveries(this.#sql, id, now, atOnce)
      .filter(({ number }) => !this.#underWay.has(number))
      .slice(0, free);
  }

  /** One try, to its end. Whatever fails here is left to the alarm, which takes the try for lost. */
  async #try(webhook: WebhookRecord, { number, eventId, payload }: DeliveryRecord): Promise<void> {
    try {
      const allowPrivate = readConfig(this.env).allowPrivateUrls;
      const secrets = secretsInForce(webhook, Date.now());
      const request = { url: webhook.url, eventId, payload, secrets, allowPrivate };
      const outcome = await sendWebhook(request).finally(() => this.#underWay.delete(number));
      this.#settle(number, webhook.id, outcome);
      this.#start();
      this.#leaveNothing();
    } catch (error) {
      console.error("webhook try failed, will be repeated", { eventId, error: String(error) });
    }
  }

  /** Notes what came of a try. Both may have been changed, or deleted, while the receiver thought about it. */
  #settle(number: number, webhookId: string, outcome: TryOutcome): void {
    const now = Date.now();
    const delivery = loadDelivery(this.#sql, number);
    const webhook = loadWebhook(this.#sql, webhookId);
    if (!delivery || !webhook) return;
    const settled = settleTry(delivery, webhook, outcome, now, Math.random());
    saveDelivery(this.#sql, settled.delivery);
    this.#saveChange(webhook, settled.webhook, now);
  }

  /**
   * An owner without webhooks has no storage. While a try is under way it stays: deliveries are told apart by their numbers,
   * which begin anew afterwards.
   */
  #leaveNothing(): void {
    if (this.#underWay.size === 0 && listWebhooks(this.#sql).length === 0) void this.ctx.storage.deleteAll();
  }

  #armIfLost(): void {
    armIfLost(this.ctx, () => this.#arm());
  }

  /** Sets the one alarm: the next delivery that is due or taken for lost, or the end of the oldest one's time in the log. */
  #arm(): void {
    const now = Date.now();
    const { isAnyDue, nextAt, oldestEndedAt } = deliveryTimes(this.#sql, now);
    const times: number[] = [];
    // What is due and not started waits for a place: whoever ends starts it, and the alarm is for the case that nobody does.
    if (isAnyDue) times.push(this.#underWay.size > 0 ? now + LOST_TRY_MS : now);
    if (nextAt !== null) times.push(nextAt);
    if (oldestEndedAt !== null) times.push(oldestEndedAt + WEBHOOK_LOG_S * 1000);
    if (times.length === 0) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(Math.min(...times));
  }
}

function withSecret(record: WebhookRecord, now: number): WebhookWithSecret {
  return { ...toWebhook(record, now), secret: record.secret };
}
