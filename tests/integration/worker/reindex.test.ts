/** D1 is a projection: lost whole, it is rebuilt from the job objects. */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { ReindexResult } from "#contract/admin-api.ts";
import type { JobList } from "#contract/public-api.ts";
import type { Env } from "../../../worker/env.ts";
import {
  adminCall,
  call,
  finishEcho,
  lease,
  post,
  problemOf,
  runnerPost,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { DB, JOBS, POOLS } = env as unknown as Env;
const session = { "Kiln-Session": "7".repeat(32) };

async function list(): Promise<JobList["jobs"]> {
  return ((await (await call("/v1/jobs?limit=100", { headers: session })).json()) as JobList).jobs;
}

function reindex(objects: readonly string[]): Promise<Response> {
  return adminCall("reindex", { method: "POST", body: JSON.stringify({ objects }) });
}

async function submit(): Promise<string> {
  const response = await post("/v1/jobs", { type: "echo" }, session);
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

/** Jobs of one owner in every state that a runner and its owner bring about. */
async function jobsInManyStates(): Promise<void> {
  await submit();
  const succeeded = await lease();
  if (!succeeded) throw new Error("no lease");
  await finishEcho(succeeded);
  await submit();
  const failed = await lease();
  const error = { code: "input_invalid", message: "No." };
  await runnerPost(`jobs/${failed?.jobId}/fail`, { leaseId: failed?.leaseId, error, retryable: false });
  const purged = await submit();
  await post(`/v1/jobs/${purged}/cancel`, {}, session);
  await call(`/v1/jobs/${purged}`, { method: "DELETE", headers: session });
  await submit();
  await lease();
  await submit();
  const states = ["queued", "running", "canceled", "failed", "succeeded"];
  await vi.waitFor(async () => expect((await list()).map(({ state }) => state).sort()).toEqual(states.sort()));
}

describe("reindex", () => {
  it("brings every row back after all were dropped, and passes over objects that never held a job", async () => {
    await jobsInManyStates();
    const before = await list();
    // Somebody asked for a job that does not exist.
    await call(`/v1/jobs/job_${"1".repeat(26)}`);
    await DB.prepare("DELETE FROM jobs").run();
    expect(await list()).toEqual([]);
    const objects = (await listDurableObjectIds(JOBS)).map(String);
    const response = await reindex(objects);
    expect(response.status).toBe(200);
    expect((await response.json()) as ReindexResult).toEqual({ listed: 5, pending: 0, empty: objects.length - 5 });
    expect(await list()).toEqual(before);
    // Again it changes nothing.
    await reindex(objects);
    expect(await list()).toEqual(before);
  });

  it("does not come between a job and its runner", async () => {
    const { id } = await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    await DB.prepare("DELETE FROM jobs").run();
    await reindex([String(JOBS.idFromName(id))]);
    expect((await finishEcho(held)).status).toBe(200);
    await vi.waitFor(async () =>
      expect(await DB.prepare("SELECT state FROM jobs WHERE id = ?").bind(id).first("state")).toBe("succeeded"),
    );
  });

  it("refuses what is no job object's id", async () => {
    const id = String(JOBS.idFromName("any"));
    const wrong = [
      [],
      ["zz"],
      [id.toUpperCase()],
      [String(POOLS.idFromName("cpu"))],
      Array.from({ length: 101 }, () => id),
    ];
    for (const objects of wrong) expect((await problemOf(await reindex(objects))).status).toBe(400);
  });
});
