/** The sweep: what alarms missed is found, what is in order is left, one run after the other gets through everything. */
import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { SweepReport } from "#contract/admin-api.ts";
import { LEASE_TTL_MS, RETENTION_S, UPLOAD_TTL_S } from "#contract/limits.ts";
import type { Env } from "../../../worker/env.ts";
import worker from "../../../worker/index.ts";
import { runSweep } from "../../../worker/maintenance/sweep.ts";
import { adminCall, finishEcho, lease, readJob, storedKeys, submitEcho, uploadText } from "../../helpers/worker-api.ts";

const bindings = env as unknown as Env;
const { BUCKET, DB, JOBS, UPLOADS } = bindings;
const DAY_MS = 24 * 3_600_000;

function jumpTo(at: number): void {
  vi.useFakeTimers({ now: at, toFake: ["Date"] });
}

async function sweep(): Promise<SweepReport> {
  const response = await adminCall("sweep", { method: "POST" });
  expect(response.status).toBe(200);
  return (await response.json()) as SweepReport;
}

/** The platform has lost the object's alarm. */
function loseAlarm(objects: DurableObjectNamespace, name: string): Promise<void> {
  return runInDurableObject(objects.get(objects.idFromName(name)), (_, { storage }) => storage.deleteAlarm());
}

async function rowIsThere(id: string): Promise<void> {
  await vi.waitFor(async () =>
    expect(await DB.prepare("SELECT id FROM jobs WHERE id = ?").bind(id).first()).not.toBeNull(),
  );
}

/** The object has done all that the change asked of it. */
async function untilSettled(id: string): Promise<void> {
  await vi.waitFor(async () => {
    const pending = await runInDurableObject(JOBS.get(JOBS.idFromName(id)), (_, { storage }) => {
      const { record } = storage.sql.exec<{ record: string }>("SELECT record FROM job").one();
      return (JSON.parse(record) as { pending: Record<string, unknown> }).pending;
    });
    expect(Object.values(pending).filter(Boolean)).toEqual([]);
  });
}

describe("the sweep", () => {
  it("finds a job whose lease was lost together with its alarm", async () => {
    const job = await submitEcho();
    await lease("gone");
    await untilSettled(job.id);
    await loseAlarm(JOBS, job.id);
    jumpTo(Date.now() + LEASE_TTL_MS + 1);
    expect(await sweep()).toMatchObject({ jobsAsked: 0 });
    jumpTo(Date.now() + 3_600_000);
    expect(await sweep()).toMatchObject({ jobsAsked: 1, failed: 0 });
    expect(await readJob(job.id)).toMatchObject({ state: "queued", attempts: [{ outcome: "lease_lost" }] });
  });

  it("finds files whose time is over, of a job and of an upload that nobody completed", async () => {
    const upload = await uploadText("left");
    const job = await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    await finishEcho(held);
    await untilSettled(job.id);
    await loseAlarm(JOBS, job.id);
    await loseAlarm(UPLOADS, upload.id);
    jumpTo(Date.now() + Math.max(RETENTION_S, UPLOAD_TTL_S) * 1000 + 3_600_000);
    expect(await sweep()).toMatchObject({ jobsAsked: 1, filesSeen: 1, filesDeleted: 0, failed: 0 });
    await vi.waitFor(async () => expect(await storedKeys()).toEqual([]));
    expect((await readJob(job.id)).purgedAt).not.toBeNull();
    await untilSettled(job.id);
    // One more look an hour later, whether all is done; then never again.
    for (const asked of [1, 0]) {
      jumpTo(Date.now() + DAY_MS);
      expect(await sweep()).toMatchObject({ jobsAsked: asked });
      await untilSettled(job.id);
    }
  });

  it("deletes old files that no record names, and leaves young ones and those that are named", async () => {
    const upload = await uploadText("kept");
    const named = await submitEcho({}, { inputs: [{ upload: upload.id }], policy: { ttlS: 7 * 86_400 } });
    const orphans = [
      `uploads/upl_${"0".repeat(26)}`,
      `jobs/job_${"0".repeat(26)}/${"a".repeat(32)}/model.glb`,
      `jobs/${named.id}/${"b".repeat(32)}/echo.txt`,
      "left/over.bin",
    ];
    for (const key of orphans) await BUCKET.put(key, "orphan");
    await untilSettled(named.id);
    expect(await sweep()).toMatchObject({ filesSeen: 5, filesDeleted: 0 });
    jumpTo(Date.now() + DAY_MS + 60_000);
    expect(await sweep()).toMatchObject({ filesSeen: 5, filesDeleted: 4, isAround: true, failed: 0 });
    expect(await storedKeys()).toEqual([`uploads/${upload.id}`]);
    expect(await sweep()).toMatchObject({ filesSeen: 1, filesDeleted: 0 });
  });

  it("goes on where it was, run after run, and begins anew at the end", async () => {
    for (const key of ["a", "b", "c", "d", "e"]) await BUCKET.put(`left/${key}`, "x");
    const seen = [];
    for (let run = 0; run < 4; run++) seen.push(await runSweep(bindings, { jobs: 1, batches: 1, files: 2 }));
    expect(seen.map(({ filesSeen }) => filesSeen)).toEqual([2, 2, 1, 2]);
    expect(seen.map(({ isAround }) => isAround)).toEqual([false, false, true, false]);
  });

  it("drops a row of a job that is not there", async () => {
    await DB.prepare(
      "INSERT INTO jobs (id, owner, type, state, seq, created_at, check_at) VALUES (?, 'anon', 'echo', 'queued', 1, 1, 1)",
    )
      .bind(`job_${"0".repeat(26)}`)
      .run();
    expect(await sweep()).toMatchObject({ jobsAsked: 1, rowsOfNoJob: 1, failed: 0 });
    expect(await DB.prepare("SELECT COUNT(*) AS count FROM jobs").first("count")).toBe(0);
  });

  it("runs by the clock, and harms nothing when two run at once", async () => {
    const job = await submitEcho();
    await rowIsThere(job.id);
    const before = await readJob(job.id);
    jumpTo(Date.now() + 2 * 3_600_000);
    const event = createScheduledController();
    await Promise.all([worker.scheduled(event, bindings), worker.scheduled(event, bindings)]);
    expect(await readJob(job.id)).toMatchObject({ state: "queued", seq: before.seq });
    expect((await lease())?.jobId).toBe(job.id);
  });
});
