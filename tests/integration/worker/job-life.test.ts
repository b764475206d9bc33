/** A job's life through the public and the runner API, in workerd with real Durable Objects, R2 and D1. */
import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { LEASE_TTL_MS, RETENTION_S } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { RecordInput } from "../../../worker/domain/job-record.ts";
import type { PoolObject } from "../../../worker/durable/pool.do.ts";
import type { Env } from "../../../worker/env.ts";
import {
  call,
  finishEcho,
  lease,
  manifestOf,
  post,
  problemOf,
  putArtifact,
  readJob,
  runnerPost,
  settleWork,
  sha256,
  storedKeys,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { JOBS, POOLS } = env as unknown as Env;

/** What the first version stored of a job. */
const FIRST_FIELDS = [
  ...["id", "owner", "type", "typeVersion", "pool", "params", "executionTimeoutS", "maxAttempts", "priority", "ttlS"],
  ...["state", "attempt", "budgetFrom", "leasesLost", "lease", "settledBy", "publishedLeaseId", "progress", "error"],
  ...["attempts", "manifest", "seq", "createdAt", "queuedAt", "notBefore", "startedAt", "cancelRequestedAt"],
  ...["finishedAt", "expiresAt", "purgedAt"],
];

function jobStub(id: string) {
  return JOBS.get(JOBS.idFromName(id));
}

/** Lets the clock jump and the job's alarm ring, as the platform would. */
async function ringAlarmAt(id: string, at: number): Promise<void> {
  vi.useFakeTimers({ now: at, toFake: ["Date"] });
  await runDurableObjectAlarm(jobStub(id));
}

/** Jobs in a pool, as its own object counts them. */
function inLine(pool: string): Promise<{ ready: number; asleep: number; inFlight: number }> {
  return runInDurableObject(POOLS.get(POOLS.idFromName(pool)), (instance) => (instance as PoolObject).status());
}

describe("a job", () => {
  it("goes from queued through running to succeeded and shows its files only then", async () => {
    const upload = await uploadText("hello");
    const job = await submitEcho({ text: "hi" }, { inputs: [{ upload: upload.id }] });
    expect(job).toMatchObject({ state: "queued", attempt: 0, params: { text: "hi", fail: "none" } });
    const held = await lease();
    expect(held).toMatchObject({ jobId: job.id, attempt: 1, type: "echo", executionTimeoutS: 600 });
    expect(await (await call(held?.inputs[0]?.url ?? "")).text()).toBe("hello");
    expect((await readJob(job.id)).state).toBe("running");
    const early = await call(`/v1/jobs/${job.id}/artifacts/echo.txt`);
    expect((await problemOf(early)).code).toBe("job_not_finished");
    if (!held) throw new Error("no lease");
    expect(await (await finishEcho(held, "hi")).json()).toEqual({ state: "succeeded" });
    const done = await readJob(job.id);
    expect(done).toMatchObject({ state: "succeeded", attempts: [{ attempt: 1, outcome: "succeeded" }] });
    expect(done.expiresAt).toBe((done.finishedAt ?? 0) + RETENTION_S * 1000);
    const redirect = await call(`/v1/jobs/${job.id}/artifacts/echo.txt`, { redirect: "manual" });
    expect(redirect.status).toBe(302);
    const file = await call(redirect.headers.get("Location") ?? "");
    expect(await file.text()).toBe("hi");
    expect(file.headers.get("Content-Disposition")).toBe('attachment; filename="in-echo.txt"');
    expect(await (await call(`/v1/jobs/${job.id}/artifacts/manifest.json`)).json()).toMatchObject({ jobType: "echo" });
  });

  it("is leased once, by one runner", async () => {
    await submitEcho();
    const leases = await Promise.all(Array.from({ length: 8 }, (_, i) => lease(`runner-${i}`)));
    expect(leases.filter((held) => held !== null)).toHaveLength(1);
  });

  it("is leased by priority, then by age", async () => {
    const ids = [];
    for (const priority of [5, 1, 9, 5]) ids.push((await submitEcho({}, { policy: { priority } })).id);
    const order = [];
    for (let i = 0; i < 4; i++) order.push((await lease())?.jobId);
    expect(order).toEqual([ids[2], ids[0], ids[3], ids[1]]);
  });

  it("goes to another runner when its lease expires, and refuses every call of the first", async () => {
    const job = await submitEcho();
    const first = await lease("gone");
    if (!first) throw new Error("no lease");
    expect((await putArtifact(first, "echo.txt", "stale")).status).toBe(200);
    await ringAlarmAt(job.id, Date.now() + LEASE_TTL_MS + 1);
    const waiting = await readJob(job.id);
    expect(waiting).toMatchObject({ state: "queued", attempts: [{ outcome: "lease_lost" }] });
    expect(await lease()).toBeNull();
    vi.setSystemTime(waiting.notBefore ?? 0);
    const second = await lease("alive");
    expect(second).toMatchObject({ jobId: job.id, attempt: 2 });
    if (!second) throw new Error("no lease");
    const { jobId, leaseId } = first;
    const progress = { stage: "echo", stageIndex: 0, stageCount: 1, percent: 1, etaS: null };
    const stale = [
      runnerPost(`jobs/${jobId}/extend`, { leaseId }),
      runnerPost(`jobs/${jobId}/progress`, { leaseId, progress }),
      runnerPost(`jobs/${jobId}/logs`, { leaseId, batch: 1, lines: ["late"] }),
      runnerPost(`jobs/${jobId}/artifacts`, {
        leaseId,
        name: "echo.txt",
        bytes: 1,
        sha256: "0".repeat(64),
        contentType: "text/plain",
      }),
      runnerPost(`jobs/${jobId}/complete`, { leaseId, manifest: await manifestOf("echo.txt", "stale") }),
      runnerPost(`jobs/${jobId}/fail`, { leaseId, error: { code: "engine_failed", message: "late" }, retryable: true }),
      runnerPost(`jobs/${jobId}/release`, { leaseId, reason: "shutdown" }),
    ];
    for (const response of await Promise.all(stale)) expect((await problemOf(response)).code).toBe("lease_lost");
    await finishEcho(second, "fresh");
    const artifact = await call(`/v1/jobs/${job.id}/artifacts/echo.txt`);
    expect(await (await call(artifact.headers.get("Location") ?? artifact.url)).text()).toBe("fresh");
    await vi.waitFor(async () => expect(await storedKeys()).toEqual([`jobs/${job.id}/${second.leaseId}/echo.txt`]));
  });

  it("refuses a stale runner's file though its URL is still signed", async () => {
    const job = await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    const announced = await runnerPost(`jobs/${job.id}/artifacts`, {
      leaseId: held.leaseId,
      name: "echo.txt",
      bytes: 4,
      sha256: await sha256("late"),
      contentType: "text/plain",
    });
    const { url } = (await announced.json()) as { url: string };
    await runnerPost(`jobs/${job.id}/release`, { leaseId: held.leaseId, reason: "shutdown" });
    const response = await call(url, { method: "PUT", body: "late", headers: { "Content-Length": "4" } });
    expect((await problemOf(response)).code).toBe("lease_lost");
    expect(await storedKeys()).toEqual([]);
  });

  it("becomes a dead letter after two lost leases", async () => {
    const job = await submitEcho();
    await lease();
    await ringAlarmAt(job.id, Date.now() + LEASE_TTL_MS + 1);
    vi.setSystemTime((await readJob(job.id)).notBefore ?? 0);
    await lease();
    await ringAlarmAt(job.id, Date.now() + LEASE_TTL_MS + 1);
    expect(await readJob(job.id)).toMatchObject({ state: "failed", error: { code: "runner_lost" } });
  });

  it("fails at once on bad input, and is retried with backoff on anything else", async () => {
    await submitEcho();
    const bad = await lease();
    await runnerPost(`jobs/${bad?.jobId}/fail`, {
      leaseId: bad?.leaseId,
      error: { code: "input_invalid", message: "No picture." },
      retryable: false,
    });
    expect(await readJob(bad?.jobId ?? "")).toMatchObject({
      state: "failed",
      attempt: 1,
      error: { code: "input_invalid", message: "No picture." },
    });
    const job = await submitEcho();
    const held = await lease();
    await runnerPost(`jobs/${job.id}/fail`, {
      leaseId: held?.leaseId,
      error: { code: "engine_failed", message: "It broke." },
      retryable: true,
    });
    const waiting = await readJob(job.id);
    expect(waiting).toMatchObject({ state: "queued", attempt: 1 });
    expect((waiting.notBefore ?? 0) - Date.now()).toBeGreaterThan(7_000);
  });

  it("takes complete twice with the same lease as once", async () => {
    await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    await finishEcho(held);
    const { seq } = await readJob(held.jobId);
    const again = await runnerPost(`jobs/${held.jobId}/complete`, {
      leaseId: held.leaseId,
      manifest: await manifestOf("echo.txt", "done"),
    });
    expect(await again.json()).toEqual({ state: "succeeded" });
    expect((await readJob(held.jobId)).seq).toBe(seq);
  });

  it("is not completed by a manifest that names a file R2 does not have", async () => {
    await submitEcho();
    const held = await lease();
    const { jobId, leaseId } = held ?? { jobId: "", leaseId: "" };
    const unannounced = await runnerPost(`jobs/${jobId}/complete`, {
      leaseId,
      manifest: await manifestOf("echo.txt", "x"),
    });
    expect((await problemOf(unannounced)).code).toBe("artifact_missing");
    const manifest = await manifestOf("echo.txt", "x");
    await runnerPost(`jobs/${jobId}/artifacts`, { leaseId, ...manifest.artifacts[0] });
    const unsent = await runnerPost(`jobs/${jobId}/complete`, { leaseId, manifest });
    expect((await problemOf(unsent)).code).toBe("artifact_missing");
    expect((await readJob(jobId)).state).toBe("running");
  });

  it("is given back without counting the attempt when its runner shuts down", async () => {
    const job = await submitEcho();
    const held = await lease();
    await runnerPost(`jobs/${job.id}/release`, { leaseId: held?.leaseId, reason: "shutdown" });
    expect(await readJob(job.id)).toMatchObject({ state: "queued", attempt: 0, notBefore: null });
    await vi.waitFor(async () => expect(await lease("next")).toMatchObject({ jobId: job.id, attempt: 1 }));
  });

  it("is canceled at once while queued and no runner gets it", async () => {
    const job = await submitEcho();
    expect(await (await post(`/v1/jobs/${job.id}/cancel`, {})).json()).toMatchObject({ state: "canceled" });
    expect(await lease()).toBeNull();
    expect((await post(`/v1/jobs/${job.id}/cancel`, {})).status).toBe(200);
  });

  it("tells its runner of a cancel in the next answer, and is canceled when the runner confirms", async () => {
    const job = await submitEcho();
    const held = await lease();
    expect(await (await post(`/v1/jobs/${job.id}/cancel`, {})).json()).toMatchObject({ state: "canceling" });
    expect(await (await runnerPost(`jobs/${job.id}/extend`, { leaseId: held?.leaseId })).json()).toMatchObject({
      cancel: true,
    });
    await runnerPost(`jobs/${job.id}/release`, { leaseId: held?.leaseId, reason: "canceled" });
    expect(await readJob(job.id)).toMatchObject({ state: "canceled", attempts: [{ outcome: "canceled" }] });
  });

  it("is canceled by the clock when its runner never confirms", async () => {
    const job = await submitEcho();
    await lease();
    await post(`/v1/jobs/${job.id}/cancel`, {});
    await ringAlarmAt(job.id, Date.now() + 20_001);
    expect((await readJob(job.id)).state).toBe("canceled");
  });

  it("can be tried again by hand after it failed, with a fresh budget", async () => {
    const job = await submitEcho();
    const held = await lease();
    await runnerPost(`jobs/${job.id}/fail`, {
      leaseId: held?.leaseId,
      error: { code: "input_invalid", message: "No." },
      retryable: false,
    });
    const retried = await post(`/v1/jobs/${job.id}/retry`, {});
    expect(retried.status).toBe(202);
    await vi.waitFor(async () => expect(await lease()).toMatchObject({ jobId: job.id, attempt: 2 }));
    expect((await problemOf(await post(`/v1/jobs/${job.id}/retry`, {}))).code).toBe("job_conflict");
  });

  it("expires when no runner starts it in time", async () => {
    const job = await submitEcho({}, { policy: { ttlS: 60 } });
    await ringAlarmAt(job.id, Date.now() + 60_001);
    expect(await readJob(job.id)).toMatchObject({ state: "expired" });
    await vi.waitFor(async () => expect(await inLine("cpu")).toMatchObject({ ready: 0, asleep: 0 }));
  });

  it("loses its files and inputs after the retention time, keeps its status, and answers 410 for the files", async () => {
    const upload = await uploadText("hello");
    const job = await submitEcho({}, { inputs: [{ upload: upload.id }] });
    const held = await lease();
    if (!held) throw new Error("no lease");
    await finishEcho(held);
    const artifactUrl =
      (await call(`/v1/jobs/${job.id}/artifacts/echo.txt`, { redirect: "manual" })).headers.get("Location") ?? "";
    const { expiresAt } = await readJob(job.id);
    await ringAlarmAt(job.id, (expiresAt ?? 0) + 1);
    const purged = await readJob(job.id);
    expect(purged).toMatchObject({ state: "succeeded" });
    expect(purged.purgedAt).not.toBeNull();
    expect((await problemOf(await call(`/v1/jobs/${job.id}/artifacts/echo.txt`))).status).toBe(410);
    vi.setSystemTime((expiresAt ?? 0) - 23.5 * 3_600_000);
    await vi.waitFor(async () => expect(await storedKeys()).not.toContainEqual(expect.stringContaining("jobs/")));
    expect((await call(artifactUrl)).status).toBe(410);
    vi.setSystemTime((expiresAt ?? 0) + 1);
    const { UPLOADS } = env as unknown as Env;
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(UPLOADS.get(UPLOADS.idFromName(upload.id)));
      expect(await storedKeys()).toEqual([]);
    });
  });

  it("gives its runner a file with a role beside the inputs, and takes each role it knows once", async () => {
    const [photo, backdrop] = [await uploadText("photo"), await uploadText("backdrop")];
    const submit = (inputs: object[]) => post("/v1/jobs", { type: "remove-background", inputs });
    const role = { upload: backdrop.id, role: "background" };
    const wrong = await problemOf(await submit([{ upload: photo.id }, { upload: backdrop.id, role: "frame" }]));
    expect(wrong.errors?.[0]).toMatchObject({ path: "inputs.1.role", message: expect.stringContaining("background") });
    expect((await problemOf(await submit([{ upload: photo.id }, role, role]))).errors?.[0]?.path).toBe("inputs.2.role");
    // A file with a role is none of those that are worked on.
    expect((await problemOf(await submit([role]))).errors?.[0]?.path).toBe("inputs");
    expect((await submit([{ upload: photo.id }, role])).status).toBe(202);
    const request = { runnerId: "runner-1", pool: "cpu", jobTypes: ["remove-background"] };
    const held = (await (await runnerPost("lease", request)).json()) as Lease;
    expect(held.inputs.map((input) => input.role)).toEqual([null, "background"]);
  });

  it("keeps its alarm when one comes too early", async () => {
    const job = await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    await finishEcho(held);
    const { expiresAt } = await readJob(job.id);
    await ringAlarmAt(job.id, (expiresAt ?? 0) - 1);
    expect((await readJob(job.id)).purgedAt).toBeNull();
    await ringAlarmAt(job.id, (expiresAt ?? 0) + 1);
    expect((await readJob(job.id)).purgedAt).not.toBeNull();
  });

  it("survives the eviction of every object between any two calls", async () => {
    const job = await submitEcho();
    await evictAllDurableObjects();
    const held = await lease();
    if (!held) throw new Error("no lease");
    await evictAllDurableObjects();
    expect((await putArtifact(held, "echo.txt", "done")).status).toBe(200);
    await evictAllDurableObjects();
    expect((await runnerPost(`jobs/${job.id}/extend`, { leaseId: held.leaseId })).status).toBe(200);
    await evictAllDurableObjects();
    await runnerPost(`jobs/${job.id}/complete`, {
      leaseId: held.leaseId,
      manifest: await manifestOf("echo.txt", "done"),
    });
    await evictAllDurableObjects();
    expect(await readJob(job.id)).toMatchObject({ state: "succeeded" });
  });

  it("goes on when it was stored before there were chains, shared results and shared stages", async () => {
    const upload = await uploadText("hello");
    const job = await submitEcho({ text: "hi" }, { inputs: [{ upload: upload.id }] });
    // The object as it lives now must have nothing left to do.
    await settleWork(1);
    await runInDurableObject(jobStub(job.id), (_, { storage: { sql } }) => {
      const stored = JSON.parse(sql.exec<{ record: string }>("SELECT record FROM job").one().record);
      const first = Object.entries(stored).filter(([field]) => FIRST_FIELDS.includes(field));
      const { pool, cleanup, ringCancel, project, releaseInputs } = stored.pending;
      const record = {
        ...Object.fromEntries(first),
        inputs: stored.inputs.map(({ job: _job, artifact: _artifact, files: _files, ...input }: RecordInput) => input),
        pending: { pool, cleanup, ringCancel, project, releaseInputs },
      };
      sql.exec("UPDATE job SET record = ?", JSON.stringify(record));
      for (const table of ["checkpoints", "fan_out"]) sql.exec(`DROP TABLE ${table}`);
    });
    await evictAllDurableObjects();
    expect(await readJob(job.id)).toMatchObject({ state: "queued", asset: job.id, pinned: false, inputs: job.inputs });
    const held = (await lease()) as Lease;
    expect(await (await call(held.inputs[0]?.url ?? "")).text()).toBe("hello");
    expect((await runnerPost(`jobs/${job.id}/extend`, { leaseId: held.leaseId })).status).toBe(200);
    expect((await finishEcho(held)).status).toBe(200);
    expect(await readJob(job.id)).toMatchObject({ state: "succeeded", cached: false });
  });
});
