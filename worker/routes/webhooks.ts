/** `/v1/webhooks`: an owner's webhooks, their log, test and replay. The words of it are in contract/webhook.ts. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { MAX_WEBHOOKS_PER_OWNER, WEBHOOK_SECRET_BYTES } from "#contract/limits.ts";
import {
  createWebhookRequestSchema,
  type DeliveryList,
  deliveryIdSchema,
  deliveryListSchema,
  deliverySchema,
  updateWebhookRequestSchema,
  type WebhookList,
  webhookIdSchema,
  webhookListSchema,
  webhookSchema,
  webhookWithSecretSchema,
} from "#contract/webhook.ts";
import { checkPublicUrl } from "#public-address/public-url.ts";
import { fromHex, makeId, toHex } from "../domain/identifiers.ts";
import { mayHaveWebhooks } from "../domain/ownership.ts";
import { callWebhooks } from "../durable/stubs.ts";
import type { WebhookOutcome, WebhookRefusal } from "../durable/webhooks.do.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { Resource } from "./operation.ts";
import { integerText, invalidRequest } from "./request-parsing.ts";

/** Lets those in who can have webhooks. */
const belongsToSomeone = createMiddleware<AppContext>(async (c, next) => {
  if (!mayHaveWebhooks(c.get("owner"))) {
    const detail = "Webhooks need an API key or a Kiln-Session header, so that they belong to someone.";
    throw new AppError("unauthorized", detail);
  }
  await next();
});

export const webhooks = new Resource("/v1/webhooks", {
  tag: "Webhooks",
  access: "user",
  admission: [belongsToSomeone],
});

const id = { id: webhookIdSchema };
const found = { 200: { description: "The webhook", schema: webhookSchema } };
const queued = { 202: { description: "The delivery, which is sent by and by", schema: deliverySchema } };

const pageQuerySchema = z
  .object({
    limit: integerText(z.number().int().min(1).max(100))
      .default(20)
      .meta({ description: "How many to list at most", example: 20 }),
    cursor: z
      .string()
      .regex(/^[1-9][0-9]{0,14}$/, "is not a cursor of this list")
      .optional()
      .meta({ description: "`cursor` of the page before. Left out: from the first on" }),
  })
  .strict();

webhooks.post(
  "",
  {
    operationId: "createWebhook",
    summary: "Add a webhook",
    description:
      "Kiln calls `url` when jobs and batches end, as [Standard Webhooks](https://www.standardwebhooks.com) says. The answer is " +
      "the only one with the secret that its signatures are made with.",
    scope: "webhooks",
    idempotent: true,
    body: createWebhookRequestSchema,
    examples: { failures: { url: "https://example.com/kiln", events: ["job.failed"], description: "Failed jobs" } },
    answers: {
      201: {
        description: "The webhook with its secret",
        schema: webhookWithSecretSchema,
        headers: { Location: z.string() },
      },
    },
    problems: ["webhook_limit"],
  },
  async (c, { body: { url, events, description } }) => {
    const request = { url: checkedUrl(c, url), events, description };
    const ids = { id: makeId("whk", fromHex(callId(c))), secret: makeSecret() };
    const made = unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.create(request, ids)));
    return c.json(made, 201, { Location: `/v1/webhooks/${made.id}` });
  },
);

webhooks.get(
  "",
  {
    operationId: "listWebhooks",
    summary: "List webhooks",
    scope: "webhooks",
    answers: { 200: { description: "All webhooks of the caller", schema: webhookListSchema } },
  },
  async (c) => {
    const list: WebhookList = { webhooks: await callWebhooks(c.env, c.get("owner"), (stub) => stub.list()) };
    return c.json(list);
  },
);

webhooks.get(
  "/{id}",
  {
    operationId: "readWebhook",
    summary: "Read a webhook",
    scope: "webhooks",
    params: id,
    answers: found,
    problems: ["webhook_not_found"],
  },
  async (c) => {
    const id = webhookId(c);
    return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.read(id))));
  },
);

webhooks.patch(
  "/{id}",
  {
    operationId: "updateWebhook",
    summary: "Change a webhook",
    description: 'What is left out stays. `{"enabled": true}` also brings back one that Kiln has disabled.',
    scope: "webhooks",
    params: id,
    body: updateWebhookRequestSchema,
    examples: { enable: { enabled: true } },
    answers: found,
    problems: ["webhook_not_found"],
  },
  async (c, { body: { url, ...rest } }) => {
    const id = webhookId(c);
    const changes = url === undefined ? rest : { ...rest, url: checkedUrl(c, url) };
    return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.update(id, changes))));
  },
);

