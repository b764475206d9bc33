/** Several runners share a stage of one job: announcing, leasing to assist, claiming, writing, and every way it ends. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LEASE_TTL_MS, MAX_PARTS, RETRY_BASE_MS } from "#contract/limits.ts";
import type { Lease, LeaseStatus } from "#contract/runner-api.ts";
import type { JobObject } from "../../../worker/durable/job.do.ts";
import type { Env } from "../../../worker/env.ts";
import { keepCheckpoint as keep, listCheckpoints, checkpointTarget as target } from "../../helpers/checkpoints.ts";
import { faultsAreOn } from "../../helpers/faulty.ts";
import {
  adminCall,
  finishEcho,
  lease,
  manifestOf,
  post,
  problemOf,
  put,
  readJob,
  runnerPost,
  settleWork,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;
const PARTS = ["p0", "p1", "p2", "p3", "p4", "p5"];

/** The clock stands still in these tests only: faults.test.ts imports other files beside this one. */
function withOwnClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Asks for work as a runner of this version does; null when there is none. */
async function ask(runnerId: string, more: object = { apiVersion: 2 }): Promise<Lease | null> {
  // What jobs have to tell their pool is on its way.
  await settleWork(1);
  const requestId = crypto.randomUUID();
  const response = await runnerPost("lease", { runnerId, requestId, pool: "cpu", jobTypes: ["echo"], ...more });
  if (response.status === 204) return null;
  expect(response.status).toBe(200);
  return (await response.json()) as Lease;
}

async function announce(held: Lease, more: object = {}): Promise<Response> {
  const request = { leaseId: held.leaseId, stage: "echo", names: PARTS, atOnce: 1, setUpMs: 0, ...more };
  return runnerPost(`jobs/${held.jobId}/parts`, request);
}

async function claim(held: Lease, count: number): Promise<string[]> {
  const request = { leaseId: held.leaseId, count, pool: "cpu", jobTypes: ["echo"] };
  const response = await runnerPost(`jobs/${held.jobId}/parts/claim`, request);
  expect(response.status).toBe(200);
  return ((await response.json()) as { names: string[] }).names;
}

async function extend({ jobId, leaseId }: Lease): Promise<LeaseStatus> {
  const response = await runnerPost(`jobs/${jobId}/extend`, { leaseId });
  expect(response.status).toBe(200);
  return (await response.json()) as LeaseStatus;
}

const release = ({ jobId, leaseId }: Lease) => runnerPost(`jobs/${jobId}/release`, { leaseId, reason: "shutdown" });
const isLost = async (response: Response) => expect((await problemOf(response)).code).toBe("lease_lost");

/** A job whose lead has announced its parts and made the first one. */
async function share(rest: object = {}): Promise<Lease> {
  await submitEcho({}, { ...rest });
  const lead = (await lease("lead")) as Lease;
  expect((await announce(lead)).status).toBe(200);
  vi.setSystemTime(Date.now() + 1_000);
  expect((await keep(lead, "p0", "p0")).status).toBe(200);
  return lead;
}

/** The same with an assistant that has claimed two parts. */
async function assisted(): Promise<{ lead: Lease; helper: Lease }> {
  const lead = await share();
  const helper = (await ask("helper")) as Lease;
  expect(await claim(helper, 2)).toEqual(["p5", "p4"]);
  return { lead, helper };
}

async function loseLease({ jobId }: Lease): Promise<void> {
  vi.setSystemTime(Date.now() + LEASE_TTL_MS + 1);
  await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(jobId)));
}

