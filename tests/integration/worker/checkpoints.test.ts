/** Checkpoints: what a runner keeps with the job for a later attempt, on real R2. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LEASE_TTL_MS, MAX_CHECKPOINTS, RETENTION_S, RETRY_BASE_MS } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Env } from "../../../worker/env.ts";
import {
  keepCheckpoint as keep,
  listCheckpoints as list,
  readCheckpoints as readAll,
  checkpointTarget as target,
} from "../../helpers/checkpoints.ts";
import {
  finishEcho,
  lease,
  problemOf,
  put,
  readJob,
  runnerPost,
  sha256,
  storedKeys,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;

async function startJob(): Promise<Lease> {
  await submitEcho();
  return (await lease()) as Lease;
}

/** Lets the lease run out, and leases the job again as another runner. */
async function leaseAgain(jobId: string): Promise<Lease> {
  vi.setSystemTime(Date.now() + LEASE_TTL_MS + 1);
  await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(jobId)));
  vi.setSystemTime(Date.now() + 2 * RETRY_BASE_MS);
  return (await lease("runner-2")) as Lease;
}

const keysOf = (jobId: string): Promise<string[]> => storedKeys(`jobs/${jobId}/`);

describe("a checkpoint", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is read by the attempt that wrote it, and by the next one after a lost lease", async () => {
    const first = await startJob();
    expect((await keep(first, "chunk-0001.bin", "one")).status).toBe(200);
    expect((await keep(first, "chunk-0002.bin", "two")).status).toBe(200);
    expect(await readAll(first)).toEqual({ "chunk-0001.bin": "one", "chunk-0002.bin": "two" });
    const second = await leaseAgain(first.jobId);
    expect(second.attempt).toBe(2);
    expect(await readAll(second)).toEqual({ "chunk-0001.bin": "one", "chunk-0002.bin": "two" });
  });

  it("is replaced by one of the same name, and the bytes that nothing names any more are deleted", async () => {
    const held = await startJob();
    await keep(held, "a", "old");
    await keep(held, "b", "old");
    await keep(held, "a", "new");
    expect(await readAll(held)).toEqual({ a: "new", b: "old" });
    expect(await keysOf(held.jobId)).toHaveLength(2);
    await keep(held, "b", "new");
    expect(await readAll(held)).toEqual({ a: "new", b: "new" });
    expect(await keysOf(held.jobId)).toEqual([`jobs/${held.jobId}/checkpoints/${await sha256("new")}`]);
  });

  it("is not there before its bytes are, and not when they are damaged", async () => {
    const held = await startJob();
    const { url } = (await (await target(held, "a", "good")).json()) as { url: string };
    expect(await list(held)).toEqual([]);
    expect((await problemOf(await put(url, "evil"))).code).toBe("checksum_mismatch");
    expect(await list(held)).toEqual([]);
    expect(await keysOf(held.jobId)).toEqual([]);
  });

  it("can be written twice, as after a lost answer", async () => {
    const held = await startJob();
    const { url } = (await (await target(held, "a", "text")).json()) as { url: string };
    expect((await put(url, "text")).status).toBe(200);
    expect((await put(url, "text")).status).toBe(200);
    expect(await readAll(held)).toEqual({ a: "text" });
  });

  it("can't be asked for, written or listed by a runner whose lease is lost", async () => {
    const first = await startJob();
    const { url } = (await (await target(first, "a", "late")).json()) as { url: string };
    const second = await leaseAgain(first.jobId);
    expect((await problemOf(await target(first, "b", "late"))).code).toBe("lease_lost");
    expect((await problemOf(await put(url, "late"))).code).toBe("lease_lost");
    const listed = await runnerPost(`jobs/${first.jobId}/checkpoints/list`, { leaseId: first.leaseId });
    expect((await problemOf(listed)).code).toBe("lease_lost");
    expect(await list(second)).toEqual([]);
  });

  it("outlives the job's end and goes with its files", async () => {
    const held = await startJob();
    await keep(held, "a", "text");
    expect((await finishEcho(held)).status).toBe(200);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(held.jobId)));
    expect((await keysOf(held.jobId)).some((key) => key.includes("/checkpoints/"))).toBe(true);
    vi.setSystemTime(Date.now() + RETENTION_S * 1000 + 1);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(held.jobId)));
    expect((await readJob(held.jobId)).purgedAt).not.toBeNull();
    expect(await keysOf(held.jobId)).toEqual([]);
  });

  it("extends the lease, as every call of a runner does", async () => {
    const held = await startJob();
    vi.setSystemTime(Date.now() + LEASE_TTL_MS - 1_000);
    expect((await keep(held, "a", "text")).status).toBe(200);
    vi.setSystemTime(Date.now() + LEASE_TTL_MS - 1_000);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(held.jobId)));
    expect((await readJob(held.jobId)).state).toBe("running");
  });

  it("is refused when the job has as many as it may keep, unless it replaces one", async () => {
    const held = await startJob();
    await runInDurableObject(JOBS.get(JOBS.idFromName(held.jobId)), (_, { storage }) => {
      for (let i = 0; i < MAX_CHECKPOINTS; i++) {
        storage.sql.exec("INSERT INTO checkpoints (name, bytes, sha256) VALUES (?, 1, ?)", `c${i}`, "0".repeat(64));
      }
    });
    expect((await problemOf(await keep(held, "one-more", "x"))).code).toBe("checkpoint_limit");
    expect((await keep(held, "c7", "x")).status).toBe(200);
  });
});
