/** A lease call whose answer was lost: asked again, it is answered with the same lease, and no lease id ever comes twice. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { HEARTBEAT_MS, LEASE_TTL_MS, RETRY_BASE_MS } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { JobObject } from "../../../worker/durable/job.do.ts";
import { type Env, readConfig } from "../../../worker/env.ts";
import { finishEcho, readJob, runnerPost, submitEcho } from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;

afterEach(() => {
  vi.useRealTimers();
});

/** Asks for a lease under a request id, as the runner does; null when there is no work. */
async function ask(requestId: string, runnerId = "runner-1"): Promise<Lease | null> {
  const response = await runnerPost("lease", { runnerId, requestId, pool: "cpu", jobTypes: ["echo"] });
  if (response.status === 204) return null;
  expect(response.status).toBe(200);
  return (await response.json()) as Lease;
}

/** The lease's time passes and nobody extends it; then the retry is due. */
async function lose({ jobId }: Lease): Promise<void> {
  vi.setSystemTime(Date.now() + LEASE_TTL_MS + 1);
  await runInDurableObject(JOBS.get(JOBS.idFromName(jobId)), (job) => (job as unknown as JobObject).alarm());
  vi.setSystemTime(Date.now() + 2 * RETRY_BASE_MS);
}

const REQUEST = "request-0123456789abcdef";

describe("a lease request that is sent again", () => {
  test("gets the same lease, and takes no other job", async () => {
    const [first, second] = [await submitEcho(), await submitEcho()];
    const held = await ask(REQUEST);
    expect(held?.jobId).toBe(first.id);
    expect(await ask(REQUEST)).toMatchObject({ jobId: first.id, leaseId: held?.leaseId, attempt: 1 });
    expect((await readJob(second.id)).state).toBe("queued");
    expect((await finishEcho(held as Lease)).status).toBe(200);
  });

  test("counts as a sign of life", async () => {
    const job = await submitEcho();
    await ask(REQUEST);
    vi.setSystemTime(Date.now() + LEASE_TTL_MS - 1_000);
    const held = await ask(REQUEST);
    vi.setSystemTime(Date.now() + LEASE_TTL_MS - 1_000);
    await runInDurableObject(JOBS.get(JOBS.idFromName(job.id)), (object) => (object as unknown as JobObject).alarm());
    expect((await finishEcho(held as Lease)).status).toBe(200);
  });

  test("at the same moment makes one lease", async () => {
    await submitEcho();
    await submitEcho();
    const leases = await Promise.all([ask(REQUEST), ask(REQUEST), ask(REQUEST)]);
    expect(new Set(leases.map((lease) => lease?.leaseId)).size).toBe(1);
  });

  test("by another runner is another request", async () => {
    await submitEcho();
    await submitEcho();
    const [mine, theirs] = [await ask(REQUEST), await ask(REQUEST, "runner-2")];
    expect(theirs?.jobId).not.toBe(mine?.jobId);
  });

  test("after its lease was lost gets a new lease id: the old one stays refused", async () => {
    const job = await submitEcho();
    const before = await ask(REQUEST);
    await lose(before as Lease);
    const after = await vi.waitFor(async () => {
      const held = await ask(REQUEST);
      if (!held) throw new Error("not in line yet");
      return held;
    });
    expect(after).toMatchObject({ jobId: job.id, attempt: 2 });
    expect(after.leaseId).not.toBe(before?.leaseId);
    expect((await runnerPost(`jobs/${job.id}/extend`, { leaseId: before?.leaseId })).status).toBe(409);
    expect((await finishEcho(after)).status).toBe(200);
  });

  test("after its job is done gets the next one", async () => {
    const [first, second] = [await submitEcho(), await submitEcho()];
    await finishEcho((await ask(REQUEST)) as Lease);
    expect((await readJob(first.id)).state).toBe("succeeded");
    expect((await ask(REQUEST))?.jobId).toBe(second.id);
  });

  test("is refused when its id is none, and works without one as runners before did", async () => {
    expect((await runnerPost("lease", { runnerId: "r", requestId: "x", pool: "cpu", jobTypes: [] })).status).toBe(400);
    const job = await submitEcho();
    const old = await runnerPost("lease", { runnerId: "runner-1", pool: "cpu", jobTypes: ["echo"] });
    expect(((await old.json()) as Lease).jobId).toBe(job.id);
  });
});

const SECRETS = {
  SIGNING_KEYS: `k:${btoa("s".repeat(32))}`,
  RUNNER_KEY: "r".repeat(32),
  ADMIN_KEY: "a".repeat(32),
  KEY_PEPPER: "p".repeat(32),
};
const read = (variables: Record<string, string>) => readConfig({ ...SECRETS, ...variables } as unknown as Env);

describe("the time of a lease", () => {
  test("is that of the contract unless it is set", () => {
    expect(read({})).toMatchObject({
      leaseTtlMs: LEASE_TTL_MS,
      heartbeatMs: HEARTBEAT_MS,
      retryBaseMs: RETRY_BASE_MS,
    });
  });

  test("is set in seconds, and a heartbeat is a quarter of it", () => {
    const config = read({ LEASE_TTL_S: "8", RETRY_BASE_S: "1" });
    expect(config).toMatchObject({ leaseTtlMs: 8_000, heartbeatMs: 2_000, retryBaseMs: 1_000 });
  });

  test.each(["0", "1.5", "soon", "86400"])("of %s is refused by name", (text) => {
    expect(() => read({ LEASE_TTL_S: text })).toThrow(/LEASE_TTL_S/);
  });
});
