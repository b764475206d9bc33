/**
 * What webhooks are told, and what happens when a receiver does not take it: inside workerd, against a receiver that the test
 * plays. What it gets is checked with the public `standardwebhooks` package, as anybody's receiver would.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Batch, BatchJobList } from "#contract/batch.ts";
import type { Job } from "#contract/job.ts";
import { WEBHOOK_RETRY_DELAYS_S, WEBHOOK_TIMEOUT_MS } from "#contract/limits.ts";
import type { DeliveryTry } from "#contract/webhook.ts";
import type { Env } from "../../../worker/env.ts";
import {
  type Answer,
  canceledJob,
  command,
  createWebhook,
  eventually,
  KEY,
  listWebhooks,
  ownersOfWebhooks,
  patchWebhook,
  playReceiver,
  RECEIVER,
  readLog,
  readWebhook,
  receiver,
  ringNext,
  submitAs,
  thanks,
  untilTried,
  verified,
} from "../../helpers/webhook-receiver.ts";
import {
  call,
  finishEcho,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  runnerPost,
  settleWork,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;

/** A job that a runner has finished. */
async function finishedJob(): Promise<Job> {
  const job = await submitAs(KEY);
  const held = await eventually(async () => (await lease()) ?? Promise.reject(new Error("no lease")));
  expect((await finishEcho(held)).status).toBe(200);
  return job;
}

