/** Presets: those of the job types, an account's own, and what a submission makes of them. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Batch, BatchJobList } from "#contract/batch.ts";
import type { Job } from "#contract/job.ts";
import { MAX_PRESETS_PER_OWNER } from "#contract/limits.ts";
import type { Preset, PresetList } from "#contract/preset.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { Env } from "../../../worker/env.ts";
import { upsertPreset } from "../../../worker/storage/presets-table.ts";
import { ACCOUNT } from "../../helpers/test-keys.ts";
import { API_KEY, call, OTHER_API_KEY, post, problemOf, settleWork } from "../../helpers/worker-api.ts";

const { DB } = env as unknown as Env;
const MINE = { "X-API-Key": API_KEY };
const OTHERS = { "X-API-Key": OTHER_API_KEY };

function putPreset(place: string, body: unknown, headers: Record<string, string> = MINE): Promise<Response> {
  return call(`/v1/presets/${place}`, {
    method: "PUT",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
  });
}

const listed = async (query = "", headers = MINE) =>
  ((await (await call(`/v1/presets${query}`, { headers })).json()) as PresetList).presets;

/** The parameters of a job that is submitted with this. */
async function paramsOf(submission: Record<string, unknown>, headers = MINE): Promise<Record<string, unknown>> {
  const response = await post("/v1/jobs", { type: "echo", ...submission }, headers);
  expect(response.status).toBe(202);
  return ((await response.json()) as Job).params;
}

it("a job type shows its presets", async () => {
  const type = (await (await call("/v1/job-types/logo-to-3d")).json()) as JobTypeInfo;
  expect(type.presets.map(({ name }) => name)).toContain("keychain");
});

it("a submission takes a type's preset, what it gives itself wins, and the job keeps the whole", async () => {
  const params = await paramsOf({ preset: "slow", params: { ticks: 3, text: "hello" } }, {} as typeof MINE);
  expect(params).toMatchObject({ sleepMs: 5_000, ticks: 3, text: "hello", crash: false });
});

it("an account keeps presets of its own, which nobody else sees", async () => {
  const made = await putPreset("echo/morning", { title: "Good morning", params: { text: "morning" } });
  expect(made.status).toBe(201);
  expect(await made.json()).toMatchObject({ type: "echo", name: "morning", title: "Good morning", description: "" });
  const changed = await putPreset("echo/morning", { params: { text: "good morning" } });
  expect([changed.status, ((await changed.json()) as Preset).title]).toEqual([200, "morning"]);
  expect((await listed()).map(({ name }) => name)).toEqual(["morning"]);
  expect(await listed("?type=animate")).toEqual([]);
  expect(await paramsOf({ preset: "morning" })).toMatchObject({ text: "good morning" });

  expect(await listed("", OTHERS)).toEqual([]);
  expect((await call("/v1/presets/echo/morning", { headers: OTHERS })).status).toBe(404);
  expect((await call("/v1/presets/echo/morning", { method: "DELETE", headers: OTHERS })).status).toBe(404);
  expect((await post("/v1/jobs", { type: "echo", preset: "morning" }, OTHERS)).status).toBe(422);

  expect((await call("/v1/presets/echo/morning", { method: "DELETE", headers: MINE })).status).toBe(204);
  expect((await call("/v1/presets/echo/morning", { headers: MINE })).status).toBe(404);
});

it("a preset that is not there is refused with those that are", async () => {
  await putPreset("echo/mine", { params: {} });
  await putPreset("animate/other-type", { params: {} });
  const problem = await problemOf(await post("/v1/jobs", { type: "echo", preset: "min" }, MINE));
  expect(problem).toMatchObject({ status: 422, code: "unknown_preset", errors: [{ path: "preset" }] });
  expect(problem.detail).toBe('echo has no preset "min". There are: slow, flaky, mine.');
});

