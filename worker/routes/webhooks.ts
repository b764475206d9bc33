/** `/v1/webhooks`: an owner's webhooks, their log, test and replay. The words of it are in contract/webhook.ts. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { MAX_WEBHOOKS_PER_OWNER, WEBHOOK_SECRET_BYTES } from "#contract/limits.ts";
import {
  createWebhookRequestSchema,
  type DeliveryList,
  deliveryIdSchema,
  updateWebhookRequestSchema,
  type WebhookList,
  webhookIdSchema,
} from "#contract/webhook.ts";
import { checkPublicUrl } from "#public-address/public-url.ts";
import { fromHex, makeId, toHex } from "../domain/identifiers.ts";
import { mayHaveWebhooks } from "../domain/ownership.ts";
import { callWebhooks } from "../durable/stubs.ts";
import type { WebhookOutcome, WebhookRefusal } from "../durable/webhooks.do.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { idempotency } from "../middleware/idempotency.ts";
import { invalidRequest, readJson, readQuery } from "./request-parsing.ts";

export const webhooks = new Hono<AppContext>();

const pageQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z
      .string()
      .regex(/^[1-9][0-9]{0,14}$/, "is not a cursor of this list")
      .optional(),
  })
  .strict();

webhooks.use(async (c, next) => {
  if (!mayHaveWebhooks(c.get("owner"))) {
    const detail = "Webhooks need an API key or a Kiln-Session header, so that they belong to someone.";
    throw new AppError("unauthorized", detail, { headers: { "WWW-Authenticate": "Bearer" } });
  }
  await next();
});

webhooks.post("/", idempotency, async (c) => {
  const { url, events, description } = await readJson(c, createWebhookRequestSchema);
  const request = { url: checkedUrl(c, url), events, description };
  const ids = { id: makeId("whk", fromHex(callId(c))), secret: makeSecret() };
  const made = unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.create(request, ids)));
  return c.json(made, 201, { Location: `/v1/webhooks/${made.id}` });
});

webhooks.get("/", async (c) => {
  const list: WebhookList = { webhooks: await callWebhooks(c.env, c.get("owner"), (stub) => stub.list()) };
  return c.json(list);
});

webhooks.get("/:id", async (c) => {
  const id = webhookId(c);
  return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.read(id))));
});

webhooks.patch("/:id", async (c) => {
  const id = webhookId(c);
  const { url, ...rest } = await readJson(c, updateWebhookRequestSchema);
  const changes = url === undefined ? rest : { ...rest, url: checkedUrl(c, url) };
  return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.update(id, changes))));
});

webhooks.delete("/:id", async (c) => {
  const id = webhookId(c);
  unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.read(id)));
  await callWebhooks(c.env, c.get("owner"), (stub) => stub.delete(id));
  return c.body(null, 204);
});

webhooks.post("/:id/rotate-secret", idempotency, async (c) => {
  const [id, secret, rotationId] = [webhookId(c), makeSecret(), callId(c)];
  const rotate = callWebhooks(c.env, c.get("owner"), (stub) => stub.rotateSecret(id, secret, rotationId));
  return c.json(unwrap(await rotate));
});

webhooks.post("/:id/test", idempotency, async (c) => {
  const [id, eventId] = [webhookId(c), makeId("evt", fromHex(callId(c)))];
  return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.ping(id, eventId))), 202);
});

webhooks.get("/:id/deliveries", async (c) => {
  const id = webhookId(c);
  const { limit, cursor } = readQuery(c, pageQuerySchema);
  const range = { before: Number(cursor ?? Number.MAX_SAFE_INTEGER), limit: limit + 1 };
  const found = unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.deliveries(id, range)));
  const deliveries = found.slice(0, limit);
  const last = deliveries.at(-1);
  const list: DeliveryList = {
    deliveries,
    cursor: found.length > limit && last ? String(deliveryNumber(last.id)) : null,
  };
  return c.json(list);
});

webhooks.post("/:id/deliveries/:deliveryId/replay", idempotency, async (c) => {
  const id = webhookId(c);
  const deliveryId = deliveryIdSchema.safeParse(c.req.param("deliveryId"));
  if (!deliveryId.success) throw refusal("delivery_not_found");
  const number = deliveryNumber(deliveryId.data);
  const replayId = callId(c);
  return c.json(unwrap(await callWebhooks(c.env, c.get("owner"), (stub) => stub.replay(id, number, replayId))), 202);
});

function webhookId(c: Context<AppContext>): string {
  const id = webhookIdSchema.safeParse(c.req.param("id"));
  if (!id.success) throw refusal("webhook_not_found");
  return id.data;
}

/** The URL as it will be called, or `invalid_request`. */
function checkedUrl(c: Context<AppContext>, text: string): string {
  const checked = checkPublicUrl(text, { allowPrivate: c.get("config").webhookAllowPrivate });
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
