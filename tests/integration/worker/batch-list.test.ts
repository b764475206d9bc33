/** Batches in lists: an owner's own, newest first, with when they go; and the jobs of one batch. */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Batch, type BatchList, batchListSchema, batchSchema } from "#contract/batch.ts";
import { MAX_ARCHIVE_CALLS, RETENTION_S } from "#contract/limits.ts";
import { type JobList, jobListSchema } from "#contract/public-api.ts";
import type { Env } from "../../../worker/env.ts";
import { adminCall, call, finishEcho, lease, post, problemOf, settleWork } from "../../helpers/worker-api.ts";

const { BATCHES, DB, JOBS } = env as unknown as Env;
const MINE = { "Kiln-Session": "5".repeat(32) };
const OTHER = { "Kiln-Session": "6".repeat(32) };

const ask = (path: string, headers: Record<string, string> = MINE) => call(path, { headers });
const stubOf = (id: string) => BATCHES.get(BATCHES.idFromName(id));
const jump = (ms: number) => vi.setSystemTime(Date.now() + ms);
const list = async (query = "", headers = MINE): Promise<BatchList> =>
  batchListSchema.parse(await (await ask(`/v1/batches${query}`, headers)).json());
const read = async (id: string) => batchSchema.parse(await (await ask(`/v1/batches/${id}`)).json());

/** A batch of echo jobs, all of them in line. */
async function submit(size: number): Promise<Batch> {
  const response = await post("/v1/batches", { jobs: Array.from({ length: size }, () => ({ type: "echo" })) }, MINE);
  expect(response.status).toBe(202);
  const batch = (await response.json()) as Batch;
  await vi.waitFor(async () => expect((await read(batch.id)).counts.queued).toBe(size));
  return batch;
}

async function finishAll(id: string, size: number): Promise<Batch> {
  for (let n = 0; n < size; n++) {
    const held = await lease();
    if (!held) throw new Error("no lease");
    await finishEcho(held);
  }
  await vi.waitFor(async () => expect((await read(id)).state).toBe("finished"));
  return read(id);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the list of batches", () => {
  it("has the caller's own, newest first, page by page", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      ids.unshift((await submit(1)).id);
      jump(1_000);
    }
    await vi.waitFor(async () => expect((await list()).batches.map(({ id }) => id)).toEqual(ids));
    const first = await list("?limit=2");
    const second = await list(`?limit=2&cursor=${first.cursor}`);
    expect([...first.batches, ...second.batches].map(({ id }) => id)).toEqual(ids);
    expect(second.cursor).toBeNull();
    expect((await list("", OTHER)).batches).toEqual([]);
    expect(batchListSchema.parse(await (await call("/v1/batches")).json()).batches).toEqual([]);
    for (const wrong of ["cursor=nonsense", "limit=0", "limit=101", "state=x"])
      expect((await ask(`/v1/batches?${wrong}`)).status).toBe(400);
  });

  it("tells how a batch ended and when the last of its files goes; a pinned job keeps it", async () => {
    const { id } = await submit(2);
    await vi.waitFor(async () => {
      expect((await list()).batches).toMatchObject([{ id, state: "working", size: 2, counts: null, expiresAt: null }]);
    });
    const { expiresAt } = await finishAll(id, 2);
    await vi.waitFor(async () => {
      const [row] = (await list()).batches;
      expect(row).toMatchObject({ state: "finished", counts: { succeeded: 2 }, expiresAt });
    });
    const { jobs } = jobListSchema.parse(await (await ask(`/v1/jobs?batch=${id}`)).json());
    expect(expiresAt).toBe(Math.max(...jobs.map((job) => job.expiresAt ?? 0)));
    const pin = (method: string) => call(`/v1/jobs/${jobs[0]?.id}/pin`, { method, headers: MINE });
    expect((await pin("PUT")).status).toBe(200);
    await vi.waitFor(async () => expect((await list()).batches[0]?.expiresAt).toBeNull());
    jump(1_000);
    await pin("DELETE");
    await vi.waitFor(async () => expect((await list()).batches[0]?.expiresAt).toBeGreaterThan(expiresAt ?? 0));
  });

  it("loses a batch when its files have gone, the row before the object, however often D1 fails", async () => {
    const { id } = await submit(1);
    await finishAll(id, 1);
    await vi.waitFor(async () => expect((await list()).batches[0]?.state).toBe("finished"));
    const { jobs } = jobListSchema.parse(await (await ask(`/v1/jobs?batch=${id}`)).json());
    const prepare = DB.prepare.bind(DB);
    const failing = vi.spyOn(Object.getPrototypeOf(DB) as D1Database, "prepare").mockImplementation((query) => {
      if (query.startsWith("DELETE FROM batches")) throw new Error("D1_ERROR: Network connection lost.");
      return prepare(query);
    });
    jump(RETENTION_S * 1000 + 1);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(jobs[0]?.id as string)));
    await settleWork(1);
    await runDurableObjectAlarm(stubOf(id));
    expect(await read(id)).toMatchObject({ id });
    failing.mockRestore();
    await runDurableObjectAlarm(stubOf(id));
    expect((await problemOf(await ask(`/v1/batches/${id}`))).code).toBe("batch_not_found");
    expect((await list()).batches).toEqual([]);
    // The jobs are still found by their batch.
    expect(jobListSchema.parse(await (await ask(`/v1/jobs?batch=${id}`)).json()).jobs).toHaveLength(1);
  });

  it("is rebuilt by reindex, and the sweep drops a row of no batch", async () => {
    const ids = [(await submit(1)).id];
    await vi.waitFor(async () => expect((await list()).batches).toHaveLength(1));
    const before = await list();
    await DB.prepare("DELETE FROM batches").run();
    const objects = (await listDurableObjectIds(BATCHES)).map(String);
    const body = JSON.stringify({ kind: "batches", objects });
    const result = await (await adminCall("reindex", { method: "POST", body })).json();
    expect(result).toEqual({ listed: 1, pending: 0, empty: objects.length - 1 });
    expect(await list()).toEqual(before);
    await DB.prepare("UPDATE batches SET id = ?, check_at = 1 WHERE id = ?")
      .bind(`bat_${"0".repeat(26)}`, ids[0])
      .run();
    const report = await (await adminCall("sweep", { method: "POST" })).json();
    expect(report).toMatchObject({ batchesAsked: 1, rowsOfNoBatch: 1, failed: 0 });
    expect((await list()).batches).toEqual([]);
  });
});