it("a batch's jobs take presets too, and a wrong one is named by its place", async () => {
  await putPreset("echo/mine", { params: { text: "mine" } });
  const jobs = [
    { type: "echo", preset: "mine" },
    { type: "echo", preset: "slow", params: { sleepMs: 1 } },
    { type: "echo" },
  ];
  const batch = (await (await post("/v1/batches", { jobs }, MINE)).json()) as Batch;
  await settleWork();
  const page = await call(`/v1/batches/${batch.id}/jobs`, { headers: MINE });
  const made = ((await page.json()) as BatchJobList).jobs;
  const jobsMade = await Promise.all(
    made.map(async ({ id }) => (await (await call(`/v1/jobs/${id}`, { headers: MINE })).json()) as Job),
  );
  expect(jobsMade.map(({ preset }) => preset)).toEqual(["mine", "slow", null]);
  const params = jobsMade.map((job) => job.params);
  expect(params).toMatchObject([{ text: "mine", ticks: 0 }, { text: "", ticks: 10, sleepMs: 1 }, { sleepMs: 0 }]);
  const refused = await problemOf(
    await post("/v1/batches", { jobs: [{ type: "echo" }, { type: "echo", preset: "no" }] }, MINE),
  );
  expect(refused).toMatchObject({ code: "unknown_preset", errors: [{ path: "jobs.1.preset" }] });
});

it("the same request under a client's id is the same job, though the preset was changed meanwhile", async () => {
  await putPreset("echo/mine", { params: { text: "before" } });
  const submit = () =>
    call("/v1/jobs/order-7", {
      method: "PUT",
      body: JSON.stringify({ type: "echo", preset: "mine" }),
      headers: { "Content-Type": "application/json", ...MINE },
    });
  const first = (await (await submit()).json()) as Job;
  await putPreset("echo/mine", { params: { text: "after" } });
  const again = await submit();
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ id: first.id, params: { text: "before" } });
});

it("a preset that its type has outgrown says so when it is used", async () => {
  const now = Date.now();
  const old = {
    type: "echo",
    name: "old",
    title: "Old",
    description: "",
    params: { volume: 11 },
    createdAt: now,
    updatedAt: now,
  };
  await upsertPreset(DB, ACCOUNT, old);
  const problem = await problemOf(await post("/v1/jobs", { type: "echo", preset: "old" }, MINE));
  expect(problem).toMatchObject({ status: 400, errors: [{ path: "preset.volume", message: "is not known" }] });
  expect(problem.detail).toContain("no longer fits echo");
});

it.each([
  ["echo/slow", { params: {} }, 400, "name"],
  ["echo/Not-A-Name", { params: {} }, 400, "name"],
  ["echo/fine", { params: { sleepMs: -1 } }, 400, "params.sleepMs"],
  ["echo/fine", { params: { nonsense: 1 } }, 400, "params.nonsense"],
  ["echo/fine", { params: { text: "x".repeat(17_000) } }, 400, "params"],
  ["echo/fine", { title: "\u0000", params: {} }, 400, "title"],
  ["echo/fine", {}, 400, "params"],
])("%s with %j is refused", async (place, body, status, path) => {
  const problem = await problemOf(await putPreset(place, body));
  expect(problem.status).toBe(status);
  expect(problem.errors?.map((error) => error.path)).toContain(path);
  expect(await listed()).toEqual([]);
});

it("an unknown job type has no presets, and only accounts have their own", async () => {
  expect((await problemOf(await putPreset("nothing/x", { params: {} }))).code).toBe("unknown_job_type");
  for (const headers of [{}, { "Kiln-Session": "4".repeat(32) }] as Record<string, string>[]) {
    expect((await putPreset("echo/x", { params: {} }, headers)).status).toBe(401);
    expect((await call("/v1/presets", { headers })).status).toBe(401);
  }
});

it("an account has only so many presets, and may change those it has", async () => {
  const now = Date.now();
  for (let n = 0; n < MAX_PRESETS_PER_OWNER; n++) {
    const preset = {
      type: "echo",
      name: `p-${n}`,
      title: "P",
      description: "",
      params: {},
      createdAt: now,
      updatedAt: now,
    };
    expect(await upsertPreset(DB, ACCOUNT, preset)).not.toBeNull();
  }
  expect((await problemOf(await putPreset("echo/one-more", { params: {} }))).code).toBe("preset_limit");
  expect((await putPreset("echo/p-1", { params: { ticks: 1 } })).status).toBe(200);
});

it("a job keeps its parameters when its preset goes", async () => {
  await putPreset("echo/mine", { params: { text: "kept" } });
  const { id } = (await (await post("/v1/jobs", { type: "echo", preset: "mine" }, MINE)).json()) as Job;
  await call("/v1/presets/echo/mine", { method: "DELETE", headers: MINE });
  const job = (await (await call(`/v1/jobs/${id}`, { headers: MINE })).json()) as Job;
  expect(job).toMatchObject({ preset: "mine", params: { text: "kept" } });
});
