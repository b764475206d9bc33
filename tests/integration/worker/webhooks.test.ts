/**
 * Webhooks inside workerd, against a receiver that the test plays. What it gets is checked with the public
 * `standardwebhooks` package, as a receiver of anybody's would.
 */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import {
  MAX_WEBHOOK_DESCRIPTION_CHARS,
  MAX_WEBHOOKS_PER_OWNER,
  WEBHOOK_LOG_S,
  WEBHOOK_OLD_SECRET_S,
  WEBHOOK_RETRY_DELAYS_S,
  WEBHOOK_TIMEOUT_MS,
} from "#contract/limits.ts";
import {
  type Delivery,
  type DeliveryList,
  type DeliveryTry,
  deliveryListSchema,
  type Webhook,
  type WebhookList,
  type WebhookPayload,
  type WebhookWithSecret,
  webhookPayloadSchema,
  webhookSchema,
} from "#contract/webhook.ts";
import type { Env } from "../../../worker/env.ts";
import { faultsAreOn } from "../../helpers/faulty.ts";
import {
  API_KEY,
  call,
  finishEcho,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  runnerPost,
  settleWork,
} from "../../helpers/worker-api.ts";

const { WEBHOOKS, JOBS } = env as unknown as Env;
const RECEIVER = "https://hooks.example.com/kiln";
const KEY = { "X-API-Key": API_KEY };

interface Received {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly redirect: string;
}

type Answer = (request: Received) => Response | Promise<Response>;

let received: Received[] = [];
let answer: Answer;
const ok: Answer = () => new Response("thanks");

beforeEach(() => {
  received = [];
  answer = ok;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as URL, init as RequestInit);
    const headers = Object.fromEntries(request.headers);
    const entry = {
      url: request.url,
      headers,
      body: await request.text(),
      signal: request.signal,
      redirect: request.redirect,
    };
    received.push(entry);
    return answer(entry);
  });
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function createWebhook(body: Record<string, unknown> = {}, headers = KEY): Promise<WebhookWithSecret> {
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const response = await post("/v1/webhooks", { url: RECEIVER, ...body }, { ...headers, ...key });
  expect(response.status).toBe(201);
  return (await response.json()) as WebhookWithSecret;
}

async function readWebhook(id: string): Promise<Webhook> {
  const response = await call(`/v1/webhooks/${id}`, { headers: KEY });
  expect(response.status).toBe(200);
  return webhookSchema.strict().parse(await response.json());
}

/** A POST that names itself, so that it may be repeated. */
function command(path: string, headers: Record<string, string> = KEY): Promise<Response> {
  return post(`/v1/webhooks/${path}`, {}, { ...headers, "Idempotency-Key": crypto.randomUUID() });
}

function patch(id: string, body: unknown, headers = KEY): Promise<Response> {
  const init = {
    method: "PATCH",
    body: JSON.stringify(body),
    headers: { ...headers, "Content-Type": "application/json" },
  };
  return call(`/v1/webhooks/${id}`, init);
}

async function log(id: string, query = ""): Promise<DeliveryList> {
  const response = await call(`/v1/webhooks/${id}/deliveries${query}`, { headers: KEY });
  expect(response.status).toBe(200);
  return deliveryListSchema.parse(await response.json());
}

