/** A runner of version 1 on this Worker: a frozen copy of its calls goes through every way that a job of it can end. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LEASE_TTL_MS, RETRY_BASE_MS, RUNNER_API_VERSION } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Env } from "../../../worker/env.ts";
import { RunnerV1 } from "../../fixtures/runner-api-v1/client.ts";
import { keepCheckpoint } from "../../helpers/checkpoints.ts";
import {
  call,
  finishEcho,
  post,
  RUNNER_KEY,
  readJob,
  runnerPost,
  settleWork,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;
let runner: RunnerV1;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  runner = new RunnerV1(call, RUNNER_KEY, "runner-v1");
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a runner of version 1", () => {
  test("registers, and takes a job through its whole life: inputs, progress, log, checkpoints, artifacts, manifest", async () => {
    expect(await runner.register()).toEqual({ heartbeatMs: 15_000, pollMs: 15_000 });
    const { id: upload } = await uploadText("input");
    const job = await submitEcho({ text: "hi" }, { inputs: [{ upload }] });
    expect(await runner.lease("request-0123456789abcdef")).toMatchObject({ jobId: job.id, params: { text: "hi" } });
    expect(await runner.inputs()).toEqual(["input"]);
    expect(await runner.extend()).toEqual({ ttlMs: LEASE_TTL_MS, cancel: false });
    await runner.progress(40);
    await runner.log("line");
    await runner.keep("half.bin", "half");
    expect(await runner.kept()).toEqual({ "half.bin": "half" });
    expect((await readJob(job.id)).progress?.percent).toBe(40);
    expect(await runner.complete("hi")).toEqual({ state: "succeeded" });
    const done = await readJob(job.id);
    expect(done).toMatchObject({ state: "succeeded", attempt: 1, manifest: { artifacts: [{ name: "echo.txt" }] } });
    expect(await runner.lease()).toBeNull();
  });

  test("finds the checkpoints of a lost attempt, is told of a cancel, gives back, and fails", async () => {
    const job = await submitEcho();
    await runner.lease();
    await runner.keep("half.bin", "half");
    vi.setSystemTime(Date.now() + LEASE_TTL_MS + 1);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(job.id)));
    await expect(runner.extend()).rejects.toThrow("lease_lost");
    vi.setSystemTime(Date.now() + 2 * RETRY_BASE_MS);
    await settleWork(1);
    expect(await runner.lease()).toMatchObject({ jobId: job.id, attempt: 2 });
    expect(await runner.kept()).toEqual({ "half.bin": "half" });
    expect(await runner.release("shutdown")).toEqual({ state: "queued" });
    await settleWork(1);
    expect(await runner.lease()).toMatchObject({ attempt: 2 });
    expect(await runner.fail(true)).toEqual({ state: "queued" });
    vi.setSystemTime(Date.now() + 3 * RETRY_BASE_MS);
    await settleWork(1);
    await runner.lease();
    await post(`/v1/jobs/${job.id}/cancel`, {});
    expect(await runner.extend()).toMatchObject({ cancel: true });
    expect(await runner.release("canceled")).toEqual({ state: "canceled" });
  });

  test("gets jobs in line and is never asked to help; its own jobs are helped by nobody", async () => {
    const job = await submitEcho();
    const newer = { runnerId: "newer", pool: "cpu", jobTypes: ["echo"], apiVersion: RUNNER_API_VERSION };
    const lead = (await (await runnerPost("lease", newer)).json()) as Lease;
    const parts = { leaseId: lead.leaseId, stage: "echo", names: ["a", "b", "c"], atOnce: 1, setUpMs: 0 };
    await runnerPost(`jobs/${job.id}/parts`, parts);
    await keepCheckpoint(lead, "a", "a");
    await settleWork(1);
    expect(await runner.lease()).toBeNull();
    const own = await submitEcho();
    expect(await runner.lease()).toMatchObject({ jobId: own.id });
    await runner.keep("a", "a");
    await settleWork(1);
    expect(await runner.complete("x")).toEqual({ state: "succeeded" });
    expect((await finishEcho(lead)).status).toBe(200);
  });

  test("with one request whose answer was lost gets the same lease again", async () => {
    const job = await submitEcho();
    const first = await runner.lease("request-0123456789abcdef");
    expect(await runner.lease("request-0123456789abcdef")).toMatchObject({ jobId: job.id, leaseId: first?.leaseId });
  });
});

test("a runner of a version that is no longer taken is refused with a sentence that says what to do", async () => {
  await expect(runner.register(0)).rejects.toThrow("upgrade_required");
});

test("fields that a request has from a later version are passed over in every call", async () => {
  const later = { later: { nested: true } };
  const me = { runnerId: "r", name: "r", version: "9", pool: "cpu", jobTypes: ["echo"], slots: 1, ready: true };
  const request = { ...me, apiVersion: RUNNER_API_VERSION + 1, engines: {}, sandbox: "none", ...later };
  expect((await runnerPost("register", request)).status).toBe(200);
  const { id } = await submitEcho();
  const asked = await runnerPost("lease", { runnerId: "r", pool: "cpu", jobTypes: ["echo"], apiVersion: 9, ...later });
  const { leaseId } = (await asked.json()) as Lease;
  const progress = { stage: "echo", stageIndex: 0, stageCount: 1, percent: 1, etaS: null, ...later };
  const file = { name: "echo.txt", bytes: 1, sha256: "0".repeat(64), ...later };
  const calls: [string, object][] = [
    ["extend", {}],
    ["progress", { progress }],
    ["logs", { batch: 1, lines: ["x"] }],
    ["artifacts", { ...file, contentType: "text/plain" }],
    ["checkpoints", file],
    ["checkpoints/list", {}],
    ["parts", { stage: "echo", names: ["a"], atOnce: 1, setUpMs: 0 }],
    ["fail", { error: { code: "internal", message: "x", ...later }, retryable: false }],
  ];
  for (const [path, body] of calls) {
    expect([path, (await runnerPost(`jobs/${id}/${path}`, { leaseId, ...body, ...later })).status]).toEqual([
      path,
      200,
    ]);
  }
});
