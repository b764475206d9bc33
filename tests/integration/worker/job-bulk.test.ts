/** Many jobs at once: dead letters listed and tried again, queued jobs cancelled. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import type { BulkResult, JobList } from "#contract/public-api.ts";
import type { PoolObject } from "../../../worker/durable/pool.do.ts";
import type { Env } from "../../../worker/env.ts";
import { API_KEY, call, lease, OTHER_API_KEY, post, problemOf, runnerPost } from "../../helpers/worker-api.ts";

const { DB, POOLS } = env as unknown as Env;
const MINE = { "X-API-Key": API_KEY };
const THEIRS = { "X-API-Key": OTHER_API_KEY };

async function submit(headers = MINE): Promise<Job> {
  return (await (await post("/v1/jobs", { type: "echo" }, headers)).json()) as Job;
}

/** Leases the next job and fails it for good. */
async function failNext(): Promise<string> {
  const held = await vi.waitFor(async () => {
    const next = await lease();
    expect(next).not.toBeNull();
    return next;
  });
  await runnerPost(`jobs/${held?.jobId}/fail`, {
    leaseId: held?.leaseId,
    error: { code: "input_invalid", message: "No." },
    retryable: false,
  });
  return held?.jobId ?? "";
}

async function listed(state: string, headers = MINE): Promise<string[]> {
  const response = await call(`/v1/jobs?state=${state}&limit=100`, { headers });
  return ((await response.json()) as JobList).jobs.map(({ id }) => id);
}

async function bulk(what: "retry" | "cancel", body: object = {}, headers = MINE): Promise<BulkResult> {
  const response = await post(`/v1/jobs/${what}`, body, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as BulkResult;
}

/** Waits until the list shows so many jobs in that state: it follows the jobs a moment later. */
async function untilListed(state: string, count: number, headers = MINE): Promise<void> {
  await vi.waitFor(async () => expect(await listed(state, headers)).toHaveLength(count));
}

describe("dead letters", () => {
  it("are listed by state, and all tried again by one call; others' stay", async () => {
    for (const headers of [MINE, MINE, THEIRS]) await submit(headers);
    const failed = [await failNext(), await failNext(), await failNext()];
    await untilListed("failed", 2);
    await untilListed("failed", 1, THEIRS);
    await submit();
    expect((await listed("failed")).every((id) => failed.includes(id))).toBe(true);
    expect(await bulk("retry")).toEqual({ changed: 2, skipped: 0, cursor: null });
    await untilListed("queued", 3);
    await untilListed("failed", 0);
    expect(await listed("failed", THEIRS)).toHaveLength(1);
    expect(await bulk("retry")).toEqual({ changed: 0, skipped: 0, cursor: null });
  });

  it("can be tried again one by one, and canceled jobs when they are asked for", async () => {
    const job = await submit();
    await post(`/v1/jobs/${job.id}/cancel`, {}, MINE);
    await untilListed("canceled", 1);
    expect(await bulk("retry")).toMatchObject({ changed: 0 });
    expect(await bulk("retry", { state: "canceled" })).toMatchObject({ changed: 1 });
    expect(await failNext()).toBe(job.id);
    expect((await post(`/v1/jobs/${job.id}/retry`, {}, MINE)).status).toBe(202);
    expect(await failNext()).toBe(job.id);
  });
});

describe("cancelling all queued jobs", () => {
  it("takes an owner's jobs out of line, and neither what is at work nor what is another's", async () => {
    const first = await submit();
    await vi.waitFor(async () => expect((await lease())?.jobId).toBe(first.id));
    for (let i = 0; i < 3; i++) await submit();
    const theirs = await submit(THEIRS);
    await untilListed("queued", 3);
    expect(await bulk("cancel")).toEqual({ changed: 3, skipped: 0, cursor: null });
    await untilListed("canceled", 3);
    expect(await listed("running")).toEqual([first.id]);
    const pool = POOLS.get(POOLS.idFromName("cpu"));
    const counts = () => runInDurableObject(pool, (instance) => (instance as PoolObject).status());
    await vi.waitFor(async () => expect(await counts()).toMatchObject({ ready: 1, inFlight: 1 }));
    expect((await lease())?.jobId).toBe(theirs.id);
  });

  it("skips a job that the list still shows as queued though a runner has begun it", async () => {
    const job = await submit();
    await untilListed("queued", 1);
    await lease();
    await untilListed("running", 1);
    await DB.prepare("UPDATE jobs SET state = 'queued' WHERE id = ?").bind(job.id).run();
    expect(await bulk("cancel")).toEqual({ changed: 0, skipped: 1, cursor: null });
    const answer = await call(`/v1/jobs/${job.id}`, { headers: MINE });
    expect(((await answer.json()) as Job).state).toBe("running");
  });

  it("goes on with the cursor when there are more than one call may change", async () => {
    for (let i = 0; i < 3; i++) await submit();
    await untilListed("queued", 3);
    const first = await bulk("cancel", { limit: 2 });
    expect(first).toMatchObject({ changed: 2, skipped: 0, cursor: expect.any(String) });
    expect(await bulk("cancel", { limit: 2, cursor: first.cursor })).toEqual({ changed: 1, skipped: 0, cursor: null });
    await untilListed("canceled", 3);
  });

  it("is refused from somebody whom nobody can tell from others, and with what it does not know", async () => {
    expect((await problemOf(await post("/v1/jobs/cancel", {}))).status).toBe(401);
    expect((await problemOf(await post("/v1/jobs/retry", { state: "running" }, MINE))).errors?.[0]?.path).toBe("state");
    expect((await problemOf(await post("/v1/jobs/cancel", { cursor: "?" }, MINE))).errors?.[0]?.path).toBe("cursor");
    const wrong = await call("/v1/jobs?state=lost", { headers: MINE });
    expect((await problemOf(wrong)).errors?.[0]?.path).toBe("state");
  });
});