webhooks.delete(
  "/{id}",
  {
    operationId: "deleteWebhook",
    summary: "Delete a webhook",
    description: "With its log, and what was still to be delivered.",
    scope: "webhooks",
    params: id,
    answers: { 204: { description: "Deleted" } },
    problems: ["webhook_not_found"],
  },
  async (c) => {
    const id = webhookId(c);
    unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.read(id)));
    await callWebhooks(c.env, c.get("owner"), (stub) => stub.delete(id));
    return c.body(null, 204);
  },
);

webhooks.post(
  "/{id}/rotate-secret",
  {
    operationId: "rotateWebhookSecret",
    summary: "Rotate a webhook's secret",
    description: "The old secret signs too for a day, so that the receiver can be changed in between.",
    scope: "webhooks",
    idempotent: true,
    params: id,
    answers: { 200: { description: "The webhook with its new secret", schema: webhookWithSecretSchema } },
    problems: ["webhook_not_found"],
  },
  async (c) => {
    const [id, secret, rotationId] = [webhookId(c), makeSecret(), callId(c)];
    const rotate = callWebhooks(c.env, c.get("owner"), (stub) => stub.rotateSecret(id, secret, rotationId));
    return c.json(unwrap(await rotate));
  },
);

webhooks.post(
  "/{id}/test",
  {
    operationId: "testWebhook",
    summary: "Test a webhook",
    description: "Sends it a `ping`.",
    scope: "webhooks",
    idempotent: true,
    params: id,
    answers: queued,
    problems: ["webhook_not_found", "webhook_disabled"],
  },
  async (c) => {
    const [id, eventId] = [webhookId(c), makeId("evt", fromHex(callId(c)))];
    return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.ping(id, eventId))), 202);
  },
);

webhooks.get(
  "/{id}/deliveries",
  {
    operationId: "listDeliveries",
    summary: "List a webhook's deliveries",
    description: "Newest first, with every try. Send `cursor` of the answer for the next page.",
    scope: "webhooks",
    params: id,
    query: pageQuerySchema,
    answers: { 200: { description: "A page of deliveries", schema: deliveryListSchema } },
    problems: ["webhook_not_found"],
  },
  async (c, { query: { limit, cursor } }) => {
    const id = webhookId(c);
    const range = { before: Number(cursor ?? Number.MAX_SAFE_INTEGER), limit: limit + 1 };
    const found = unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.deliveries(id, range)));
    const deliveries = found.slice(0, limit);
    const last = deliveries.at(-1);
    const next = found.length > limit && last ? String(deliveryNumber(last.id)) : null;
    return c.json({ deliveries, cursor: next } satisfies DeliveryList);
  },
);

webhooks.post(
  "/{id}/deliveries/{deliveryId}/replay",
  {
    operationId: "replayDelivery",
    summary: "Send a delivery again",
    scope: "webhooks",
    idempotent: true,
    params: { ...id, deliveryId: deliveryIdSchema },
    answers: queued,
    problems: ["webhook_not_found", "delivery_not_found", "webhook_disabled"],
  },
  async (c) => {
    const id = webhookId(c);
    const deliveryId = deliveryIdSchema.safeParse(c.req.param("deliveryId"));
    if (!deliveryId.success) throw refusal("delivery_not_found");
    const number = deliveryNumber(deliveryId.data);
    const replayId = callId(c);
    return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.replay(id, number, replayId))), 202);
  },
);

function webhookId(c: Context<AppContext>): string {
  const id = webhookIdSchema.safeParse(c.req.param("id"));
  if (!id.success) throw refusal("webhook_not_found");
  return id.data;
}

/** The URL as it will be called, or `invalid_request`. */
function checkedUrl(c: Context<AppContext>, text: string): string {
  const checked = checkPublicUrl(text, { allowPrivate: c.get("config").allowPrivateUrls });
  if (!checked.ok) throw invalidRequest([{ path: "url", message: checked.reason }]);
  return checked.url.href;
}

function unwrap<T>(outcome: WebhookOutcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw refusal(outcome.reason);
}

function refusal(reason: WebhookRefusal): AppError {
  switch (reason) {
    case "webhook_not_found":
      return new AppError("webhook_not_found", "There is no webhook with this id, or it belongs to someone else.");
    case "webhook_limit":
      return new AppError(
        "webhook_limit",
        `There are ${MAX_WEBHOOKS_PER_OWNER} webhooks already. Delete one that is no longer needed.`,
      );
    case "webhook_disabled":
      return new AppError("webhook_disabled", 'The webhook is disabled. PATCH it with {"enabled": true} first.');
    case "delivery_not_found":
      return new AppError("delivery_not_found", "There is no such delivery in this webhook's log, or it is too old.");
  }
}

function deliveryNumber(id: string): number {
  return Number(id.replace("dlv_", ""));
}

function makeSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...randomBytes(WEBHOOK_SECRET_BYTES)))}`;
}

/** 128 bits in hex that name this call, and stay with its Idempotency-Key. */
function callId(c: Context<AppContext>): string {
  return c.get("idSeed") ?? toHex(randomBytes(16));
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
