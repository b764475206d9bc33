/** What the owner of a queued job is told: its place, when it may begin, and jobs that are to wait for a time. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { MAX_NOT_BEFORE_S } from "#contract/limits.ts";
import type { Env } from "../../../worker/env.ts";
import {
  API_KEY,
  adminCall,
  call,
  finishEcho,
  lease,
  post,
  problemOf,
  readJob,
  runnerPost,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;

/** A runner with so many slots says that it lives. */
async function register(slots: number): Promise<void> {
  const response = await runnerPost("register", {
    runnerId: "runner-1",
    name: "runner",
    apiVersion: 1,
    version: "1",
    pool: "cpu",
    jobTypes: ["echo"],
    slots,
    ready: true,
    engines: {},
    sandbox: "none",
  });
  expect(response.status).toBe(200);
}

describe("a queued job", () => {
  it("is told its place in line, which gets better as others are served", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const jobs: Job[] = [];
    for (let i = 0; i < 3; i++) {
      jobs.push(await submitEcho());
      vi.setSystemTime(Date.now() + 10);
    }
    const positions = async () => Promise.all(jobs.map(async ({ id }) => (await readJob(id)).queue?.position ?? null));
    await vi.waitFor(async () => expect(await positions()).toEqual([1, 2, 3]));
    await lease();
    expect(await positions()).toEqual([null, 1, 2]);
    expect((await readJob(jobs[0]?.id ?? "")).queue).toBeNull();
    // Another owner's job is served next: this one had the turn before.
    const theirs = await post("/v1/jobs", { type: "echo" }, { "X-API-Key": API_KEY });
    const { id } = (await theirs.json()) as Job;
    await vi.waitFor(async () => {
      const answer = await call(`/v1/jobs/${id}`, { headers: { "X-API-Key": API_KEY } });
      expect(((await answer.json()) as Job).queue?.position).toBe(1);
    });
    expect(await positions()).toEqual([null, 2, 3]);
  });

  it("is told when it begins and ends once such a job has ended and a runner is there", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const first = await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    const second = await submitEcho();
    await vi.waitFor(async () => expect((await readJob(second.id)).queue?.position).toBe(1));
    expect((await readJob(second.id)).queue).toMatchObject({ startsInS: null, etaS: null, paused: false });
    vi.setSystemTime(Date.now() + 40_000);
    await finishEcho(held);
    expect((await readJob(first.id)).queue).toBeNull();
    await register(1);
    const told = { startsInS: 0, etaS: 40 };
    await vi.waitFor(async () => expect((await readJob(second.id)).queue).toMatchObject(told));
    await lease();
    const third = await submitEcho();
    // One slot, and the job at work is taken to be half done.
    await vi.waitFor(async () => expect((await readJob(third.id)).queue).toMatchObject({ startsInS: 20, etaS: 60 }));
  });

  it("is told that its pool is paused", async () => {
    await adminCall("pools/cpu", { method: "PATCH", body: '{"paused":true}' });
    const job = await submitEcho();
    await vi.waitFor(async () =>
      expect((await readJob(job.id)).queue).toEqual({ position: 1, startsInS: null, etaS: null, paused: true }),
    );
  });
});

describe("a job with notBefore", () => {
  it("is given to no runner before that time, and its ttl counts from then", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const notBefore = Date.now() + 3_600_000;
    const job = await submitEcho({}, { policy: { notBefore, ttlS: 60 } });
    expect(job).toMatchObject({ state: "queued", notBefore });
    expect(await lease()).toBeNull();
    const stub = JOBS.get(JOBS.idFromName(job.id));
    vi.setSystemTime(notBefore - 1);
    await runDurableObjectAlarm(stub);
    expect(await lease()).toBeNull();
    expect((await readJob(job.id)).queue).toMatchObject({ position: null });
    vi.setSystemTime(notBefore);
    expect((await lease())?.jobId).toBe(job.id);
  });

  it("expires when nobody starts it within its ttl after that time", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const notBefore = Date.now() + 3_600_000;
    const job = await submitEcho({}, { policy: { notBefore, ttlS: 60 } });
    vi.setSystemTime(notBefore + 60_000);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(job.id)));
    expect((await readJob(job.id)).state).toBe("expired");
  });

  it("runs at once when that time is over, and is refused when it is too far ahead", async () => {
    expect((await submitEcho({}, { policy: { notBefore: 1 } })).notBefore).toBeNull();
    expect(await vi.waitFor(async () => await lease())).not.toBeNull();
    const late = Date.now() + MAX_NOT_BEFORE_S * 1000 + 60_000;
    const refused = await post("/v1/jobs", { type: "echo", policy: { notBefore: late } });
    expect((await problemOf(refused)).errors?.[0]?.path).toBe("policy.notBefore");
  });
});