describe("the list of jobs", () => {
  it("names each job's batch, and holds only those of one batch and state when asked", async () => {
    const { id } = await submit(2);
    await post("/v1/jobs", { type: "echo" }, MINE);
    const jobs = async (query: string): Promise<JobList["jobs"]> =>
      jobListSchema.parse(await (await ask(`/v1/jobs${query}`)).json()).jobs;
    await vi.waitFor(async () => expect(await jobs("")).toHaveLength(3));
    expect((await jobs("")).map(({ batch }) => batch).sort()).toEqual([id, id, null]);
    expect(await jobs(`?batch=${id}`)).toHaveLength(2);
    expect(await jobs(`?batch=${id}&state=queued&limit=1`)).toHaveLength(1);
    expect(await jobs(`?batch=${id}&state=failed`)).toEqual([]);
    expect((await ask("/v1/jobs?batch=x")).status).toBe(400);
  });
});

describe("the archive of a batch with more files than one request may read", () => {
  it("is refused with how to get it, and then given in parts that name the next one", async () => {
    const { id } = await submit(3);
    await finishAll(id, 3);
    // As if each job had written so many.
    await runInDurableObject(stubOf(id), (_, { storage }) => {
      storage.sql.exec("UPDATE jobs SET files = ?", MAX_ARCHIVE_CALLS / 2 - 1);
    });
    const refused = await problemOf(await ask(`/v1/batches/${id}/archive.zip`));
    expect(refused).toMatchObject({ status: 413, code: "too_large" });
    expect(refused.detail).toContain("?from=3");
    const first = await ask(`/v1/batches/${id}/archive.zip?from=1`);
    expect(first.headers.get("Link")).toBe(`</v1/batches/${id}/archive.zip?from=3>; rel="next"`);
    expect(new TextDecoder().decode(await first.arrayBuffer())).toContain('"next": 3');
    const last = await ask(`/v1/batches/${id}/archive.zip?from=3`);
    expect([last.status, last.headers.get("Link")]).toEqual([200, null]);
    await last.arrayBuffer();
    expect((await problemOf(await ask(`/v1/batches/${id}/archive.zip?from=4`))).errors).toMatchObject([
      { path: "from" },
    ]);
  });
});
