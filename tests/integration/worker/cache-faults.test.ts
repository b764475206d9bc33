/**
 * Results of equal jobs while every fifth call between objects, R2 and D1 fails, before or after it took effect, and every
 * object is evicted after every call: a lookup that fails costs a run and nothing else, and in the end nothing is left.
 */
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { IDEMPOTENCY_IN_FLIGHT_MS } from "#contract/limits.ts";
import { download, runNext, SESSION, settleJob, storedJob } from "../../helpers/cacheable-jobs.ts";
import { forgetObjects, startFaults, stopFaults } from "../../helpers/faulty.ts";
import { call, post, readJob, settleWork, storedKeys } from "../../helpers/worker-api.ts";

const RATE = 0.2;
let hits = 0;

/** Submits the job, however often it takes. */
async function submitSurely(): Promise<Job> {
  const headers = { ...SESSION, "Idempotency-Key": crypto.randomUUID() };
  for (;;) {
    const response = await post("/v1/jobs", { type: "text-to-3d", params: { text: "a" } }, headers);
    if (response.status === 202) return (await response.json()) as Job;
    // That the first request has ended could not be noted: it is taken for one at work for a while.
    expect(response.status).toBe(409);
    vi.setSystemTime(Date.now() + IDEMPOTENCY_IN_FLIGHT_MS);
  }
}

afterAll(() => {
  // Without any, nothing was shared that could have gone wrong.
  expect(hits).toBeGreaterThan(0);
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(async () => {
  vi.useRealTimers();
  stopFaults();
  await forgetObjects({ evicted: true });
});

it.each([1, 2])(
  "a job has a whole result or runs, and shared files stay exactly as long as needed (%i)",
  async (seed) => {
    const injected = startFaults({ rate: RATE, seed, evict: true });
    const source = await submitSurely();
    await runNext();
    await settleWork(1);
    const jobs = [];
    for (let i = 0; i < 4; i++) jobs.push(await submitSurely());
    stopFaults();
    expect(injected.before + injected.after).toBeGreaterThan(5);
    const cached = jobs.filter((job) => job.cached);
    hits += cached.length;
    for (const job of jobs)
      expect([job.cached, job.state]).toEqual(job.cached ? [true, "succeeded"] : [false, "queued"]);
    // None that has the result is unknown to the job whose it is; one that lost its answer may be known in vain.
    expect((await storedJob(source.id)).sharers ?? []).toEqual(expect.arrayContaining(cached.map(({ id }) => id)));

    startFaults({ rate: RATE, seed: seed + 10, evict: true });
    for (const { id } of [source, ...cached.slice(1)])
      await call(`/v1/jobs/${id}`, { method: "DELETE", headers: SESSION });
    stopFaults();
    await settleWork(2);
    if (cached[0]) expect((await download(cached[0].id)).text).toBe("result");
    for (const { id } of cached.slice(0, 1)) await call(`/v1/jobs/${id}`, { method: "DELETE", headers: SESSION });
    for (const { id } of [...cached, source]) await settleJob(id);
    expect((await readJob(source.id, SESSION)).purgedAt).not.toBeNull();
    const { sharers = [] } = await storedJob(source.id);
    if (sharers.length === 0) expect(await storedKeys("jobs/")).toEqual([]);
    else expect(jobs.filter((job) => !job.cached).map(({ id }) => id)).toEqual(expect.arrayContaining([...sharers]));
  },
);
