/** Alarms whose handler fails again and again: the object comes back by itself. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { LEASE_TTL_MS, UPLOAD_TTL_S } from "#contract/limits.ts";
import type { Env } from "../../../worker/env.ts";
import { startFaults, stopFaults } from "../../helpers/faulty.ts";
import { finishEcho, lease, readJob, storedKeys, submitEcho, uploadText } from "../../helpers/worker-api.ts";

const { JOBS, POOLS, UPLOADS } = env as unknown as Env;
const FAILURES = 10;

/** Lets storage fail while `during` runs. */
async function withBrokenStorage(stub: DurableObjectStub, during: () => Promise<unknown>): Promise<void> {
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec = () => {
      throw new Error("Internal error in Durable Object storage caused object to be reset.");
    };
  });
  try {
    await during();
  } finally {
    await runInDurableObject(stub, (_, { storage }) => {
      // What was laid over the method goes; the method itself is the prototype's.
      delete (storage.sql as { exec?: unknown }).exec;
    });
  }
}

function nextAlarm(stub: DurableObjectStub): Promise<number | null> {
  return runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
}

/** Rings the alarm when it is due, as the platform would, and says that it has been armed again. */
async function ringWhenDue(stub: DurableObjectStub): Promise<void> {
  const at = await nextAlarm(stub);
  expect(at).not.toBeNull();
  vi.setSystemTime(Math.max(Date.now(), at ?? 0));
  await runDurableObjectAlarm(stub);
}

describe("an alarm that fails ten times", () => {
  it("still takes a lost lease away once storage works again, within minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const job = await submitEcho();
    await lease();
    const stub = JOBS.get(JOBS.idFromName(job.id));
    const lostAt = Date.now() + LEASE_TTL_MS;
    await withBrokenStorage(stub, async () => {
      for (let i = 0; i < FAILURES; i++) await ringWhenDue(stub);
    });
    while ((await readJob(job.id)).state === "running") await ringWhenDue(stub);
    expect(await readJob(job.id)).toMatchObject({ state: "queued", attempts: [{ outcome: "lease_lost" }] });
    expect(Date.now() - lostAt).toBeLessThan(5 * 60_000);
  });

  it("still rings for a job that waits for its next attempt", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await submitEcho();
    const stub = POOLS.get(POOLS.idFromName("cpu"));
    await vi.waitFor(async () => expect(await lease()).not.toBeNull());
    await submitEcho();
    await vi.waitFor(async () => expect(await nextAlarm(stub)).not.toBeNull());
    await withBrokenStorage(stub, async () => {
      for (let i = 0; i < FAILURES; i++) await ringWhenDue(stub);
    });
    await ringWhenDue(stub);
    expect(await lease()).not.toBeNull();
  });

  it("still does a job's outside work once the outside is there again", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const upload = await uploadText("hello");
    const job = await submitEcho({}, { inputs: [{ upload: upload.id }] });
    const held = await lease();
    if (!held) throw new Error("no lease");
    await finishEcho(held);
    const stub = JOBS.get(JOBS.idFromName(job.id));
    vi.setSystemTime((await readJob(job.id)).expiresAt ?? 0);
    startFaults({ rate: 1, seed: 1, evict: false });
    for (let i = 0; i < FAILURES; i++) await ringWhenDue(stub);
    stopFaults();
    await ringWhenDue(stub);
    expect((await readJob(job.id)).purgedAt).not.toBeNull();
    expect(await storedKeys("jobs/")).toEqual([]);
  });

  it("still deletes an upload whose time is over", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { id } = await uploadText("hello");
    const stub = UPLOADS.get(UPLOADS.idFromName(id));
    vi.setSystemTime(Date.now() + UPLOAD_TTL_S * 1000 + 1);
    startFaults({ rate: 1, seed: 1, evict: false });
    for (let i = 0; i < FAILURES; i++) await ringWhenDue(stub);
    stopFaults();
    await ringWhenDue(stub);
    expect(await storedKeys()).toEqual([]);
    expect(await nextAlarm(stub)).toBeNull();
  });
});