async function submit(params: Record<string, unknown> = {}, headers = KEY): Promise<Job> {
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const response = await post("/v1/jobs", { type: "echo", params }, { ...headers, ...key });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** A job of the first key that a runner has finished. */
async function finishedJob(): Promise<Job> {
  const job = await submit();
  const held = await vi.waitFor(async () => {
    const found = await lease();
    if (!found) throw new Error("no lease");
    return found;
  });
  expect((await finishEcho(held)).status).toBe(200);
  return job;
}

/** An event without a runner: a job that is cancelled in line. */
async function canceledJob(): Promise<Job> {
  const job = await submit();
  expect((await post(`/v1/jobs/${job.id}/cancel`, {}, KEY)).status).toBe(200);
  return job;
}

/** Waits until the receiver has been called so often, and each call is settled in the log. */
async function untilTried(id: string, count: number): Promise<Delivery> {
  return vi.waitFor(async () => {
    if (faultsAreOn()) await settleWork(1);
    expect(received).toHaveLength(count);
    const { deliveries } = await log(id);
    expect(deliveries.flatMap(({ tries }) => tries)).toHaveLength(count);
    return deliveries[0] as Delivery;
  });
}

async function owners(): Promise<DurableObjectStub[]> {
  return (await listDurableObjectIds(WEBHOOKS)).map((id) => WEBHOOKS.get(id));
}

/** Lets the clock reach the next alarm of the one owner, and rings it. */
async function ringNext(): Promise<void> {
  const [stub] = await owners();
  const at = await runInDurableObject(stub as DurableObjectStub, (_, { storage }) => storage.getAlarm());
  expect(at).not.toBeNull();
  vi.setSystemTime(Math.max(Date.now(), at as number));
  await runDurableObjectAlarm(stub as DurableObjectStub);
}

/** What a receiver does with the public package. */
function verified(request: Received | undefined, secret: string): WebhookPayload {
  if (!request) throw new Error("nothing was received");
  return webhookPayloadSchema.parse(new Verifier(secret).verify(request.body, request.headers));
}

describe("a webhook", () => {
  it("is told of a job that has succeeded, signed, with its files by name and no signed URL", async () => {
    const { id, secret } = await createWebhook();
    const job = await finishedJob();
    const delivery = await untilTried(id, 1);
    expect(received[0]).toMatchObject({ url: RECEIVER, redirect: "manual" });
    expect(received[0]?.headers["content-type"]).toBe("application/json");
    const payload = verified(received[0], secret);
    expect(payload).toMatchObject({
      type: "job.succeeded",
      data: { id: job.id, type: "echo", state: "succeeded", error: null, batch: null, artifactCount: 1 },
    });
    expect(payload.type === "job.succeeded" && payload.data.artifacts.map(({ name }) => name)).toEqual(["echo.txt"]);
    expect(received[0]?.body).not.toContain("http");
    expect(delivery).toMatchObject({ type: "job.succeeded", state: "succeeded", nextTryAt: null });
    expect(delivery.tries).toMatchObject([{ status: 200, error: null, body: "thanks" }]);
    expect(delivery.eventId).toBe(received[0]?.headers["webhook-id"]);
  });

  it("is told of each end of a job that is tried again by hand, and of each once", async () => {
    const { id, secret } = await createWebhook();
    const job = await canceledJob();
    await untilTried(id, 1);
    await post(`/v1/jobs/${job.id}/retry`, {}, KEY);
    await post(`/v1/jobs/${job.id}/cancel`, {}, KEY);
    await untilTried(id, 2);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(job.id)));
    expect(received.map((request) => verified(request, secret).type)).toEqual(["job.canceled", "job.canceled"]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  });

  it("is told why a job failed", async () => {
    const { id, secret } = await createWebhook();
    const job = await submit();
    const held = await vi.waitFor(async () => (await lease()) ?? Promise.reject(new Error("no lease")));
    const error = { code: "input_invalid", message: "The input cannot be used." };
    await runnerPost(`jobs/${job.id}/fail`, { leaseId: held.leaseId, error, retryable: false });
    await untilTried(id, 1);
    expect(verified(received[0], secret)).toMatchObject({ type: "job.failed", data: { state: "failed", error } });
  });

  it("hears only of what it subscribed to, and of no other owner's jobs", async () => {
    const some = await createWebhook({ events: ["job.failed", "job.canceled"] });
    const other = await createWebhook({ events: ["job.expired"], url: "https://other.example.com/" });
    await finishedJob();
    await submit({}, { "X-API-Key": OTHER_API_KEY }).then(({ id }) =>
      post(`/v1/jobs/${id}/cancel`, {}, { "X-API-Key": OTHER_API_KEY }),
    );
    await canceledJob();
    expect((await untilTried(some.id, 1)).type).toBe("job.canceled");
    expect((await log(other.id)).deliveries).toEqual([]);
  });

  it("costs an owner who has none no storage", async () => {
    await finishedJob();
    const list = (await (await call("/v1/webhooks", { headers: KEY })).json()) as WebhookList;
    expect(list.webhooks).toEqual([]);
    for (const stub of await owners()) {
      const tables = await runInDurableObject(stub, (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      );
      expect(tables).toEqual([]);
    }
  });
});

describe("a receiver that does not take an event", () => {
  it("gets it again 7 times over 28 hours, with the same id and new timestamps, and then it is given up", async () => {
    const { id, secret } = await createWebhook();
    answer = () => new Response("down", { status: 500 });
    const startedAt = Date.now();
    await canceledJob();
    await untilTried(id, 1);
    const times = [Date.now() - startedAt];
    for (let tries = 2; tries <= WEBHOOK_RETRY_DELAYS_S.length + 1; tries++) {
      await ringNext();
      await untilTried(id, tries);
      verified(received.at(-1), secret);
      times.push(Date.now() - startedAt);
    }
    const { deliveries } = await log(id);
    expect(deliveries).toMatchObject([{ state: "failed", nextTryAt: null }]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(received.length);
    expect((times.at(-1) ?? 0) / 3_600_000).toBeGreaterThan(20);
    expect((times.at(-1) ?? 0) / 3_600_000).toBeLessThan(36);
    expect((await readWebhook(id)).failingSince).not.toBeNull();
  });

  it("is tried again whatever went wrong: no redirect is followed, Retry-After is kept to, little is told", async () => {
    const { id } = await createWebhook();
    const cases: [Answer, Partial<DeliveryTry>, number | null][] = [
      [() => new Response("", { status: 301, headers: { Location: "http://127.0.0.1/" } }), { status: 301 }, null],
      [() => new Response("", { status: 503, headers: { "Retry-After": "600" } }), { status: 503 }, 600_000],
      [() => new Response("é".repeat(10_000), { status: 400 }), { status: 400, body: "é".repeat(512) }, null],
      [
        () => Promise.reject(new TypeError("connect ECONNREFUSED 10.0.0.1:443")),
        { status: null, error: "The server could not be reached." },
        null,
      ],
    ];
    for (const [index, [wrong, entry, waitMs]] of cases.entries()) {
      answer = wrong;
      await canceledJob();
      const { state, tries, nextTryAt } = await untilTried(id, index + 1);
      expect({ state, tries }).toMatchObject({ state: "pending", tries: [entry] });
      if (waitMs !== null) expect(nextTryAt).toBe((tries[0]?.at ?? 0) + waitMs);
    }
  });

  it("is hung up on after 15 seconds", async () => {
    const { id } = await createWebhook();
    const { setTimeout } = globalThis;
    const quicker = (run: () => void, ms = 0) => setTimeout(run, ms === WEBHOOK_TIMEOUT_MS ? 1 : ms);
    const timers = vi.spyOn(globalThis, "setTimeout").mockImplementation(quicker as typeof setTimeout);
    answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    await canceledJob();
    const { tries, nextTryAt } = await untilTried(id, 1);
    expect(timers).toHaveBeenCalledWith(expect.any(Function), WEBHOOK_TIMEOUT_MS);
    expect(tries).toMatchObject([{ status: null, error: "There was no answer within 15 s." }]);
    expect(nextTryAt).not.toBeNull();
  });

  it("does not keep another one waiting, and gets an event again whose try was cut off with the object's memory", async () => {
    const slow = await createWebhook({ url: "https://slow.example.com/" });
    const quick = await createWebhook();
    answer = ({ url }) => (url === RECEIVER ? new Response("thanks") : new Promise(() => undefined));
    for (let jobs = 0; jobs < 4; jobs++) await canceledJob();
    await vi.waitFor(async () => {
      const { deliveries } = await log(quick.id);
      expect(deliveries.map(({ state }) => state)).toEqual(Array(4).fill("succeeded"));
    });
    const cutOff = received.filter(({ url }) => url !== RECEIVER).map(({ headers }) => headers["webhook-id"]);
    expect(cutOff).toHaveLength(3);
    expect((await log(slow.id)).deliveries.flatMap(({ tries }) => tries)).toEqual([]);
    const [stub] = await owners();
    // An eviction would wait for the tries.
    const crash = runInDurableObject(stub as DurableObjectStub, (_, state) => state.abort("crash"));
    await expect(crash).rejects.toThrow("crash");
    answer = ok;
    await ringNext();
    await vi.waitFor(async () => {
      const { deliveries } = await log(slow.id);
      expect(deliveries.map(({ state }) => state)).toEqual(Array(4).fill("succeeded"));
    });
    const again = received.filter(({ url }) => url !== RECEIVER).map(({ headers }) => headers["webhook-id"]);
    expect(again.slice(3)).toEqual(expect.arrayContaining(cutOff));
  });

  it("that answers 410 is disabled at once, gets nothing more, and may be enabled again", async () => {
    const { id } = await createWebhook();
    answer = () => new Response("", { status: 410 });
    await canceledJob();
    await untilTried(id, 1);
    expect(await readWebhook(id)).toMatchObject({ enabled: false, disabledReason: "gone" });
    expect((await problemOf(await command(`${id}/test`))).code).toBe("webhook_disabled");
    const [delivery] = (await log(id)).deliveries;
    const replayed = await command(`${id}/deliveries/${delivery?.id}/replay`);
    expect((await problemOf(replayed)).code).toBe("webhook_disabled");
    answer = ok;
    await canceledJob();
    expect((await log(id)).deliveries).toHaveLength(1);
    expect((await patch(id, { enabled: true })).status).toBe(200);
    expect(await readWebhook(id)).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
    await canceledJob();
    await untilTried(id, 2);
  });
});

describe("an owner", () => {
  it("rotates a secret: for a day the old one verifies too", async () => {
    const { id, secret: old } = await createWebhook();
    const response = await post(
      `/v1/webhooks/${id}/rotate-secret`,
      {},
      { ...KEY, "Idempotency-Key": crypto.randomUUID() },
    );
    const { secret, oldSecretUntil } = (await response.json()) as WebhookWithSecret;
    expect(secret).not.toBe(old);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await canceledJob();
    await untilTried(id, 1);
    expect(verified(received[0], secret)).toEqual(verified(received[0], old));
    vi.setSystemTime(Date.now() + WEBHOOK_OLD_SECRET_S * 1000);
    expect(oldSecretUntil).toBeLessThanOrEqual(Date.now());
    await canceledJob();
    await untilTried(id, 2);
    verified(received[1], secret);
    expect(() => verified(received[1], old)).toThrow("No matching signature");
  });

  it("tests a webhook with a ping, which is tried once and says nothing of its health", async () => {
    const { id, secret } = await createWebhook({ events: ["job.failed"] });
    answer = () => new Response("", { status: 500 });
    expect((await command(`${id}/test`)).status).toBe(202);
    expect(await untilTried(id, 1)).toMatchObject({ type: "ping", state: "failed", nextTryAt: null });
    expect(verified(received[0], secret)).toMatchObject({ type: "ping", data: { webhook: id } });
    expect((await readWebhook(id)).failingSince).toBeNull();
  });

  it("replays a delivery: the same webhook-id and body, a new timestamp", async () => {
    const { id, secret } = await createWebhook();
    await canceledJob();
    const delivery = await untilTried(id, 1);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await command(`${id}/deliveries/${delivery.id}/replay`)).status).toBe(202);
    expect((await untilTried(id, 2)).tries).toHaveLength(2);
    const [first, second] = received;
    verified(second, secret);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.body).toBe(first?.body);
    expect(Number(second?.headers["webhook-timestamp"])).toBe(Number(first?.headers["webhook-timestamp"]) + 60);
  });

  it("pages through the log, and finds nothing in it after seven days", async () => {
    const { id } = await createWebhook();
    for (let jobs = 1; jobs <= 3; jobs++) await canceledJob();
    await untilTried(id, 3);
    const first = await log(id, "?limit=2");
    const second = await log(id, `?limit=2&cursor=${first.cursor}`);
    expect([first.deliveries.length, second.deliveries.length, second.cursor]).toEqual([2, 1, null]);
    vi.setSystemTime(Date.now() + WEBHOOK_LOG_S * 1000);
    await ringNext();
    expect((await log(id)).deliveries).toEqual([]);
  });

  it("lists, changes and deletes webhooks, and sees a secret only once", async () => {
    const { secret, ...made } = await createWebhook({ description: "ours", events: ["job.failed"] });
    expect(await readWebhook(made.id)).toEqual(made);
    const changed = await patch(made.id, { url: `${RECEIVER}/2`, events: null, enabled: false });
    expect(await changed.json()).toMatchObject({
      url: `${RECEIVER}/2`,
      events: null,
      description: "ours",
      enabled: false,
      disabledReason: "owner",
    });
    const list = await (await call("/v1/webhooks", { headers: KEY })).text();
    expect(list).toContain(made.id);
    expect(list).not.toContain(secret);
    expect((await call(`/v1/webhooks/${made.id}`, { method: "DELETE", headers: KEY })).status).toBe(204);
    expect((await call(`/v1/webhooks/${made.id}`, { headers: KEY })).status).toBe(404);
    expect(((await (await call("/v1/webhooks", { headers: KEY })).json()) as WebhookList).webhooks).toEqual([]);
  });

  it("may be a browser's session", async () => {
    const session = { "Kiln-Session": "7".repeat(32) } as unknown as typeof KEY;
    await createWebhook({}, session);
    const job = await submit({}, session);
    await post(`/v1/jobs/${job.id}/cancel`, {}, session);
    await vi.waitFor(() => expect(received).toHaveLength(1));
  });
});

