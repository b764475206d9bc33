/** How long files are kept, who may ask for longer, and what still answers once they are gone. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { MAX_RETENTION_S, MIN_RETENTION_S, RECORD_RETENTION_DAYS, RETENTION_S } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Upload } from "#contract/upload.ts";
import { app } from "../../../worker/app.ts";
import type { Env } from "../../../worker/env.ts";
import {
  API_KEY,
  call,
  finishEcho,
  lease,
  post,
  problemOf,
  put,
  putArtifact,
  readJob,
  runnerPost,
  sha256,
  storedKeys,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { JOBS, UPLOADS } = env as unknown as Env;
const asKey = { Authorization: `Bearer ${API_KEY}` };

function submit(retentionS: number, headers: Record<string, string> = {}): Promise<Response> {
  return post("/v1/jobs", { type: "echo", policy: { retentionS } }, headers);
}

async function leaseNow(): Promise<Lease> {
  const held = await lease();
  if (!held) throw new Error("no lease");
  return held;
}

/** Lets the clock jump, without any alarm. */
function jumpTo(at: number): void {
  vi.useFakeTimers({ now: at, toFake: ["Date"] });
}

describe("a job's retention", () => {
  it("is what its policy says, from its end on", async () => {
    expect((await submit(MIN_RETENTION_S)).status).toBe(202);
    const held = await leaseNow();
    await finishEcho(held);
    const done = await readJob(held.jobId);
    expect(done.expiresAt).toBe((done.finishedAt ?? 0) + MIN_RETENTION_S * 1000);
  });

  it("may be longer than a day only with an API key, up to what the operator allows", async () => {
    const longer = RETENTION_S + 1;
    expect((await submit(RETENTION_S)).status).toBe(202);
    const refused = await problemOf(await submit(longer));
    expect(refused).toMatchObject({ status: 400, errors: [{ path: "policy.retentionS" }] });
    expect((await submit(MAX_RETENTION_S, asKey)).status).toBe(202);
    for (const wrong of [MAX_RETENTION_S + 1, MIN_RETENTION_S - 1]) {
      const problem = await problemOf(await submit(wrong, asKey));
      expect(problem).toMatchObject({ status: 400, errors: [{ path: "policy.retentionS" }] });
    }
  });
});

describe("an API key's retention", () => {
  it("is the same as everybody's unless the operator allows more", async () => {
    const { MAX_RETENTION_S: _none, ...bindings } = env as unknown as Env;
    const body = JSON.stringify({ type: "echo", policy: { retentionS: RETENTION_S + 1 } });
    const headers = { "Content-Type": "application/json", ...asKey };
    const answer = await app.request("/v1/jobs", { method: "POST", headers, body }, bindings);
    expect(await problemOf(answer)).toMatchObject({ status: 400, errors: [{ path: "policy.retentionS" }] });
  });
});

describe("a job whose files' time is over", () => {
  it("answers 410 for them on every route a minute later, though no alarm has rung; record and logs stay", async () => {
    const upload = await uploadText("hello");
    const job = await submitEcho({}, { inputs: [{ upload: upload.id }] });
    const held = await leaseNow();
    await runnerPost(`jobs/${job.id}/logs`, { leaseId: held.leaseId, batch: 1, lines: ["said"] });
    await finishEcho(held);
    const signed = (await call(`/v1/jobs/${job.id}/artifacts/echo.txt`, { redirect: "manual" })).headers.get(
      "Location",
    );
    const { expiresAt } = await readJob(job.id);
    jumpTo((expiresAt ?? 0) + 60_000);
    for (const name of ["echo.txt", "manifest.json"]) {
      expect((await problemOf(await call(`/v1/jobs/${job.id}/artifacts/${name}`))).status).toBe(410);
    }
    expect((await problemOf(await post(`/v1/jobs/${job.id}/rerun`, {}))).status).toBe(410);
    const asInput = await post("/v1/jobs", { type: "echo", inputs: [{ job: job.id }] });
    expect((await problemOf(asInput)).status).toBe(410);
    const gone = await readJob(job.id);
    expect(gone).toMatchObject({ state: "succeeded", manifest: { artifacts: [{ name: "echo.txt" }] } });
    expect(gone.purgedAt).not.toBeNull();
    const { lines } = (await (await call(`/v1/jobs/${job.id}/logs`)).json()) as { lines: { line: string }[] };
    expect(lines.map(({ line }) => line)).toEqual(["said"]);
    // The link that was handed out in time leads to nothing either.
    await vi.waitFor(async () => expect(await storedKeys("jobs/")).toEqual([]));
    jumpTo((expiresAt ?? 0) - RETENTION_S * 1000);
    expect((await problemOf(await call(signed ?? ""))).status).toBe(410);
    jumpTo((expiresAt ?? 0) + 60_000);
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(UPLOADS.get(UPLOADS.idFromName(upload.id)));
      expect(await storedKeys()).toEqual([]);
    });
    expect(((await (await call(`/v1/uploads/${upload.id}`)).json()) as Upload).state).toBe("purged");
    const usedAgain = await post("/v1/jobs", { type: "echo", inputs: [{ upload: upload.id }] });
    expect((await problemOf(usedAgain)).status).toBe(410);
  });

  it("takes no late file, heartbeat or result, and is not made again by them", async () => {
    const job = await submitEcho();
    const held = await leaseNow();
    const file = { name: "echo.txt", bytes: 4, sha256: await sha256("late"), contentType: "text/plain" };
    const artifact = await runnerPost(`jobs/${job.id}/artifacts`, { leaseId: held.leaseId, ...file });
    const checkpoint = await runnerPost(`jobs/${job.id}/checkpoints`, {
      leaseId: held.leaseId,
      name: "half.bin",
      bytes: 4,
      sha256: await sha256("late"),
    });
    const urls = (await Promise.all([artifact.json(), checkpoint.json()])) as { url: string }[];
    await post(`/v1/jobs/${job.id}/cancel`, {});
    await runnerPost(`jobs/${job.id}/release`, { leaseId: held.leaseId, reason: "canceled" });
    expect((await call(`/v1/jobs/${job.id}`, { method: "DELETE" })).status).toBe(204);
    const before = await readJob(job.id);
    for (const { url } of urls) expect((await problemOf(await put(url, "late"))).code).toBe("lease_lost");
    const { leaseId } = held;
    for (const what of ["extend", "checkpoints/list"]) {
      expect((await problemOf(await runnerPost(`jobs/${job.id}/${what}`, { leaseId }))).code).toBe("lease_lost");
    }
    // The call that ended the job, once more.
    const again = await runnerPost(`jobs/${job.id}/release`, { leaseId, reason: "canceled" });
    expect(await again.json()).toEqual({ state: "canceled" });
    expect((await problemOf(await putArtifact(held, "echo.txt", "late"))).code).toBe("lease_lost");
    expect(await readJob(job.id)).toEqual(before);
    expect(await lease()).toBeNull();
    expect(await storedKeys()).toEqual([]);
  });

  it("is purged by its own alarm once, and is left alone until its record is to go", async () => {
    const job = await submitEcho();
    await finishEcho(await leaseNow());
    const { expiresAt } = await readJob(job.id);
    jumpTo((expiresAt ?? 0) + 1);
    const stub = JOBS.get(JOBS.idFromName(job.id));
    await runDurableObjectAlarm(stub);
    const purged: Job = await readJob(job.id);
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stub);
      const next = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
      expect(next).toBe((purged.finishedAt ?? 0) + RECORD_RETENTION_DAYS * 24 * 3_600_000);
    });
    expect(await readJob(job.id)).toEqual(purged);
  });
});
