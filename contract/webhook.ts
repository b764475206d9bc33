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
import { epochMs, epochMsOrNull } from "./epoch-ms.ts";
import { jobErrorSchema, jobIdSchema, jobStateSchema } from "./job.ts";
import { MAX_LOGGED_TRIES, MAX_WEBHOOK_ARTIFACTS, MAX_WEBHOOK_DESCRIPTION_CHARS } from "./limits.ts";
import { nextCursorSchema } from "./page.ts";
import { noNul } from "./plain-text.ts";

/** What one can subscribe to. */
export const WEBHOOK_EVENTS = ["job.succeeded", "job.failed", "job.canceled", "job.expired", "batch.finished"] as const;
export const webhookEventSchema = z.enum(WEBHOOK_EVENTS).describe("Something that a webhook can be told of.");
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** `whk_` and 128 random bits in Crockford base 32. */
export const webhookIdSchema = z
  .string()
  .regex(/^whk_[0-9a-hjkmnp-tv-z]{26}$/, "is not a webhook id")
  .meta({ description: "The id of a webhook.", example: "whk_3b5d7f9h2j4k6m8n0p1q3r5s7t" });
/** Counted up per owner. */
export const deliveryIdSchema = z
  .string()
  .regex(/^dlv_[1-9][0-9]{0,14}$/, "is not a delivery id")
  .meta({ description: "The id of a delivery.", example: "dlv_12" });

const events = z
  .array(webhookEventSchema)
  .min(1)
  .max(WEBHOOK_EVENTS.length)
  .nullable()
  .describe("What it is told of; null is all.");
const description = z
  .string()
  .max(MAX_WEBHOOK_DESCRIPTION_CHARS)
  .regex(...noNul)
  .describe("What it is for, in your words.");
const url = z
  .string()
  .describe("Where events are posted to: https, port 443, a host on the public internet, no user and password.");

/** `POST /v1/webhooks`. */
export const createWebhookRequestSchema = z
  .object({
    url,
    events: events.default(null).describe("What it is told of; null, or left out, is all."),
    description: description.default(""),
  })
  .strict()
  .describe("A webhook that is to be added.");
export type CreateWebhookRequest = z.input<typeof createWebhookRequestSchema>;

/** `PATCH /v1/webhooks/{id}`. What is left out stays. */
export const updateWebhookRequestSchema = z
  .object({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: z
      .boolean()
      .optional()
      .describe(
        "`false` stops it. `true` also brings back one that Kiln has disabled; what it missed can be replayed.",
      ),
  })
  .strict()
  .describe("What is to be changed; the rest stays.");
export type UpdateWebhookRequest = z.input<typeof updateWebhookRequestSchema>;

export const disabledReasonSchema = z.enum(["owner", "gone", "failing", "backlog"]);
export type DisabledReason = z.infer<typeof disabledReasonSchema>;

export const webhookSchema = z
  .object({
    id: webhookIdSchema,
    url: z.string().describe("Where events are posted to."),
    events: events,
    description: z.string().describe("What it is for, in its owner's words."),
    enabled: z
      .boolean()
      .describe(
        "While it is false, events are not noted for it; what was still to be delivered when it became false counts as failed " +
          "and can be replayed.",
      ),
    disabledReason: disabledReasonSchema
      .nullable()
      .describe(
        "Why it gets nothing. `owner`: you said so. `gone`: the receiver answered 410. `failing`: nothing was taken for five days. " +
          "`backlog`: too many deliveries were waiting. Null while it is enabled.",
      ),
    disabledAt: epochMsOrNull("When it was disabled", "null while it is enabled"),
    failingSince: epochMsOrNull("Every try has failed since then", "null when the last one was taken"),
    oldSecretUntil: epochMsOrNull("Until then the secret before the present one signs too", "null when there is none"),
    createdAt: epochMs("When it was added"),
  })
  .describe("A URL of yours that is told when jobs and batches end.");
export type Webhook = z.infer<typeof webhookSchema>;

/** The answer to creating a webhook and to rotating its secret. */
export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z
      .string()
      .describe(
        "`whsec_` and base64: the key of the signatures (`webhook-signature`), as libraries for Standard Webhooks take it. It is " +
          "not shown again.",
      ),
  })
  .describe("A webhook with its secret.");
export type WebhookWithSecret = z.infer<typeof webhookWithSecretSchema>;

export const webhookListSchema = z
  .object({ webhooks: z.array(webhookSchema).describe("All that you have.") })
  .describe("Webhooks.");
