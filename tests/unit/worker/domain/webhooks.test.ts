/** Webhooks without a network: the schedule of retries, what disables a webhook, which secrets sign, what an event says. */
import { createHmac } from "node:crypto";
import { Webhook as Verifier } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import {
  MAX_LOGGED_TRIES,
  MAX_WEBHOOK_ARTIFACTS,
  MAX_WEBHOOK_PAYLOAD_BYTES,
  WEBHOOK_FAILING_MAX_S,
  WEBHOOK_OLD_SECRET_S,
  WEBHOOK_RETRY_AFTER_MAX_S,
  WEBHOOK_RETRY_DELAYS_S,
} from "#contract/limits.ts";
import { webhookPayloadSchema } from "#contract/webhook.ts";
import { createBatch } from "../../../../worker/domain/batch-record.ts";
import { createJob } from "../../../../worker/domain/job-lifecycle.ts";
import type { JobRecord } from "../../../../worker/domain/job-record.ts";
import {
  type DeliveryRecord,
  deliveryDelayMs,
  replay,
  retryAfterS,
  settleTry,
} from "../../../../worker/domain/webhook-delivery.ts";
import { batchFinishedEvent, jobEvents } from "../../../../worker/domain/webhook-event.ts";
import {
  createWebhook,
  disableWebhook,
  rotateSecret,
  secretsInForce,
  toWebhook,
  updateWebhook,
  type WebhookRecord,
  wantsEvent,
} from "../../../../worker/domain/webhook-record.ts";

const NOW = Date.UTC(2026, 10, 22);
const DAY_MS = 24 * 3_600_000;

const webhook = createWebhook(
  { url: "https://example.com/", events: null, description: "" },
  { id: "whk_1", secret: "whsec_new" },
  NOW,
);

const delivery: DeliveryRecord = {
  number: 1,
  webhookId: "whk_1",
  eventId: "evt_1",
  type: "job.failed",
  payload: "{}",
  createdAt: NOW,
  state: "pending",
  failures: 0,
  nextAt: NOW,
  endedAt: null,
  tries: [],
  replayId: null,
};

function answered(status: number | null, retryAfter: string | null = null, at = NOW) {
  return { entry: { at, durationMs: 5, status, error: status === null ? "gone" : null, body: "" }, retryAfter };
}

/** Fails until the delivery is given up. */
function giveUp(
  from: WebhookRecord,
  startAt: number,
): { webhook: WebhookRecord; delivery: DeliveryRecord; at: number } {
  let state = { webhook: from, delivery: { ...delivery, nextAt: startAt } as DeliveryRecord };
  let at = startAt;
  while (state.delivery.nextAt !== null) {
    at = state.delivery.nextAt;
    state = settleTry(state.delivery, state.webhook, answered(500, null, at), at, 0.5);
  }
  return { ...state, at };
}

describe("a delivery's retries", () => {
  it("wait longer each time, ±20 %, and end after 8 tries and 27.6 hours", () => {
    const waits = WEBHOOK_RETRY_DELAYS_S.map((_, index) => deliveryDelayMs(index + 1, 0, 0.5) ?? 0);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.reduce((sum, ms) => sum + ms, 0) / 3_600_000).toBeCloseTo(27.58, 2);
    expect([0, 0.5, 1].map((random) => deliveryDelayMs(1, 0, random))).toEqual([4_000, 5_000, 6_000]);
    expect(deliveryDelayMs(WEBHOOK_RETRY_DELAYS_S.length + 1, 0, 0.5)).toBeNull();
    const { delivery: last, at } = giveUp(webhook, NOW);
    expect(last).toMatchObject({ state: "failed", failures: 8, endedAt: at });
    expect(last.tries).toHaveLength(8);
  });

  it.each([
    ["120", 120],
    [" 120 ", 120],
    ["Sun, 22 Nov 2026 00:02:00 GMT", 120],
    ["Sat, 21 Nov 2026 00:00:00 GMT", 0],
    ["999999999", WEBHOOK_RETRY_AFTER_MAX_S],
    ["-5", 0],
    ["soon", 0],
    [null, 0],
  ])("wait at least what Retry-After %j asks for, within bounds", (header, seconds) => {
    expect(retryAfterS(header, NOW)).toBe(seconds);
    expect(deliveryDelayMs(1, seconds, 0.5)).toBe(Math.max(5, seconds) * 1000);
  });

  it("keep the latest tries only", () => {
    const tries = Array.from({ length: MAX_LOGGED_TRIES }, (_, at) => answered(500, null, at).entry);
    const settled = settleTry({ ...delivery, tries }, webhook, answered(200), NOW, 0.5).delivery;
    expect(settled.tries).toHaveLength(MAX_LOGGED_TRIES);
    expect(settled).toMatchObject({ state: "succeeded", nextAt: null, endedAt: NOW });
  });

  it("begin anew when it is replayed, once for one call", () => {
    const failed = giveUp(webhook, NOW).delivery;
    const again = replay(failed, "call-1", NOW + DAY_MS);
    expect(again).toMatchObject({ state: "pending", failures: 0, nextAt: NOW + DAY_MS, eventId: failed.eventId });
    expect(again.tries).toHaveLength(8);
    const taken = settleTry(again, webhook, answered(200), NOW + DAY_MS, 0.5).delivery;
    expect(replay(taken, "call-1", NOW + DAY_MS + 1)).toBe(taken);
  });

  it("do not follow when the delivery was ended while its receiver thought", () => {
    const ended: DeliveryRecord = { ...delivery, state: "failed", nextAt: null, endedAt: NOW };
    expect(settleTry(ended, webhook, answered(500), NOW, 0.5).delivery).toMatchObject({
      state: "failed",
      nextAt: null,
    });
    expect(settleTry(ended, webhook, answered(204), NOW, 0.5).delivery.state).toBe("succeeded");
  });
});

