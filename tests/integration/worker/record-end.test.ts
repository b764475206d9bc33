/** A record has an end as well: long after the files have gone, the job goes with all that was stored of it. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { RECORD_RETENTION_DAYS, RETENTION_S } from "#contract/limits.ts";
import type { Env } from "../../../worker/env.ts";
import { adminCall, call, finishEcho, lease, post, problemOf, settleWork } from "../../helpers/worker-api.ts";

const { DB, JOBS } = env as unknown as Env;
const DAY_MS = 24 * 3_600_000;
const SESSION = { "Kiln-Session": "7".repeat(32) };

const stubOf = (id: string) => JOBS.get(JOBS.idFromName(id));
const ring = (id: string) => runDurableObjectAlarm(stubOf(id));
const jump = (ms: number) => vi.setSystemTime(Date.now() + ms);
const rowOf = (id: string) => DB.prepare("SELECT id FROM jobs WHERE id = ?").bind(id).first();
const look = (id: string, path = "") => call(`/v1/jobs/${id}${path}`, { headers: SESSION });

/** How many tables the job's object has, and when its alarm rings. */
const storageOf = (id: string) =>
  runInDurableObject(stubOf(id), async (_, { storage }) => ({
    tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'job'").toArray().length,
    alarm: await storage.getAlarm(),
  }));

async function finished(): Promise<Job> {
  const job = (await (await post("/v1/jobs", { type: "echo" }, SESSION)).json()) as Job;
  const held = await lease();
  if (!held) throw new Error("no lease");
  await finishEcho(held);
  return job;
}

/** A job whose files have gone. */
async function purged(): Promise<string> {
  const { id } = await finished();
  jump(RETENTION_S * 1000 + 1);
  await ring(id);
  await settleWork();
  expect(((await (await look(id)).json()) as Job).purgedAt).not.toBeNull();
  return id;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the record of a job", () => {
  it(`goes ${RECORD_RETENTION_DAYS} days after its end: the row, all that its object stores, and it answers 404`, async () => {
    const id = await purged();
    jump((RECORD_RETENTION_DAYS - 2) * DAY_MS);
    await ring(id);
    expect((await look(id)).status).toBe(200);
    expect(await rowOf(id)).not.toBeNull();
    jump(2 * DAY_MS);
    await ring(id);
    expect(await rowOf(id)).toBeNull();
    expect(await storageOf(id)).toEqual({ tables: 0, alarm: null });
    for (const path of ["", "/events", "/logs", "/artifacts/echo.txt", "/archive.zip"]) {
      expect((await problemOf(await look(id, path))).code).toBe("job_not_found");
    }
    // Looking has brought nothing back.
    expect(await storageOf(id)).toEqual({ tables: 0, alarm: null });
  });

  it("goes by the sweep when its alarm was lost", async () => {
    const id = await purged();
    await runInDurableObject(stubOf(id), (_, { storage }) => storage.deleteAlarm());
    jump(RECORD_RETENTION_DAYS * DAY_MS);
    const report = await (await adminCall("sweep", { method: "POST" })).json();
    expect(report).toMatchObject({ jobsAsked: 1, failed: 0 });
    await vi.waitFor(async () => expect((await storageOf(id)).tables).toBe(0));
    expect(await rowOf(id)).toBeNull();
  });

  it("stays whole, and is seen by nobody, until its row of D1 could be deleted", async () => {
    const id = await purged();
    jump(RECORD_RETENTION_DAYS * DAY_MS);
    const prepare = DB.prepare.bind(DB);
    const failing = vi.spyOn(Object.getPrototypeOf(DB) as D1Database, "prepare").mockImplementation((query) => {
      if (query.startsWith("DELETE FROM jobs")) throw new Error("D1_ERROR: Network connection lost.");
      return prepare(query);
    });
    await ring(id);
    expect(await rowOf(id)).not.toBeNull();
    expect((await look(id)).status).toBe(404);
    const { tables, alarm } = await storageOf(id);
    expect([tables, alarm !== null]).toEqual([1, true]);
    failing.mockRestore();
    await ring(id);
    expect(await rowOf(id)).toBeNull();
    expect((await storageOf(id)).tables).toBe(0);
  });

  it("does not go while the job is pinned", async () => {
    const { id } = await finished();
    expect((await call(`/v1/jobs/${id}/pin`, { method: "PUT", headers: SESSION })).status).toBe(200);
    jump(2 * RECORD_RETENTION_DAYS * DAY_MS);
    await ring(id);
    expect((await look(id)).status).toBe(200);
    expect(await rowOf(id)).not.toBeNull();
  });

  it("makes way for a new job under the same client's id", async () => {
    const put = () =>
      call("/v1/jobs/order-7", {
        method: "PUT",
        headers: { "Content-Type": "application/json", ...SESSION },
        body: JSON.stringify({ type: "echo" }),
      });
    const { id } = (await (await put()).json()) as Job;
    await post(`/v1/jobs/${id}/cancel`, {}, SESSION);
    await call(`/v1/jobs/${id}`, { method: "DELETE", headers: SESSION });
    await settleWork();
    jump(RECORD_RETENTION_DAYS * DAY_MS + 1);
    await ring(id);
    expect((await look(id)).status).toBe(404);
    const again = await put();
    expect(again.status).toBe(202);
    expect((await again.json()) as Job).toMatchObject({ id, state: "queued", seq: 1 });
  });
});
