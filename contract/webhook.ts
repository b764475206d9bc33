/**
 * Webhooks: Kiln tells a server of the user's when jobs end. https://www.standardwebhooks.com
 *
 * Every delivery is a POST of `webhookPayloadSchema` with the headers `webhook-id` (the same for all tries of an event, and
 * for a replay: the receiver's key against duplicates), `webhook-timestamp` (seconds since 1970 of this try) and
 * `webhook-signature` (`v1,<base64>`, two of them with a space between while an old secret is still in force).
 * Any 2xx within 15 s is success. Redirects are not followed, 410 disables the webhook, everything else is tried again.
 * Delivered at least once, in no certain order.
 */
import { z } from "zod";
import { batchCountsSchema, batchIdSchema } from "./batch.ts";
import { jobErrorSchema, jobIdSchema, jobStateSchema } from "./job.ts";
import { MAX_WEBHOOK_DESCRIPTION_CHARS } from "./limits.ts";

/** What one can subscribe to. */
export const WEBHOOK_EVENTS = ["job.succeeded", "job.failed", "job.canceled", "job.expired", "batch.finished"] as const;
export const webhookEventSchema = z.enum(WEBHOOK_EVENTS);
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** `whk_` and 128 random bits in Crockford base 32. */
export const webhookIdSchema = z
  .string()
  .regex(/^whk_[0-9a-hjkmnp-tv-z]{26}$/, "is not a webhook id")
  .meta({ description: "A webhook", example: "whk_3b5d7f9h2j4k6m8n0p1q3r5s7t" });
/** Counted up per owner. */
export const deliveryIdSchema = z
  .string()
  .regex(/^dlv_[1-9][0-9]{0,14}$/, "is not a delivery id")
  .meta({ description: "A delivery", example: "dlv_12" });

const events = z.array(webhookEventSchema).min(1).max(WEBHOOK_EVENTS.length).nullable();
const description = z.string().max(MAX_WEBHOOK_DESCRIPTION_CHARS);

/** `POST /v1/webhooks`. `url`: https, port 443, a host on the public internet. `events`: null or absent means all. */
export const createWebhookRequestSchema = z
  .object({ url: z.string(), events: events.default(null), description: description.default("") })
  .strict();
export type CreateWebhookRequest = z.input<typeof createWebhookRequestSchema>;

/** `PATCH /v1/webhooks/{id}`. What is left out stays. `enabled: true` also brings back one that Kiln has disabled. */
export const updateWebhookRequestSchema = z
  .object({
    url: z.string().optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: z.boolean().optional(),
  })
  .strict();
export type UpdateWebhookRequest = z.input<typeof updateWebhookRequestSchema>;

/**
 * Why a webhook gets nothing: its owner said so; its receiver answered 410; nothing was taken for five days; too many
 * deliveries were waiting.
 */
export const disabledReasonSchema = z.enum(["owner", "gone", "failing", "backlog"]);
export type DisabledReason = z.infer<typeof disabledReasonSchema>;

/** A webhook. Times are epoch milliseconds. */
export const webhookSchema = z.object({
  id: webhookIdSchema,
  url: z.string(),
  /** Null for all. */
  events: events,
  description: z.string(),
  /**
   * While it is false, events are not noted for it; what was still to be delivered when it became false counts as failed
   * and can be replayed.
   */
  enabled: z.boolean(),
  disabledReason: disabledReasonSchema.nullable(),
  disabledAt: z.number().nullable(),
  /** Every try has failed since then; null when the last one was taken. */
  failingSince: z.number().nullable(),
  /** Until then the secret before the present one signs too; null when there is none. */
  oldSecretUntil: z.number().nullable(),
  createdAt: z.number(),
});
export type Webhook = z.infer<typeof webhookSchema>;

/** The answer to creating a webhook and to rotating its secret: the only ones with the secret, `whsec_` and base64. */
export const webhookWithSecretSchema = webhookSchema.extend({ secret: z.string() });
export type WebhookWithSecret = z.infer<typeof webhookWithSecretSchema>;

export const webhookListSchema = z.object({ webhooks: z.array(webhookSchema) });
export type WebhookList = z.infer<typeof webhookListSchema>;

/** One try at a delivery. */
export const deliveryTrySchema = z.object({
  at: z.number(),
  durationMs: z.number(),
  /** The answer's status, or null when there was none. */
  status: z.number().int().nullable(),
  /** Why there was no answer; null when there was one. */
  error: z.string().nullable(),
  /** The first KiB of the answer's body. */
  body: z.string(),
});
export type DeliveryTry = z.infer<typeof deliveryTrySchema>;

/** One event on its way to one webhook. */
export const deliverySchema = z.object({
  id: deliveryIdSchema,
  /** The `webhook-id` that is sent. */
  eventId: z.string(),
  type: z.string(),
  state: z.enum(["pending", "succeeded", "failed"]),
  createdAt: z.number(),
  /** The latest tries. */
  tries: z.array(deliveryTrySchema),
  /** Null when none will follow. */
  nextTryAt: z.number().nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** `GET /v1/webhooks/{id}/deliveries`: newest first; `cursor` is opaque, null on the last page. */
export const deliveryListSchema = z.object({ deliveries: z.array(deliverySchema), cursor: z.string().nullable() });
export type DeliveryList = z.infer<typeof deliveryListSchema>;

/**
 * A job that has ended. It holds no signed URLs, which would outlive their time in queues and logs: fetch the files with
 * `GET /v1/jobs/{id}/artifacts/{name}`.
 */
export const jobEndedSchema = z.object({
  id: jobIdSchema,
  type: z.string(),
  state: jobStateSchema,
  error: jobErrorSchema.nullable(),
  createdAt: z.number(),
  finishedAt: z.number(),
  batch: batchIdSchema.nullable(),
  /** The first 100. */
  artifacts: z.array(
    z.object({ name: z.string(), bytes: z.number().int(), contentType: z.string(), sha256: z.string() }),
  ),
  artifactCount: z.number().int(),
});
export type JobEnded = z.infer<typeof jobEndedSchema>;

/** A batch of which every job has ended: how many ended in which state. Again, when one was tried again by hand. */
export const batchFinishedSchema = z.object({
  id: batchIdSchema,
  size: z.number().int(),
  createdAt: z.number(),
  finishedAt: z.number(),
  counts: batchCountsSchema,
});
export type BatchFinished = z.infer<typeof batchFinishedSchema>;

/** What `POST /v1/webhooks/{id}/test` sends, once. */
export const pingSchema = z.object({ webhook: webhookIdSchema });

/** The body of a delivery. `timestamp` is when the event happened, ISO 8601. */
export const webhookPayloadSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.enum(["job.succeeded", "job.failed", "job.canceled", "job.expired"]),
    timestamp: z.iso.datetime(),
    data: jobEndedSchema,
  }),
  z.object({ type: z.literal("batch.finished"), timestamp: z.iso.datetime(), data: batchFinishedSchema }),
  z.object({ type: z.literal("ping"), timestamp: z.iso.datetime(), data: pingSchema }),
]);
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;
