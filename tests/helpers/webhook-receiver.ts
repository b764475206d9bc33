/**
 * A webhook's receiver that the test plays: `fetch` is replaced, which tests and Worker share here. And the calls that tests
 * of webhooks have in common, as the owner with the first API key.
 */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import {
  type Delivery,
  type DeliveryList,
  deliveryListSchema,
  type Webhook,
  type WebhookList,
  type WebhookPayload,
  type WebhookWithSecret,
  webhookPayloadSchema,
  webhookSchema,
} from "#contract/webhook.ts";
import type { Env } from "../../worker/env.ts";
import { faultsAreOn } from "./faulty.ts";
import { API_KEY, call, post, settleWork } from "./worker-api.ts";

const { WEBHOOKS } = env as unknown as Env;
export const RECEIVER = "https://hooks.example.com/kiln";
export const KEY: Record<string, string> = { "X-API-Key": API_KEY };

export interface Received {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly redirect: string;
}

export type Answer = (request: Received) => Response | Promise<Response>;

export const thanks: Answer = () => new Response("thanks");

/** What came in, and what is answered. */
export const receiver: { received: Received[]; answer: Answer } = { received: [], answer: thanks };

/** Plays the receiver in every test of the `describe` that calls it; clocks stand still. */
export function playReceiver(): void {
  beforeEach(() => {
    receiver.received = [];
    receiver.answer = thanks;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input as URL, init as RequestInit);
      const { url, signal, redirect } = request;
      const entry = { url, headers: Object.fromEntries(request.headers), body: await request.text(), signal, redirect };
      receiver.received.push(entry);
      return receiver.answer(entry);
    });
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

/** A POST that names itself, so that it may be repeated. */
export function command(path: string, body: unknown = {}, headers = KEY): Promise<Response> {
  return post(path, body, { ...headers, "Idempotency-Key": crypto.randomUUID() });
}

export async function createWebhook(body: Record<string, unknown> = {}, headers = KEY): Promise<WebhookWithSecret> {
  const response = await command("/v1/webhooks", { url: RECEIVER, ...body }, headers);
  expect(response.status).toBe(201);
  return (await response.json()) as WebhookWithSecret;
}

export async function readWebhook(id: string): Promise<Webhook> {
  const response = await call(`/v1/webhooks/${id}`, { headers: KEY });
  expect(response.status).toBe(200);
  return webhookSchema.strict().parse(await response.json());
}

export async function listWebhooks(): Promise<Webhook[]> {
  return ((await (await call("/v1/webhooks", { headers: KEY })).json()) as WebhookList).webhooks;
}

export function patchWebhook(id: string, body: unknown, headers = KEY): Promise<Response> {
  const json = { ...headers, "Content-Type": "application/json" };
  return call(`/v1/webhooks/${id}`, { method: "PATCH", body: JSON.stringify(body), headers: json });
}

export async function readLog(id: string, query = ""): Promise<DeliveryList> {
  const response = await call(`/v1/webhooks/${id}/deliveries${query}`, { headers: KEY });
  expect(response.status).toBe(200);
  return deliveryListSchema.parse(await response.json());
}

export async function submitAs(headers: Record<string, string>): Promise<Job> {
  const response = await command("/v1/jobs", { type: "echo" }, headers);
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** An event without a runner: a job that is cancelled in line. */
export async function canceledJob(headers = KEY): Promise<Job> {
  const job = await submitAs(headers);
  expect((await post(`/v1/jobs/${job.id}/cancel`, {}, headers)).status).toBe(200);
  return job;
}

/** `look`, until it finds what it expects. What faults have held up is done meanwhile. */
export function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  const tryOnce = async () => {
    if (faultsAreOn()) await settleWork(1);
    return look();
  };
  return vi.waitFor(tryOnce, { timeout: 4_000, interval: 10 });
}

/** Waits until the receiver has been called so often, and each call is settled in the log. */
export function untilTried(id: string, count: number): Promise<Delivery> {
  return eventually(async () => {
    expect(receiver.received).toHaveLength(count);
    const { deliveries } = await readLog(id);
    expect(deliveries.flatMap(({ tries }) => tries)).toHaveLength(count);
    return deliveries[0] as Delivery;
  });
}

/** The objects that hold owners' webhooks. */
export async function ownersOfWebhooks(): Promise<DurableObjectStub[]> {
  return (await listDurableObjectIds(WEBHOOKS)).map((id) => WEBHOOKS.get(id));
}

/** Lets the clock reach the next alarm of the one owner who has something to come, and rings it. */
export async function ringNext(): Promise<void> {
  const stub = await ownerWithWebhooks();
  const at = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
  expect(at).not.toBeNull();
  vi.setSystemTime(Math.max(Date.now(), at as number));
  await runDurableObjectAlarm(stub);
}

/** The one object that stores something: those of earlier tests are still listed. */
export async function ownerWithWebhooks(): Promise<DurableObjectStub> {
  for (const stub of await ownersOfWebhooks()) {
    const tables = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'webhooks'").toArray(),
    );
    if (tables.length > 0) return stub;
  }
  throw new Error("nobody has webhooks");
}

/** What a receiver does with the public package. Throws when no signature fits. */
export function verified(request: Received | undefined, secret: string): WebhookPayload {
  if (!request) throw new Error("nothing was received");
  return webhookPayloadSchema.parse(new Verifier(secret).verify(request.body, request.headers));
}