describe("a webhook", () => {
  playReceiver();

  it("is told of a job that has succeeded, signed, with its files by name and no signed URL", async () => {
    const { id, secret } = await createWebhook();
    const job = await finishedJob();
    const delivery = await untilTried(id, 1);
    expect(receiver.received[0]).toMatchObject({ url: RECEIVER, redirect: "manual" });
    expect(receiver.received[0]?.headers["content-type"]).toBe("application/json");
    const payload = verified(receiver.received[0], secret);
    expect(payload).toMatchObject({
      type: "job.succeeded",
      data: { id: job.id, type: "echo", state: "succeeded", error: null, batch: null, artifactCount: 1 },
    });
    expect(payload.type === "job.succeeded" && payload.data.artifacts.map(({ name }) => name)).toEqual(["echo.txt"]);
    expect(receiver.received[0]?.body).not.toContain("http");
    expect(delivery).toMatchObject({ type: "job.succeeded", state: "succeeded", nextTryAt: null });
    expect(delivery.tries).toMatchObject([{ status: 200, error: null, body: "thanks" }]);
    expect(delivery.eventId).toBe(receiver.received[0]?.headers["webhook-id"]);
  });

  it("is told of each end of a job that is tried again by hand, and of each once", async () => {
    const { id, secret } = await createWebhook();
    const job = await canceledJob();
    await untilTried(id, 1);
    await post(`/v1/jobs/${job.id}/retry`, {}, KEY);
    await post(`/v1/jobs/${job.id}/cancel`, {}, KEY);
    await untilTried(id, 2);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(job.id)));
    expect(receiver.received.map((request) => verified(request, secret).type)).toEqual([
      "job.canceled",
      "job.canceled",
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  });

  it("is told why a job failed", async () => {
    const { id, secret } = await createWebhook();
    const job = await submitAs(KEY);
    const held = await eventually(async () => (await lease()) ?? Promise.reject(new Error("no lease")));
    const error = { code: "input_invalid", message: "The input cannot be used." };
    await runnerPost(`jobs/${job.id}/fail`, { leaseId: held.leaseId, error, retryable: false });
    await untilTried(id, 1);
    expect(verified(receiver.received[0], secret)).toMatchObject({
      type: "job.failed",
      data: { state: "failed", error },
    });
  });

  it("hears only of what it subscribed to, and of no other owner's jobs", async () => {
    const some = await createWebhook({ events: ["job.failed", "job.canceled"] });
    const other = await createWebhook({ events: ["job.expired"], url: "https://other.example.com/" });
    await finishedJob();
    await canceledJob({ "X-API-Key": OTHER_API_KEY });
    await canceledJob();
    expect((await untilTried(some.id, 1)).type).toBe("job.canceled");
    expect((await readLog(other.id)).deliveries).toEqual([]);
  });

  it("is told when a batch is finished, and again after one of its jobs was tried again by hand", async () => {
    const { id, secret } = await createWebhook({ events: ["batch.finished"] });
    const response = await command("/v1/batches", { jobs: [{ type: "echo" }, { type: "echo" }] });
    const batch = (await response.json()) as Batch;
    expect((await post(`/v1/batches/${batch.id}/cancel`, {}, KEY)).status).toBe(202);
    await settleWork();
    await untilTried(id, 1);
    expect(verified(receiver.received[0], secret)).toMatchObject({
      type: "batch.finished",
      data: { id: batch.id, size: 2, counts: { canceled: 2, queued: 0 } },
    });
    const { jobs } = (await (await call(`/v1/batches/${batch.id}/jobs`, { headers: KEY })).json()) as BatchJobList;
    vi.setSystemTime(Date.now() + 1_000);
    await post(`/v1/jobs/${jobs[0]?.id}/retry`, {}, KEY);
    await settleWork();
    await post(`/v1/jobs/${jobs[0]?.id}/cancel`, {}, KEY);
    await settleWork();
    await untilTried(id, 2);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  });

  it("costs an owner who has none no storage", async () => {
    await finishedJob();
    expect(await listWebhooks()).toEqual([]);
    for (const stub of await ownersOfWebhooks()) {
      const tables = await runInDurableObject(stub, (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      );
      expect(tables).toEqual([]);
    }
  });
});

describe("a receiver that does not take an event", () => {
  playReceiver();

  it("gets it again 7 times over 28 hours, with the same id and new timestamps, and then it is given up", async () => {
    const { id, secret } = await createWebhook();
    receiver.answer = () => new Response("down", { status: 500 });
    const startedAt = Date.now();
    await canceledJob();
    await untilTried(id, 1);
    const times = [Date.now() - startedAt];
    for (let tries = 2; tries <= WEBHOOK_RETRY_DELAYS_S.length + 1; tries++) {
      await ringNext();
      await untilTried(id, tries);
      verified(receiver.received.at(-1), secret);
      times.push(Date.now() - startedAt);
    }
    const { deliveries } = await readLog(id);
    expect(deliveries).toMatchObject([{ state: "failed", nextTryAt: null }]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(
      receiver.received.length,
    );
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
      receiver.answer = wrong;
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
    receiver.answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    await canceledJob();
    const { tries, nextTryAt } = await untilTried(id, 1);
    expect(timers).toHaveBeenCalledWith(expect.any(Function), WEBHOOK_TIMEOUT_MS);
    expect(tries).toMatchObject([{ status: null, error: "There was no answer within 15 s." }]);
    expect(nextTryAt).not.toBeNull();
  });

  it("that answers 410 is disabled at once, gets nothing more, and may be enabled again", async () => {
    const { id } = await createWebhook();
    receiver.answer = () => new Response("", { status: 410 });
    await canceledJob();
    await untilTried(id, 1);
    expect(await readWebhook(id)).toMatchObject({ enabled: false, disabledReason: "gone" });
    expect((await problemOf(await command(`/v1/webhooks/${id}/test`))).code).toBe("webhook_disabled");
    const [delivery] = (await readLog(id)).deliveries;
    const replayed = await command(`/v1/webhooks/${id}/deliveries/${delivery?.id}/replay`);
    expect((await problemOf(replayed)).code).toBe("webhook_disabled");
    receiver.answer = thanks;
    await canceledJob();
    expect((await readLog(id)).deliveries).toHaveLength(1);
    expect((await patchWebhook(id, { enabled: true })).status).toBe(200);
    expect(await readWebhook(id)).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
    await canceledJob();
    await untilTried(id, 2);
  });
});