describe("a runner without a job of its own", () => {
  withOwnClock();

  test("is leased the job to assist, with its inputs and parameters, and the lead is told what it takes and makes", async () => {
    const { lead, helper } = await assisted();
    expect(helper).toMatchObject({ jobId: lead.jobId, attempt: 1, assist: { stage: "echo", setUpMs: 0 } });
    expect(helper.leaseId).not.toBe(lead.leaseId);
    expect((await extend(lead)).parts).toEqual({ taken: [4, 5], done: [] });
    expect((await keep(helper, "p5", "five")).status).toBe(200);
    expect((await extend(lead)).parts).toEqual({ taken: [4], done: [5] });
    expect(await claim(helper, 2)).toEqual(["p4", "p3"]);
    expect((await listCheckpoints(lead)).map(({ name }) => name)).toEqual(["p0", "p5"]);
    expect((await release(helper)).status).toBe(200);
    expect((await finishEcho(lead)).status).toBe(200);
    expect(await readJob(lead.jobId)).toMatchObject({
      state: "succeeded",
      attempt: 1,
      attempts: [{ runnerId: "lead" }],
    });
  });

  test("logs to the job, marked as an assistant's, and each batch once", async () => {
    const { lead, helper } = await assisted();
    const log = ({ jobId, leaseId }: Lease, batch: number, lines: string[]) =>
      runnerPost(`jobs/${jobId}/logs`, { leaseId, batch, lines });
    expect((await log(helper, 1, ["gets ready", "makes p5"])).status).toBe(200);
    expect((await log(lead, 1, ["makes p1"])).status).toBe(200);
    expect((await log(helper, 1, ["gets ready", "makes p5"])).status).toBe(200);
    await release(helper);
    await isLost(await log(helper, 2, ["late"]));
    const events = await runInDurableObject(JOBS.get(JOBS.idFromName(lead.jobId)), (job) =>
      (job as JobObject).events(0, 100, "log"),
    );
    expect(events.map(({ data }) => data)).toEqual([
      { line: "[assistant] gets ready", attempt: 1 },
      { line: "[assistant] makes p5", attempt: 1 },
      { line: "makes p1", attempt: 1 },
    ]);
  });

  test("is leased a job in line first, and makes way for one that comes while it assists", async () => {
    const lead = await share();
    const waiting = await submitEcho();
    expect((await ask("helper"))?.jobId).toBe(waiting.id);
    const helper = (await ask("helper-2")) as Lease;
    expect(helper.assist).toBeDefined();
    await submitEcho();
    await settleWork(1);
    expect(await claim(helper, 2)).toEqual([]);
    expect((await extend(lead)).parts).toBeUndefined();
  });

  test("is asked for help only from version 2 of the API on", async () => {
    await share();
    expect(await ask("old", {})).toBeNull();
    expect(await ask("old", { apiVersion: 1 })).toBeNull();
    expect(await ask("new")).not.toBeNull();
  });

  test("is not asked before the first part is made, while the pool is paused, or past the owner's cap", async () => {
    await submitEcho();
    const lead = (await lease("lead")) as Lease;
    await announce(lead);
    expect(await ask("helper")).toBeNull();
    await keep(lead, "p0", "p0");
    const set = (settings: object) =>
      adminCall("pools/cpu", { method: "PATCH", body: JSON.stringify(settings) }).then(({ status }) =>
        expect(status).toBe(200),
      );
    await set({ paused: true });
    expect(await ask("helper")).toBeNull();
    await set({ paused: false, maxInFlightPerOwner: 1 });
    expect(await ask("helper")).toBeNull();
    await set({ maxInFlightPerOwner: 2 });
    expect((await ask("helper"))?.assist).toBeDefined();
    expect(await ask("helper-2")).toBeNull();
  });

  test("gets the same lease and the same parts when it asks again because no answer came", async () => {
    await share();
    const call = { apiVersion: 2, requestId: "request-0123456789abcdef" };
    const first = (await ask("helper", call)) as Lease;
    expect(await ask("helper", call)).toMatchObject({ leaseId: first.leaseId, jobId: first.jobId });
    expect(await claim(first, 2)).toEqual(await claim(first, 2));
    await release(first);
    expect((await ask("helper", call))?.leaseId).not.toBe(first.leaseId);
  });

  test("that gave the lease back without a part is not asked again, others are", async () => {
    await share();
    await release((await ask("helper")) as Lease);
    expect(await ask("helper")).toBeNull();
    expect((await ask("helper-2"))?.assist).toBeDefined();
  });

  test("is not the one that has the job", async () => {
    await share();
    expect(await ask("lead")).toBeNull();
  });
});

