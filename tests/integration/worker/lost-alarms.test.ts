/** An alarm that the platform has lost: whoever next calls the object, with whatever call, brings it back. */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Batch } from "#contract/batch.ts";
import type { JobObject } from "../../../worker/durable/job.do.ts";
import type { Env } from "../../../worker/env.ts";
import {
  canceledJob,
  createWebhook,
  KEY,
  ownerWithWebhooks,
  playReceiver,
  untilTried,
} from "../../helpers/webhook-receiver.ts";
import { call, post } from "../../helpers/worker-api.ts";

const { BATCHES, IDEMPOTENCY, JOBS } = env as unknown as Env;

const alarmOf = (stub: DurableObjectStub) => runInDurableObject(stub, (_, { storage }) => storage.getAlarm());

/** What it was set to comes again after the call, though the platform has lost it. */
async function expectComesBack(stub: DurableObjectStub, action: () => Promise<unknown>): Promise<void> {
  const before = await alarmOf(stub);
  expect(before).not.toBeNull();
  await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());
  expect(await alarmOf(stub)).toBeNull();
  await action();
  await vi.waitFor(async () => expect(await alarmOf(stub)).not.toBeNull(), { interval: 5 });
}

describe("a lost alarm", () => {
  playReceiver();
  afterEach(() => {
    vi.useRealTimers();
  });

  it("of a batch comes back when anybody asks for the batch, or one of its jobs is asked by the sweep", async () => {
    const headers = { ...KEY, "Idempotency-Key": crypto.randomUUID() };
    const { id } = (await (await post("/v1/batches", { jobs: [{ type: "echo" }] }, headers)).json()) as Batch;
    const stub = BATCHES.get(BATCHES.idFromName(id));
    const list = async () => (await call(`/v1/batches/${id}/jobs`, { headers: KEY })).json();
    const { jobs } = await vi.waitFor(async () => {
      const page = (await list()) as { jobs: { id: string; state: string }[] };
      expect(page.jobs[0]?.state).toBe("queued");
      return page;
    });
    await expectComesBack(stub, () => call(`/v1/batches/${id}`, { headers: KEY }));
    await expectComesBack(stub, list);
    const job = JOBS.get(JOBS.idFromName(jobs[0]?.id as string));
    await expectComesBack(stub, () => runInDurableObject(job, (object) => (object as JobObject).wake()));
  });

  it("of an owner's webhooks comes back when anybody asks for one, or for its log", async () => {
    const { id } = await createWebhook();
    await canceledJob();
    await untilTried(id, 1);
    const stub = await ownerWithWebhooks();
    for (const path of ["", `/${id}`, `/${id}/deliveries`])
      await expectComesBack(stub, () => call(`/v1/webhooks${path}`, { headers: KEY }));
    await expectComesBack(stub, () => canceledJob());
  });

  it("of an idempotency key comes back when the request is repeated", async () => {
    const repeat = () => post("/v1/jobs", { type: "echo" }, { ...KEY, "Idempotency-Key": "lost" });
    const known = (await listDurableObjectIds(IDEMPOTENCY)).map(String);
    await repeat();
    const id = (await listDurableObjectIds(IDEMPOTENCY)).find((candidate) => !known.includes(String(candidate)));
    await expectComesBack(IDEMPOTENCY.get(id as DurableObjectId), repeat);
  });
});