describe("a webhook", () => {
  it.each([301, 400, 404, 429, 500, null])("has failed when the receiver's status is %s", (status) => {
    const settled = settleTry(delivery, webhook, answered(status), NOW, 0.5);
    expect(settled.webhook).toMatchObject({ failingSince: NOW, disabledReason: null });
    expect(settled.delivery.nextAt).toBe(NOW + 5_000);
  });

  it("is in order again with the first success", () => {
    const failing = { ...webhook, failingSince: NOW - DAY_MS };
    expect(settleTry(delivery, failing, answered(202), NOW, 0.5).webhook.failingSince).toBeNull();
  });

  it("is disabled at once by a 410", () => {
    const settled = settleTry(delivery, webhook, answered(410), NOW, 0.5);
    expect(settled).toMatchObject({ delivery: { state: "failed", nextAt: null }, webhook: { disabledReason: "gone" } });
  });

  it("is disabled when a delivery is given up and nothing was taken for five days, not sooner", () => {
    const first = giveUp(webhook, NOW);
    expect(first.webhook).toMatchObject({ disabledReason: null, failingSince: NOW });
    const early = giveUp(first.webhook, NOW + WEBHOOK_FAILING_MAX_S * 1000 - 2 * DAY_MS);
    expect(early.webhook.disabledReason).toBeNull();
    const late = giveUp(first.webhook, NOW + WEBHOOK_FAILING_MAX_S * 1000 - DAY_MS);
    expect(late.webhook).toMatchObject({ disabledReason: "failing", disabledAt: late.at });
  });

  it("is neither well nor ill because of a ping, which is tried once", () => {
    const ping = { ...delivery, type: "ping" };
    const failing = { ...webhook, failingSince: NOW - 2 * WEBHOOK_FAILING_MAX_S * 1000 };
    expect(settleTry(ping, failing, answered(500), NOW, 0.5)).toMatchObject({
      delivery: { state: "failed", nextAt: null },
      webhook: { disabledReason: null, failingSince: failing.failingSince },
    });
  });

  it("wants what it subscribed to, everything by default, and nothing while it is disabled", () => {
    expect(wantsEvent(webhook, "batch.finished")).toBe(true);
    expect(wantsEvent({ ...webhook, events: ["job.failed"] }, "job.failed")).toBe(true);
    expect(wantsEvent({ ...webhook, events: ["job.failed"] }, "job.succeeded")).toBe(false);
    expect(wantsEvent(webhook, "ping")).toBe(false);
    expect(wantsEvent(disableWebhook(webhook, "gone", NOW), "job.failed")).toBe(false);
  });

  it("keeps the reason it was disabled for, until it is enabled and starts afresh", () => {
    const gone = disableWebhook({ ...webhook, failingSince: NOW }, "gone", NOW);
    expect(updateWebhook(gone, { enabled: false }, NOW + 1)).toMatchObject({ disabledReason: "gone", disabledAt: NOW });
    const back = updateWebhook(gone, { enabled: true }, NOW + 1);
    expect(back).toMatchObject({ disabledReason: null, disabledAt: null, failingSince: null });
    const failing = { ...webhook, failingSince: NOW };
    expect(updateWebhook(failing, { enabled: true, events: null }, NOW + 1)).toEqual(failing);
  });

  it("signs with both secrets for a day after a rotation, which the same call again does not repeat", () => {
    const rotated = rotateSecret(webhook, "whsec_newer", "call-1", NOW);
    expect(rotateSecret(rotated, "whsec_another", "call-1", NOW + 1)).toBe(rotated);
    const end = NOW + WEBHOOK_OLD_SECRET_S * 1000;
    expect(secretsInForce(rotated, end - 1)).toEqual(["whsec_newer", "whsec_new"]);
    expect(secretsInForce(rotated, end)).toEqual(["whsec_newer"]);
    expect(toWebhook(rotated, NOW).oldSecretUntil).toBe(end);
    expect(JSON.stringify(toWebhook(rotated, NOW))).not.toContain("whsec_");
  });
});