export type WebhookList = z.infer<typeof webhookListSchema>;

export const deliveryTrySchema = z
  .object({
    at: epochMs("When it was made"),
    durationMs: z.number().describe("How long the receiver took, in milliseconds."),
    status: z.number().int().nullable().describe("The status of its answer; null when there was none."),
    error: z.string().nullable().describe("Why there was no answer; null when there was one."),
    body: z.string().describe("The first KiB of the answer's body."),
  })
  .describe("A try at a delivery.");
export type DeliveryTry = z.infer<typeof deliveryTrySchema>;

export const deliverySchema = z
  .object({
    id: deliveryIdSchema,
    eventId: z.string().describe("The `webhook-id` that is sent: the same in all tries and replays."),
    type: z.string().describe("The kind of event, e.g. `job.failed`; `ping` for a test."),
    state: z
      .enum(["pending", "succeeded", "failed"])
      .describe(
        "`pending`: still to be sent, or sent again. `succeeded`: answered with 2xx. `failed`: given up; it can be replayed.",
      ),
    createdAt: epochMs("When the event was noted"),
    tries: z.array(deliveryTrySchema).describe(`The latest ${MAX_LOGGED_TRIES} tries, the first of them first.`),
    nextTryAt: epochMsOrNull("When it is tried next", "null when no try will follow"),
  })
  .describe("An event on its way to a webhook.");
export type Delivery = z.infer<typeof deliverySchema>;

/** `GET /v1/webhooks/{id}/deliveries`. */
export const deliveryListSchema = z
  .object({ deliveries: z.array(deliverySchema).describe("The newest first."), cursor: nextCursorSchema })
  .describe("A page of a webhook's deliveries.");
export type DeliveryList = z.infer<typeof deliveryListSchema>;

/** A job that has ended. It holds no signed URLs, which would outlive their time in queues and logs. */
export const jobEndedSchema = z
  .object({
    id: jobIdSchema,
    type: z.string().describe("The name of its type."),
    state: jobStateSchema,
    error: jobErrorSchema.nullable().describe("Why it failed; else null."),
    createdAt: epochMs("When it was submitted"),
    finishedAt: epochMs("When it ended"),
    batch: batchIdSchema.nullable().describe("The batch that it was submitted in, or null."),
    artifacts: z
      .array(
        z.object({
          name: z.string().describe("Its name: fetch it with `GET /v1/jobs/{id}/artifacts/{name}`."),
          bytes: z.number().int().describe("Its size in bytes."),
          contentType: z.string().describe("Its media type."),
          sha256: z.string().describe("The SHA-256 of its bytes, in lower case hex."),
        }),
      )
      .describe(
        `Its files, the first ${MAX_WEBHOOK_ARTIFACTS}; none where they would be too long for one call. ` +
          "`GET /v1/jobs/{id}` has all.",
      ),
    artifactCount: z.number().int().describe("How many files it has; 0 unless it has succeeded."),
  })
  .describe("A job that has ended.");
export type JobEnded = z.infer<typeof jobEndedSchema>;

export const batchFinishedSchema = z
  .object({
    id: batchIdSchema,
    size: z.number().int().describe("How many jobs it has."),
    createdAt: epochMs("When it was submitted"),
    finishedAt: epochMs("When the last of its jobs ended"),
    counts: batchCountsSchema,
  })
  .describe("A batch of which every job has ended. It is told again when one was tried again by hand.");
export type BatchFinished = z.infer<typeof batchFinishedSchema>;

/** What `POST /v1/webhooks/{id}/test` sends, once. */
export const pingSchema = z.object({ webhook: webhookIdSchema }).describe("The webhook that was tried.");

const timestamp = z.iso.datetime().describe("When the event happened, ISO 8601 in UTC.");
export const webhookPayloadSchema = z
  .discriminatedUnion("type", [
    z
      .object({
        type: z.enum(["job.succeeded", "job.failed", "job.canceled", "job.expired"]).describe("How the job ended."),
        timestamp,
        data: jobEndedSchema,
      })
      .describe("A job has ended."),
    z
      .object({
        type: z.literal("batch.finished").describe("All jobs of a batch have ended."),
        timestamp,
        data: batchFinishedSchema,
      })
      .describe("A batch has ended."),
    z
      .object({ type: z.literal("ping").describe("The webhook is being tried."), timestamp, data: pingSchema })
      .describe("A test that you have asked for."),
  ])
  .describe("The body of a delivery.");
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;
