/** What an owner's jobs have used, from D1. */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import type { Usage } from "#contract/usage.ts";
import type { Env } from "../../../worker/env.ts";
import { USAGE_QUERY } from "../../../worker/storage/usage-rows.ts";
import { limitedWorker } from "../../helpers/limited-worker.ts";
import {
  adminCall,
  call,
  finishEcho,
  lease,
  post,
  problemOf,
  runnerPost,
  settleWork,
  uploadText,
} from "../../helpers/worker-api.ts";

const { DB, JOBS } = env as unknown as Env;
const MINE = { "Kiln-Session": "3".repeat(32) };
const OTHERS = { "Kiln-Session": "4".repeat(32) };

async function readUsage(query = "", headers: Record<string, string> = MINE): Promise<Usage> {
  const response = await call(`/v1/usage${query}`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Usage;
}

/** One job that succeeds after `runMs`, with an input of 5 bytes and a result of 4. */
async function runJob(runMs: number, headers = MINE): Promise<void> {
  const { id } = await uploadText("12345", headers);
  expect((await post("/v1/jobs", { type: "echo", inputs: [{ upload: id }] }, headers)).status).toBe(202);
  const held = await lease();
  vi.setSystemTime(Date.now() + runMs);
  if (held) expect((await finishEcho(held)).status).toBe(200);
}

afterEach(() => {
  vi.useRealTimers();
});

it("counts jobs, time, bytes and an estimate of the cost by day and type, each owner's alone", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const start = Date.parse("2026-11-20T12:00:00Z");
  vi.setSystemTime(start);
  await runJob(2_000);
  await runJob(30_000, OTHERS);
  vi.setSystemTime(start + 24 * 3_600_000);
  await post("/v1/jobs", { type: "echo" }, MINE);
  const held = await lease();
  vi.setSystemTime(Date.now() + 1_000);
  const failure = { leaseId: held?.leaseId, error: { code: "input_invalid", message: "no" }, retryable: false };
  await runnerPost(`jobs/${held?.jobId}/fail`, failure);
  await settleWork();

  const priced = limitedWorker({ COST_PER_RUNNER_HOUR: "36", COST_CURRENCY: "EUR" });
  const usage = (await (await priced("/v1/usage?from=2026-11-19&to=2026-11-21", { headers: MINE })).json()) as Usage;
  expect(usage).toMatchObject({ currency: "EUR", costPerRunnerHour: 36, truncated: false });
  const zero = { jobs: 0, states: {}, runSeconds: 0, bytesIn: 0, bytesOut: 0, unmeasured: 0, estimatedCost: 0 };
  expect(usage.days).toEqual([
    { day: "2026-11-19", ...zero },
    {
      ...zero,
      day: "2026-11-20",
      jobs: 1,
      states: { succeeded: 1 },
      runSeconds: 2,
      bytesIn: 5,
      bytesOut: 4,
      estimatedCost: 0.02,
    },
    { ...zero, day: "2026-11-21", jobs: 1, states: { failed: 1 }, runSeconds: 1, estimatedCost: 0.01 },
  ]);
  expect(usage.types).toEqual([{ type: "echo", ...usage.total }]);
  expect(usage.total).toMatchObject({ jobs: 2, runSeconds: 3, estimatedCost: 0.03 });
  expect((await readUsage("?from=2026-11-19&to=2026-11-21", OTHERS)).total).toMatchObject({ jobs: 1, runSeconds: 30 });
});

it("shows the last 30 days unless asked otherwise, without a price at no cost", async () => {
  await post("/v1/jobs", { type: "echo" }, MINE);
  await settleWork();
  const usage = await readUsage();
  expect(usage.days).toHaveLength(30);
  expect(usage.days.at(-1)).toMatchObject({
    day: new Date().toISOString().slice(0, 10),
    jobs: 1,
    states: { queued: 1 },
  });
  expect(usage).toMatchObject({ costPerRunnerHour: 0, total: { estimatedCost: 0 } });
});

it("jobs of before are counted, and said not to be measured, until D1 is rebuilt", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await runJob(2_000);
  await settleWork();
  await DB.prepare("UPDATE jobs SET run_ms = NULL, bytes_in = NULL, bytes_out = NULL").run();
  expect((await readUsage()).total).toMatchObject({ jobs: 1, unmeasured: 1, runSeconds: 0, bytesIn: 0 });
  await DB.prepare("DELETE FROM jobs").run();
  const objects = (await listDurableObjectIds(JOBS)).map(String);
  expect((await adminCall("reindex", { method: "POST", body: JSON.stringify({ objects }) })).status).toBe(200);
  expect((await readUsage()).total).toMatchObject({ jobs: 1, unmeasured: 0, runSeconds: 2, bytesIn: 5, bytesOut: 4 });
});

it.each([
  ["?from=2026-11-22&to=2026-11-21", "from"],
  ["?from=2026-01-01&to=2026-11-21", "from"],
  ["?from=yesterday", "from"],
  ["?to=2026-02-30", "to"],
  ["?to=2026-11-22T00:00:00Z", "to"],
  ["?days=3", "days"],
])("%s is refused, and the wrong field named", async (query, path) => {
  const problem = await problemOf(await call(`/v1/usage${query}`, { headers: MINE }));
  expect(problem).toMatchObject({ status: 400, errors: [{ path }] });
});

it("nobody's use is nobody's to see", async () => {
  expect((await call("/v1/usage")).status).toBe(401);
});

it("reads an owner's rows of those days by the index, and no others", async () => {
  const { results } = await DB.prepare(`EXPLAIN QUERY PLAN ${USAGE_QUERY}`)
    .bind("anon:x", 0, 1, 10)
    .all<{ detail: string }>();
  const plan = results.map(({ detail }) => detail).join("\n");
  expect(plan).toContain("jobs_by_owner (owner=? AND created_at>? AND created_at<?)");
  expect(plan).not.toMatch(/SCAN jobs/);
});
