/** Calls of the client for batches, versions, pins and webhooks: where they go, and what may be repeated. */
import { describe, expect, test } from "vitest";
import { batchKeys } from "#client/batch-keys.ts";
import { Kiln } from "#client/kiln.ts";
import type { BatchEvent } from "#contract/batch.ts";
import { batchKeySchema } from "#contract/batch.ts";
import { FakeFetch, fakeSleep } from "../../helpers/fake-fetch.ts";

const JOB = "job_00000000000000000000000000";
const BATCH = "bat_00000000000000000000000000";

const kilnWith = (fake: FakeFetch): Kiln =>
  new Kiln({ api: "http://kiln.test", session: "ab".repeat(16), fetch: fake.fetch, sleep: fakeSleep().sleep });

/** Method and path of what one call sends. */
async function sentBy(call: (kiln: Kiln) => Promise<unknown>): Promise<string> {
  const fake = new FakeFetch(Response.json({}));
  await call(kilnWith(fake));
  const { method, url } = fake.sent[0] as (typeof fake.sent)[number];
  return `${method} ${url.slice("http://kiln.test".length)}`;
}

const whole = { counts: {} as BatchEvent["data"]["counts"], percent: 50 };
const frame = (event: object & { seq: number }): string => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;

test.each<[string, (kiln: Kiln) => Promise<unknown>]>([
  ["PUT /v1/jobs/order-1", (kiln) => kiln.createJobWithId("order-1", { type: "echo" })],
  [`POST /v1/jobs/${JOB}/retry`, (kiln) => kiln.retryJob(JOB)],
  ["POST /v1/jobs/retry", (kiln) => kiln.retryJobs({ state: "expired" })],
  ["POST /v1/jobs/cancel", (kiln) => kiln.cancelJobs()],
  [`GET /v1/jobs/${JOB}/versions`, (kiln) => kiln.versions(JOB)],
  [`GET /v1/jobs/${JOB}/compare?with=${JOB}`, (kiln) => kiln.compare(JOB, JOB)],
  [`PUT /v1/jobs/${JOB}/pin`, (kiln) => kiln.pin(JOB)],
  [`DELETE /v1/jobs/${JOB}/pin`, (kiln) => kiln.unpin(JOB)],
  ["GET /v1/jobs?limit=5&state=failed", (kiln) => kiln.jobs({ limit: 5, state: "failed" })],
  ["GET /v1/jobs", (kiln) => kiln.jobs()],
  [`GET /v1/batches/${BATCH}`, (kiln) => kiln.batch(BATCH)],
  [
    `GET /v1/batches/${BATCH}/jobs?limit=1000&cursor=1000`,
    (kiln) => kiln.batchJobs(BATCH, { limit: 1000, cursor: "1000" }),
  ],
  [`POST /v1/batches/${BATCH}/cancel`, (kiln) => kiln.cancelBatch(BATCH)],
  ["POST /v1/webhooks", (kiln) => kiln.webhooks.create({ url: "https://hooks.test/kiln" })],
  ["GET /v1/webhooks", (kiln) => kiln.webhooks.list()],
  ["PATCH /v1/webhooks/whk_1", (kiln) => kiln.webhooks.update("whk_1", { enabled: true })],
  ["DELETE /v1/webhooks/whk_1", (kiln) => kiln.webhooks.remove("whk_1")],
  ["POST /v1/webhooks/whk_1/rotate-secret", (kiln) => kiln.webhooks.rotateSecret("whk_1")],
  ["POST /v1/webhooks/whk_1/test", (kiln) => kiln.webhooks.test("whk_1")],
  ["GET /v1/webhooks/whk_1/deliveries?limit=10", (kiln) => kiln.webhooks.deliveries("whk_1", { limit: 10 })],
  ["POST /v1/webhooks/whk_1/deliveries/dlv_1/replay", (kiln) => kiln.webhooks.replay("whk_1", "dlv_1")],
])("%s", async (expected, call) => {
  expect(await sentBy(call)).toBe(expected);
});

test("a batch whose answer is lost is sent again under the same key", async () => {
  const fake = new FakeFetch(new Error("socket hang up"), Response.json({ id: BATCH }, { status: 202 }));
  const batch = await kilnWith(fake).createBatch({ jobs: [{ type: "echo" }] });
  expect(batch.id).toBe(BATCH);
  const keys = fake.sent.map(({ headers }) => headers.get("idempotency-key"));
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
});

test("a batch's events are followed over a broken line until the batch has finished", async () => {
  const working = { seq: 1, at: 0, kind: "status", data: { ...whole, state: "working" } };
  const job = { id: JOB, number: 1, key: "a", type: "echo", state: "succeeded", percent: 100, error: null };
  const ended = { seq: 2, at: 0, kind: "job", data: { ...whole, state: "working", job } };
  const finished = { seq: 3, at: 0, kind: "status", data: { ...whole, state: "finished" } };
  const sse = (...events: { seq: number }[]) =>
    new Response(events.map(frame).join(""), { headers: { "Content-Type": "text/event-stream" } });
  const fake = new FakeFetch(sse(working), sse(ended, finished), new Error("was asked once too often"));
  const seen: number[] = [];
  for await (const { seq } of kilnWith(fake).batchEvents(BATCH)) seen.push(seq);
  expect(seen).toEqual([1, 2, 3]);
  expect(fake.sent.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "1"]);
});

describe("names for the jobs of a batch", () => {
  test("come from the files' names, in letters that a folder may have on every disk", () => {
    const keys = batchKeys(["Our logo.svg", "Ärger & Söhne.png", "..hidden.png", "логотип.png", "a.b.png"]);
    expect(keys).toEqual(["Our-logo", "Arger-Sohne", "hidden", "file", "a.b"]);
    for (const key of keys) expect(batchKeySchema.safeParse(key).success).toBe(true);
  });

  test("differ, also when case does not count", () => {
    expect(batchKeys(["logo.svg", "Logo.png", "logo.png"])).toEqual(["logo", "Logo-2", "logo-3"]);
  });

  test("fit into a key, however long the file's name is", () => {
    const keys = batchKeys(Array.from({ length: 120 }, () => `${"x".repeat(200)}.png`));
    expect(new Set(keys).size).toBe(120);
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(50);
  });
});