describe("what can't be", () => {
  it("is refused by the name of what is wrong, and nothing is left behind", async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ events: ["job.exploded"] }, "events.0"],
      [{ events: [] }, "events"],
      [{ secret: "mine" }, "secret"],
      [{ url: "https://[::ffff:10.0.0.1]/" }, "url"],
      [{ url: "http://example.com/" }, "url"],
      [{ description: "x".repeat(MAX_WEBHOOK_DESCRIPTION_CHARS + 1) }, "description"],
      [{ description: "x".repeat(65 * 1024) }, "description"],
    ];
    for (const [body, path] of wrong) {
      const problem = await problemOf(await post("/v1/webhooks", { url: RECEIVER, ...body }, KEY));
      expect(problem).toMatchObject({ status: 400, code: "invalid_request", errors: [{ path }] });
    }
    expect(((await (await call("/v1/webhooks", { headers: KEY })).json()) as WebhookList).webhooks).toEqual([]);
  });

  it("is refused in a change too, and the webhook stays as it was", async () => {
    const { secret: _, ...made } = await createWebhook();
    const problem = await problemOf(await patch(made.id, { url: "https://localhost/", description: "new" }));
    expect(problem.errors?.[0]?.path).toBe("url");
    expect(await readWebhook(made.id)).toEqual(made);
  });

  it("is one webhook more than an owner may have", async () => {
    await Promise.all(Array.from({ length: MAX_WEBHOOKS_PER_OWNER }, () => createWebhook()));
    const problem = await problemOf(await post("/v1/webhooks", { url: RECEIVER }, KEY));
    expect(problem).toMatchObject({ status: 409, code: "webhook_limit" });
  });

  it("is another owner's webhook, in any call", async () => {
    const { id } = await createWebhook();
    await canceledJob();
    const { id: delivery } = await untilTried(id, 1);
    const other = { "X-API-Key": OTHER_API_KEY };
    const calls = await Promise.all([
      call(`/v1/webhooks/${id}`, { headers: other }),
      patch(id, { enabled: false }, other),
      call(`/v1/webhooks/${id}`, { method: "DELETE", headers: other }),
      command(`${id}/rotate-secret`, other),
      command(`${id}/test`, other),
      call(`/v1/webhooks/${id}/deliveries`, { headers: other }),
      command(`${id}/deliveries/${delivery}/replay`, other),
      call("/v1/webhooks/nothing", { headers: other }),
    ]);
    for (const response of calls) {
      expect(await problemOf(response)).toMatchObject({ status: 404, code: "webhook_not_found" });
    }
    expect((await readWebhook(id)).enabled).toBe(true);
  });

  it("is a webhook of somebody whom nobody can tell from others", async () => {
    const problem = await problemOf(await post("/v1/webhooks", { url: RECEIVER }));
    expect(problem).toMatchObject({ status: 401, code: "unauthorized" });
    expect(problem.detail).toContain("Kiln-Session");
  });

  it("is a delivery that is in another webhook's log, or a cursor of another list", async () => {
    const [one, two] = [await createWebhook(), await createWebhook({ events: ["job.expired"] })];
    await canceledJob();
    const { id: delivery } = await untilTried(one.id, 1);
    for (const path of [`${two.id}/deliveries/${delivery}/replay`, `${one.id}/deliveries/dlv_99/replay`]) {
      expect((await problemOf(await command(path))).code).toBe("delivery_not_found");
    }
    const page = await call(`/v1/webhooks/${one.id}/deliveries?cursor=abc`, { headers: KEY });
    expect((await problemOf(page)).errors?.[0]?.path).toBe("cursor");
  });
});