describe("an assistant's lease", () => {
  withOwnClock();

  test("writes the checkpoints it has claimed and no other, and can do nothing else to the job", async () => {
    const { lead, helper } = await assisted();
    const { jobId, leaseId } = helper;
    await isLost(await keep(helper, "p1", "not mine"));
    await isLost(await keep(helper, "cameras.tar", "not mine"));
    const progress = { stage: "echo", stageIndex: 0, stageCount: 1, percent: 50, etaS: null };
    await isLost(await runnerPost(`jobs/${jobId}/progress`, { leaseId, progress }));
    const artifact = { name: "echo.txt", bytes: 1, sha256: "0".repeat(64), contentType: "text/plain" };
    await isLost(await runnerPost(`jobs/${jobId}/artifacts`, { leaseId, ...artifact }));
    await isLost(await runnerPost(`jobs/${jobId}/complete`, { leaseId, manifest: await manifestOf("echo.txt", "x") }));
    const error = { code: "engine_failed", message: "x" };
    await isLost(await runnerPost(`jobs/${jobId}/fail`, { leaseId, error, retryable: false }));
    await isLost(await announce(helper));
    expect((await readJob(jobId)).state).toBe("running");
    expect((await finishEcho(lead)).status).toBe(200);
  });

  test("writes its part though the lead has made it meanwhile, and again after a lost answer", async () => {
    const { lead, helper } = await assisted();
    expect((await keep(lead, "p5", "same")).status).toBe(200);
    for (let time = 0; time < 2; time++) expect((await keep(helper, "p5", "same")).status).toBe(200);
    expect((await extend(lead)).parts).toEqual({ taken: [4], done: [] });
  });

  test("is over when it was silent for the time of a lease: its parts are the lead's, its late writes are refused", async () => {
    const { lead, helper } = await assisted();
    const { url } = (await (await target(helper, "p5", "late")).json()) as { url: string };
    vi.setSystemTime(Date.now() + LEASE_TTL_MS - 1);
    await extend(lead);
    vi.setSystemTime(Date.now() + 2);
    expect((await extend(lead)).parts).toBeUndefined();
    await isLost(await put(url, "late"));
    await isLost(
      await runnerPost(`jobs/${helper.jobId}/parts/claim`, {
        leaseId: helper.leaseId,
        count: 1,
        pool: "cpu",
        jobTypes: [],
      }),
    );
    expect((await listCheckpoints(lead)).map(({ name }) => name)).toEqual(["p0"]);
  });

  test("is lost with the lead's, and the next attempt finds what it has made", async () => {
    const { lead, helper } = await assisted();
    await keep(helper, "p5", "five");
    await loseLease(lead);
    await isLost(await runnerPost(`jobs/${helper.jobId}/extend`, { leaseId: helper.leaseId }));
    await isLost(await keep(helper, "p4", "four"));
    vi.setSystemTime(Date.now() + 2 * RETRY_BASE_MS);
    await settleWork(1);
    const next = (await lease("next")) as Lease;
    expect(next).toMatchObject({ jobId: lead.jobId, attempt: 2 });
    expect(next.assist).toBeUndefined();
    expect((await listCheckpoints(next)).map(({ name }) => name)).toEqual(["p0", "p5"]);
    await isLost(await runnerPost(`jobs/${helper.jobId}/extend`, { leaseId: helper.leaseId }));
    // Nobody is asked to help an attempt that shares nothing yet.
    expect(await ask("helper-3")).toBeNull();
    expect((await extend(next)).parts).toBeUndefined();
  });

  test("hears of a cancel, claims nothing more, and is lost once the cancel is confirmed", async () => {
    const { lead, helper } = await assisted();
    await post(`/v1/jobs/${lead.jobId}/cancel`, {});
    expect(await extend(helper)).toMatchObject({ cancel: true });
    await keep(helper, "p5", "five");
    expect(await claim(helper, 2)).toEqual(["p4"]);
    expect((await runnerPost(`jobs/${lead.jobId}/release`, { leaseId: lead.leaseId, reason: "canceled" })).status).toBe(
      200,
    );
    expect((await readJob(lead.jobId)).state).toBe("canceled");
    await isLost(await runnerPost(`jobs/${helper.jobId}/extend`, { leaseId: helper.leaseId }));
  });

  test("is lost when the job is done without it", async () => {
    const { lead, helper } = await assisted();
    expect((await finishEcho(lead)).status).toBe(200);
    await isLost(await runnerPost(`jobs/${helper.jobId}/extend`, { leaseId: helper.leaseId }));
    expect(await ask("helper-2")).toBeNull();
  });
});

describe("announcing parts", () => {
  withOwnClock();

  test("twice changes nothing; another stage begins anew", async () => {
    const { lead } = await assisted();
    expect(((await (await announce(lead)).json()) as LeaseStatus).parts).toEqual({ taken: [4, 5], done: [] });
    expect(((await (await announce(lead, { names: ["q0"] })).json()) as LeaseStatus).parts).toBeUndefined();
  });

  test.each([
    ["no names", { names: [] }],
    ["a name twice", { names: ["a", "a"] }],
    ["a name that is a path", { names: ["../a"] }],
    ["too many names", { names: Array.from({ length: MAX_PARTS + 1 }, (_, index) => `p${index}`) }],
    ["none at once", { atOnce: 0 }],
  ])("with %s is refused", async (_, more) => {
    await submitEcho();
    expect((await announce((await lease()) as Lease, more)).status).toBe(400);
  });

  test("of a job without any costs the job's record nothing: one call, and no word of parts in any answer", async () => {
    const lead = await share();
    for (const name of PARTS.slice(1)) expect((await keep(lead, name, name)).status).toBe(200);
    expect(await extend(lead)).toEqual({ ttlMs: LEASE_TTL_MS, cancel: false });
    if (!faultsAreOn()) expect(await ask("helper")).toBeNull();
  });
});
