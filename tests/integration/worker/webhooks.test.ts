/** `/v1/webhooks` inside workerd: what an owner does with webhooks, and what is refused. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import {
  MAX_WEBHOOK_DESCRIPTION_CHARS,
  MAX_WEBHOOKS_PER_OWNER,
  WEBHOOK_LOG_S,
  WEBHOOK_OLD_SECRET_S,
} from "#contract/limits.ts";
import type { WebhookWithSecret } from "#contract/webhook.ts";
import {
  canceledJob,
  command,
  createWebhook,
  eventually,
  KEY,
  listWebhooks,
  ownerWithWebhooks,
  patchWebhook,
  playReceiver,
  RECEIVER,
  readLog,
  readWebhook,
  receiver,
  ringNext,
  thanks,
  untilTried,
  verified,
} from "../../helpers/webhook-receiver.ts";
import { call, OTHER_API_KEY, post, problemOf } from "../../helpers/worker-api.ts";

describe("an owner", () => {
  playReceiver();

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
    expect(verified(receiver.received[0], secret)).toEqual(verified(receiver.received[0], old));
    vi.setSystemTime(Date.now() + WEBHOOK_OLD_SECRET_S * 1000);
    expect(oldSecretUntil).toBeLessThanOrEqual(Date.now());
    await canceledJob();
    await untilTried(id, 2);
    verified(receiver.received[1], secret);
    expect(() => verified(receiver.received[1], old)).toThrow("No matching signature");
  });

  it("tests a webhook with a ping, which is tried once and says nothing of its health", async () => {
    const { id, secret } = await createWebhook({ events: ["job.failed"] });
    receiver.answer = () => new Response("", { status: 500 });
    expect((await command(`/v1/webhooks/${id}/test`)).status).toBe(202);
    expect(await untilTried(id, 1)).toMatchObject({ type: "ping", state: "failed", nextTryAt: null });
    expect(verified(receiver.received[0], secret)).toMatchObject({ type: "ping", data: { webhook: id } });
    expect((await readWebhook(id)).failingSince).toBeNull();
  });

  it("replays a delivery: the same webhook-id and body, a new timestamp", async () => {
    const { id, secret } = await createWebhook();
    await canceledJob();
    const delivery = await untilTried(id, 1);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await command(`/v1/webhooks/${id}/deliveries/${delivery.id}/replay`)).status).toBe(202);
    expect((await untilTried(id, 2)).tries).toHaveLength(2);
    const [first, second] = receiver.received;
    verified(second, secret);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.body).toBe(first?.body);
    expect(Number(second?.headers["webhook-timestamp"])).toBe(Number(first?.headers["webhook-timestamp"]) + 60);
  });

  it("pages through the log, and finds nothing in it after seven days", async () => {
    const { id } = await createWebhook();
    for (let jobs = 1; jobs <= 3; jobs++) await canceledJob();
    await untilTried(id, 3);
    const first = await readLog(id, "?limit=2");
    const second = await readLog(id, `?limit=2&cursor=${first.cursor}`);
    expect([first.deliveries.length, second.deliveries.length, second.cursor]).toEqual([2, 1, null]);
    vi.setSystemTime(Date.now() + WEBHOOK_LOG_S * 1000);
    await ringNext();
    expect((await readLog(id)).deliveries).toEqual([]);
  });

  it("lists, changes and deletes webhooks, and sees a secret only once", async () => {
    const { secret, ...made } = await createWebhook({ description: "ours", events: ["job.failed"] });
    expect(await readWebhook(made.id)).toEqual(made);
    const changed = await patchWebhook(made.id, { url: `${RECEIVER}/2`, events: null, enabled: false });
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
    expect(await listWebhooks()).toEqual([]);
  });

  it("leaves no storage with the last webhook, however late the answer to a try comes, and may begin anew", async () => {
    const { id } = await createWebhook();
    const answer = Promise.withResolvers<Response>();
    receiver.answer = () => answer.promise;
    await canceledJob();
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect((await call(`/v1/webhooks/${id}`, { method: "DELETE", headers: KEY })).status).toBe(204);
    const stub = await ownerWithWebhooks();
    answer.resolve(new Response("thanks"));
    await eventually(async () => {
      const left = await runInDurableObject(stub, async (_, { storage }) => ({
        tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('webhooks', 'deliveries')").toArray(),
        alarm: await storage.getAlarm(),
      }));
      expect(left).toEqual({ tables: [], alarm: null });
    });
    receiver.answer = thanks;
    const again = await createWebhook();
    await canceledJob();
    expect(await eventually(async () => (await readLog(again.id)).deliveries[0])).toMatchObject({
      type: "job.canceled",
    });
  });

  it("may be a browser's session", async () => {
    const session = { "Kiln-Session": "7".repeat(32) };
    await createWebhook({}, session);
    await canceledJob(session);
    await eventually(() => expect(receiver.received).toHaveLength(1));
  });
});

describe("a slow receiver", () => {
  playReceiver();

  it("does not keep another one waiting, and gets an event again whose try was cut off with the object's memory", async () => {
    const slow = await createWebhook({ url: "https://slow.example.com/" });
    const quick = await createWebhook();
    receiver.answer = ({ url }) => (url === RECEIVER ? new Response("thanks") : new Promise(() => undefined));
    for (let jobs = 0; jobs < 4; jobs++) await canceledJob();
    await eventually(async () => {
      const { deliveries } = await readLog(quick.id);
      expect(deliveries.map(({ state }) => state)).toEqual(Array(4).fill("succeeded"));
    });
    const cutOff = receiver.received.filter(({ url }) => url !== RECEIVER).map(({ headers }) => headers["webhook-id"]);
    expect(cutOff).toHaveLength(3);
    expect((await readLog(slow.id)).deliveries.flatMap(({ tries }) => tries)).toEqual([]);
    const stub = await ownerWithWebhooks();
    // An eviction would wait for the tries.
    const crash = runInDurableObject(stub, (_, state) => state.abort("crash"));
    await expect(crash).rejects.toThrow("crash");
    receiver.answer = thanks;
    await ringNext();
    await eventually(async () => {
      const { deliveries } = await readLog(slow.id);
      expect(deliveries.map(({ state }) => state)).toEqual(Array(4).fill("succeeded"));
    });
    const again = receiver.received.filter(({ url }) => url !== RECEIVER).map(({ headers }) => headers["webhook-id"]);
    expect(again.slice(3)).toEqual(expect.arrayContaining(cutOff));
  });
});

describe("what can't be", () => {
  playReceiver();

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
    expect(await listWebhooks()).toEqual([]);
  });

  it("is refused in a change too, and the webhook stays as it was", async () => {
    const { secret: _, ...made } = await createWebhook();
    const problem = await problemOf(await patchWebhook(made.id, { url: "https://localhost/", description: "new" }));
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
      patchWebhook(id, { enabled: false }, other),
      call(`/v1/webhooks/${id}`, { method: "DELETE", headers: other }),
      command(`/v1/webhooks/${id}/rotate-secret`, {}, other),
      command(`/v1/webhooks/${id}/test`, {}, other),
      call(`/v1/webhooks/${id}/deliveries`, { headers: other }),
      command(`/v1/webhooks/${id}/deliveries/${delivery}/replay`, {}, other),
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
      expect((await problemOf(await command(`/v1/webhooks/${path}`))).code).toBe("delivery_not_found");
    }
    const page = await call(`/v1/webhooks/${one.id}/deliveries?cursor=abc`, { headers: KEY });
    expect((await problemOf(page)).errors?.[0]?.path).toBe("cursor");
  });
});