describe("an event", () => {
  const end = { queuedAt: NOW + 5, state: "succeeded", error: null, at: NOW + 9 } as const;
  const job = (changes: Partial<JobRecord>): JobRecord => {
    const type = { name: "echo", version: 1, pool: "cpu", timeoutS: 60 };
    const request = { id: `job_${"a".repeat(26)}`, owner: "key:1", type, params: {}, inputs: [], policy: {} };
    const { record } = createJob(request, NOW);
    return { ...record, pending: { ...record.pending, notify: [end] }, ...changes };
  };
  const withArtifacts = (count: number, contentType: string): JobRecord => {
    const artifacts = Array.from({ length: count }, (_, index) => ({
      name: `${index}`.padEnd(128, "x"),
      bytes: 5_000_000_000,
      sha256: "0".repeat(64),
      contentType,
    }));
    return job({ manifest: { artifacts } as unknown as JobRecord["manifest"] });
  };

  it("has one id for one end of a job, however often it is published, and another for the next end", () => {
    const [first] = jobEvents(job({}));
    expect(jobEvents(job({}))[0]).toEqual(first);
    expect(first?.id).toMatch(/^evt_a{26}_[0-9a-z]+$/);
    const both = jobEvents(job({ pending: { ...job({}).pending, notify: [end, { ...end, queuedAt: NOW + 10 }] } }));
    expect(new Set(both.map(({ id }) => id)).size).toBe(2);
  });

  it("lists a job's first files, and stays below 64 KiB whatever the runner called them", () => {
    const [event] = jobEvents(withArtifacts(1_000, "image/png"));
    const payload = webhookPayloadSchema.parse(JSON.parse(event?.payload ?? ""));
    if (payload.type !== "job.succeeded") throw new Error(payload.type);
    expect(payload.data.artifacts).toHaveLength(MAX_WEBHOOK_ARTIFACTS);
    expect(payload.data.artifactCount).toBe(1_000);
    const [long] = jobEvents(withArtifacts(1_000, "\u0001".repeat(128)));
    expect(Buffer.byteLength(long?.payload ?? "")).toBeLessThanOrEqual(MAX_WEBHOOK_PAYLOAD_BYTES);
    expect(JSON.parse(long?.payload ?? "").data).toMatchObject({ artifacts: [], artifactCount: 1_000 });
  });

  it("tells how a batch's jobs ended", () => {
    const counts = { ...createBatch("", "", 0, NOW).counts, succeeded: 3, failed: 1 };
    const batch = { id: `bat_${"b".repeat(26)}`, size: 4, createdAt: NOW, finishedAt: NOW + 1, counts };
    const { id, payload } = batchFinishedEvent(batch);
    expect(id).toBe(batchFinishedEvent(batch).id);
    expect(webhookPayloadSchema.parse(JSON.parse(payload))).toMatchObject({ type: "batch.finished", data: batch });
  });
});

describe("the package that signs", () => {
  it("makes what the specification describes: HMAC-SHA256 of id, timestamp and body", () => {
    // The example of the specification's own test suites.
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const [id, seconds, body] = ["msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, '{"test": 2432232314}'] as const;
    const made = new Verifier(secret).sign(id, new Date(seconds * 1000), body);
    expect(made).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    expect(made).toBe(`v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`);
  });
});
